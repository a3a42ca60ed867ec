"""What the screens say of findings comes from the findings: status, signals, sentences, fields."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.queries import WorkspaceQueries, open_queries
from dashboard.views import VIEWS
from index.base import Index
from index.connect import open_index
from index.current import current_clusters, flagged_accounts
from index.embedded import EmbeddedIndex
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tests.dashboard.world_findings import END as NOON
from tocsin.core import findings as kinds
from tocsin.core import plugins
from tocsin.core.documents import Annotation
from tocsin.core.messages import Message, local
from tocsin.core.shared_objects import merge_evidence, unite
from tocsin.core.workspace import Workspace

HANDLES = kinds.SignalDescription(
    name="shared_handle",
    family="acts",
    object_kind="account",
    specificity=3,
    label=local(en="mentioned the same accounts", fr="mentionné les mêmes comptes"),
    objects=local(
        en=("{n} mentioned account", "{n} mentioned accounts"),
        fr=("{n} compte mentionné", "{n} comptes mentionnés"),
    ),
)


@pytest.fixture
def index(own_world: World) -> Iterator[Index]:
    opened = open_index(Workspace(own_world.home))
    yield opened
    opened.close()


@pytest.fixture
def queries(own_world: World, streamlit_caches: None) -> WorkspaceQueries:
    return open_queries(str(own_world.home), "UTC")


def statuses(queries: WorkspaceQueries) -> dict[str, str]:
    return {cluster.id: cluster.status for cluster in queries.clusters()}


# -- one rule for the status of a group


@pytest.mark.parametrize("mark", ["benign", "suspect", "unsure", None])
@pytest.mark.parametrize("cluster", ["c-water", "c-agency"])
def test_screens_and_command_line_agree_on_a_marked_group(
    queries: WorkspaceQueries, index: Index, cluster: str, mark: Any
) -> None:
    index.put_mark(cluster, mark)
    now = {c.id: c.status for c in current_clusters(index)}
    assert statuses(queries) == now
    engine = {"c-water": "flagged", "c-agency": "explained"}[cluster]
    assert now[cluster] == {"benign": "cleared", "suspect": "flagged"}.get(mark, engine)


def test_a_group_published_as_cleared_is_what_the_engine_said_once_the_mark_is_gone(
    queries: WorkspaceQueries, index: Index
) -> None:
    published = [c for c in index.findings("cluster") if isinstance(c, kinds.Cluster)]
    under_mark = [replace(c, status="cleared") for c in published]
    index.publish(under_mark, kinds=("cluster",), generation="g2")
    assert statuses(queries) == {"c-water": "flagged", "c-agency": "explained"}


def test_an_account_marked_benign_leaves_the_group_and_can_be_taken_back(
    visit: Visit, own_world: World, index: Index, queries: WorkspaceQueries
) -> None:
    account = own_world.campaign[0]
    index.put_mark(account, "benign")
    assert account not in queries.flagged_accounts()
    assert [member.id for member in queries.excluded_members("c-water")] == [account]
    page = visit(own_world.home, "coordination")
    assert "13 accounts are coordinated beyond chance" in text(page)
    expanders = [e.label for e in page.get("expander")]
    assert sum("Your assessment of" in label for label in expanders) == 1


def test_a_flagged_pair_counts_as_coordinated_and_stands_beside_the_groups(
    visit: Visit, own_world: World, index: Index
) -> None:
    before = set(flagged_accounts(index))
    pair = kinds.Structure(
        id="s-pair",
        method=kinds.Method(name="m", version="1"),
        status="flagged",
        accounts=(kinds.Member(id="x:lead"), kinds.Member(id="x:echo")),
        signals=("link",),
        q_value=1e-9,
    )
    index.publish([pair], kinds=["structure", "tie"], generation="with-a-pair")
    said = text(visit(own_world.home))
    assert "14 accounts · 1 more explained · 1 flagged pair, star or chain beside, 2" in said
    fresh = open_queries(str(own_world.home), "UTC")
    assert fresh.flagged_accounts() == before | {"x:lead", "x:echo"}
    index.put_mark("s-pair", "benign")
    assert fresh.flagged_accounts() == before


def test_what_pairs_shared_is_united_before_it_is_masked(
    queries: WorkspaceQueries, index: Index
) -> None:
    """Thousands of edges repeat what a few posts hold: the same is shown, for a tenth of the work,
    and no edge carries what strangers wrote to a screen."""
    cluster = next(c for c in queries.clusters() if c.id == "c-water")
    accounts = frozenset(member.id for member in cluster.accounts)
    published = [e for e in index.findings("edge") if isinstance(e, kinds.Edge)]
    assert any(edge.evidence for edge in published if edge.cluster == cluster.id)
    masked = [queries.people.finding(edge) for edge in published if edge.cluster == cluster.id]
    shown = queries.evidence(cluster.id, accounts)
    assert unite((*cluster.evidence, *shown)) == merge_evidence(cluster, masked)
    assert {edge.id for edge in queries.edges(cluster.id)} == {edge.id for edge in masked}
    assert not any(edge.evidence or edge.caveats for edge in queries.edges(cluster.id))
    assert queries.evidence(cluster.id, frozenset([cluster.accounts[0].id])) == ()


def test_a_group_reads_whole_posts_for_what_stands_on_its_page_alone(
    visit: Visit, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dots of the raster are times and accounts: columns, for thousands of posts at once."""
    read: list[int] = []
    get = EmbeddedIndex.get
    monkeypatch.setattr(
        EmbeddedIndex, "get", lambda index, ids: (read.append(len(ids)), get(index, ids))[1]
    )
    visit(own_world.home, "coordination", cluster="c-water")
    assert 0 < max(read) <= 40


# -- signals describe themselves


def with_shared_handle(index: Index, account: str) -> None:
    """The flagged group as it would be had it been found by a plug-in's signal."""
    tested = next(f for f in index.findings("tested") if isinstance(f, kinds.Tested))
    clusters = [c for c in index.findings("cluster") if isinstance(c, kinds.Cluster)]
    found = []
    for cluster in clusters:
        shared = [
            replace(item, signal="shared_handle", object=account) for item in cluster.evidence[:1]
        ]
        found.append(
            replace(
                cluster,
                signals=("shared_handle",),
                evidence=tuple(shared),
                objects={"shared_handle": 50},
            )
        )
    described = replace(tested, signals=("shared_handle",), described=(HANDLES,))
    index.publish([described, *found], kinds=("tested", "cluster", "edge"), generation="g2")


@pytest.mark.parametrize(
    ("language", "label", "counted"),
    [
        ("en", "mentioned the same accounts", "50 mentioned accounts"),
        ("fr", "mentionné les mêmes comptes", "50 comptes mentionnés"),
    ],
)
def test_a_signal_of_a_plugin_has_its_words(
    visit: Visit, own_world: World, index: Index, language: str, label: str, counted: str
) -> None:
    with_shared_handle(index, "x:9999")
    page = text(visit(own_world.home, "coordination", lang=language))
    assert label in page
    assert counted in page  # the count that was published, not that of the evidence kept
    assert "shared_handle" not in page
    assert "x:9999" not in page  # the object is an account, and accounts are pseudonyms here


def test_the_screens_keep_no_list_of_signals(root: Path) -> None:
    signals = {"repost", "quote", "reply", "synchrony", "copy"}
    named = [
        f"{path.relative_to(root)}:{node.lineno} {node.value}"
        for path in sorted((root / "dashboard").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in signals
    ]
    assert named == []


# -- sentences


def test_sentences_of_the_engine_are_in_the_readers_language(
    visit: Visit, own_world: World, index: Index
) -> None:
    clusters = [c for c in index.findings("cluster") if isinstance(c, kinds.Cluster)]
    sentence = Message("posts", {"n": 1_500})
    reading = kinds.Explanation(
        kind="new_reading",
        fits=False,
        because=sentence,
        refuted_by=local(en="Nobody <b>is</b> there", fr="Il n’y a <b>personne</b>"),
        label=local(en="a new reading", fr="une nouvelle lecture"),
    )
    changed = [replace(c, innocent_explanations=(reading,)) for c in clusters]
    index.publish(changed, kinds=("cluster",), generation="g2")
    page = text(visit(own_world.home, "coordination", lang="fr"))
    for part in (
        "Une nouvelle lecture",
        "1\u202f500 messages.",
        "Il n’y a &lt;b&gt;personne&lt;/b&gt;.",
    ):
        assert part in page, part


# -- fields of stages


def test_a_field_of_a_stage_is_a_facet(
    visit: Visit, own_world: World, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.declare_fields("questions", {"question": "bool"})
    posts = index.search("dam", size=5).documents
    asked = Annotation(version="1", model="none", made_at=NOON, values={"question": True})
    index.annotate([(post.id, asked) for post in posts], "questions")
    index.refresh()
    page = visit(own_world.home, "explore", lang="fr")
    choice = next(b for b in page.button if b.key == "facet_question_0")
    assert choice.label.startswith("oui")
    choice.click().run()
    assert page.text_input(key="q").value == "question:true"
    assert "5 messages" in text(page)


# -- views of other packages


class Greeting:
    """A view of another package."""

    name = "greeting"
    title = local(en="Greeting", fr="Salutation")
    icon = ":material/waving_hand:"

    def render(self, context: Any) -> None:
        st.title(context.words.say(self.title))
        st.text(f"{context.queries.state.stats.documents} documents")


def installed(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """As if a package had brought a view."""
    views = (("greeting", where, "greetings"),)
    monkeypatch.setattr(plugins, "_installed", lambda group: views if "view" in group else ())
    monkeypatch.setitem(plugins._brought_by, where, "the view 'greeting' of the package greetings")


def open_greeting(visit: Visit, home: Path) -> AppTest:
    assert "greeting" not in VIEWS
    return visit(home, "greeting", lang="fr")


def test_a_view_of_another_package_is_a_page(
    visit: Visit, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, f"{__name__}:Greeting")
    page = open_greeting(visit, world.home)
    assert not page.exception
    assert page.title[0].value == "Salutation"
    assert f"{world.documents} documents" in page.get("text")[0].value


def test_a_view_that_cannot_be_loaded_says_so_and_the_others_draw(
    visit: Visit, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, "no_such_module_here:View")
    assert "désinstallez ce paquet" in text(open_greeting(visit, world.home))
    assert visit(world.home, "explore").title[0].value == "Explore"


# -- the calibration of the data set


def test_a_calibration_is_shown_where_it_is_of_the_posts_that_were_tested(
    visit: Visit, own_world: World, index: Index
) -> None:
    tested = next(f for f in index.findings("tested") if isinstance(f, kinds.Tested))
    clusters = [c for c in index.findings("cluster") if isinstance(c, kinds.Cluster)]
    found = [replace(tested, input_sha256="a" * 64), *clusters]
    index.publish(found, kinds=("tested", "cluster", "edge"), generation="g2")
    counts = {"campaigns": 4, "found": 3, "low": 0.3, "high": 0.95, "accounts": 40, "flagged": 30}
    row = {**counts, "recall": 0.75}
    result = {
        "draws": 5, "posts": 900, "accounts": 60, "input_sha256": "a" * 64,
        "planted": {
            "all": row, "flagged_beside": {"mean": 0.2, "most": 1},
            "by_kind": [{"value": "links", **row}], "by_size": [{"value": 5, **row}],
            "by_pace": [{"value": 1_200, **row}],
        },
        "nulls": [{
            "name": "contents", "measured": 0.4, "at_most": 1.1, "of_groups_now": 3.0,
            "stated": 0.1, "verdict": "too_low",
        }],
        "at": "2026-02-03T04:05:06Z", "method": {"version": "0"},
        "flagged": {"accounts": 7, "groups": 1, "stated_false": 0.02},
        "false_accounts": {
            "mean": 1.6, "low": 0.3, "high": 4.9, "draws": 5, "newly": 1.2, "again": 0.4,
            "by_timing": 2.0,
            "deals": [{"name": "times", "mean": 1.6}, {"name": "contents", "mean": 0.2}],
        },
    }  # fmt: skip
    file = own_world.home / "calibration.json"
    file.write_text(json.dumps(result), encoding="utf-8")
    for language, words in (
        (
            "en",
            ("the same links", "within 20 min", "less than half of the measured", "4 campaigns"),
        ),
        ("fr", ("les mêmes liens", "en moins de 20 min", "moins de la moitié")),
    ):
        said = text(visit(own_world.home, "coordination", lang=language))
        assert [part for part in words if part not in said] == []
    assert "not measured on these posts" in text(visit(own_world.home, "coordination", lang="en"))
    method = {"version": tested.method.version, **tested.method.parameters}
    file.write_text(json.dumps({**result, "method": method}), encoding="utf-8")
    for language, words in (
        (
            "en",
            "flagged by chance: 1.6 (95% interval 0.3 to 4.9; measured on these posts in 5 draws "
            "with contents permuted within the hour and 5 with times permuted, the larger",
        ),
        ("fr", "par hasard : 1,6 (intervalle à 95 % : 0,3 à 4,9 ; mesuré sur ces messages en 5"),
    ):
        said = text(visit(own_world.home, "coordination", lang=language)).replace("\u202f", " ")
        assert words in said
    file.write_text(json.dumps({**result, "input_sha256": "b" * 64}), encoding="utf-8")
    assert "on other posts" in text(visit(own_world.home, "coordination", lang="en"))
    file.write_text("{broken", encoding="utf-8")
    for language, words in (("en", "has not been calibrated"), ("fr", "n’a pas été étalonné")):
        assert words in text(visit(own_world.home, "coordination", lang=language))


# -- a figure opens exactly its posts


@pytest.mark.parametrize("finding", ["signal:s-dam", "signal:s-bills", "cluster:c-water"])
def test_explore_opens_exactly_the_posts_of_a_finding(
    visit: Visit, own_world: World, queries: WorkspaceQueries, finding: str
) -> None:
    kind, name = finding.split(":")
    signals = {signal.id: signal.posts for signal in queries.weak_signals()}
    groups = {group.id: group.posts for group in queries.clusters()}
    posts = (signals if kind == "signal" else groups)[name]
    assert f"{posts:,} posts" in text(visit(own_world.home, "explore", q=finding))


def test_the_pages_lead_to_the_posts_they_counted(visit: Visit, own_world: World) -> None:
    assert "signal%3As-dam" in text(visit(own_world.home))
    assert "cluster%3Ac-water" in text(visit(own_world.home, "coordination", cluster="c-water"))


def test_a_finding_that_is_gone_is_a_sentence(visit: Visit, own_world: World) -> None:
    said = text(visit(own_world.home, "explore", q="signal:gone", lang="fr"))
    assert "n’a pas de signal faible" in said
