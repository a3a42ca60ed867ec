"""Today names what rises, who drives it and whether it is organic; each figure opens its posts."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.components import markup
from dashboard.components.stories.story import best_posts, kind_of
from dashboard.components.volume import VolumeRow
from index.base import Window
from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.calibration.weight import signal_weight
from tocsin.core.documents import Document, Kind
from tocsin.core.findings import Method, Narrative, WeakSignal
from tocsin.core.groups.headlines import Headline
from tocsin.core.language.words import Words
from tocsin.core.messages import plain
from tocsin.core.workspace import Workspace

AT = datetime(2025, 11, 14, 6, tzinfo=UTC)


def signal(name: str, share: float | None, posts: int = 10, **more: Any) -> WeakSignal:
    return WeakSignal(
        id=name,
        method=Method(name="bursts", version="1", parameters={"tick_hours": 6.0}),
        terms=("dam",),
        flagged_at=AT,
        first_at=AT - timedelta(hours=3),
        posts=posts,
        authors=3,
        p_value=1e-6,
        expected_false_per_day=0.01,
        why=plain("many"),
        coordinated_share=share,
        **more,
    )


@pytest.mark.parametrize(
    ("share", "kind"),
    [
        (None, "untested"),
        (0.0, "organic"),
        (0.09, "organic"),
        (0.1, "mixed"),
        (0.5, "orchestrated"),
    ],
)
def test_what_a_story_is_called(share: float | None, kind: str) -> None:
    assert kind_of(signal("s1", share)) == kind


def test_stories_stand_by_size_growth_and_stake() -> None:
    small = signal("s1", 0.0)
    large = dataclasses.replace(signal("s2", 0.0, posts=30), authors=20)
    sudden = signal("s3", 0.0, posts=10, lead_authors=9, expected=1.0)
    staged = signal("s4", 1.0, posts=10)
    ordered = sorted([small, large, sudden, staged], key=lambda one: -signal_weight(one))
    assert [one.id for one in ordered] == ["s2", "s4", "s3", "s1"]
    assert signal_weight(staged) == 2 * signal_weight(small)


def test_what_is_told_now_comes_before_what_was(visit: Visit, own_world: World) -> None:
    """On a page of one period a story weighs what its posts of that period weigh."""
    index = open_index(Workspace(own_world.home))
    newest = index.stats().newest_at
    assert newest is not None
    old = index.search("", window=Window(None, newest - timedelta(days=3)), size=40).documents
    new = index.search("", window=Window(newest - timedelta(hours=5), None), size=8).documents
    flagged = {"flagged_at": newest, "first_at": newest - timedelta(days=6)}
    heavy = dataclasses.replace(signal("s0000000001", 0.0), posts=len(old), authors=30,
                                post_ids=tuple(one.id for one in old), **flagged)  # fmt: skip
    light = dataclasses.replace(signal("s0000000002", 0.0), posts=len(new), authors=5,
                                post_ids=tuple(one.id for one in new), **flagged)  # fmt: skip
    index.publish([heavy, light], kinds=["signal"], generation="run-9")
    index.close()
    for period, first in (("24h", light.id), ("all", heavy.id)):
        said = text(visit(own_world.home, "today", period=period))
        assert min((said.index(f"signal%3A{one.id}"), one.id) for one in (heavy, light))[1] == first


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_first_sentence_names_what_rises(visit: Visit, world: World, lang: str) -> None:
    said = text(visit(world.home, "today", lang=lang, period="7d"))
    lead = re.search(r't-lead">([^<]+)<', said)
    assert lead is not None
    assert ("What rises: “" if lang == "en" else "Ce qui monte\u202f: «\u202f") in lead.group(1)
    assert said.count('class="t-story"') <= 5
    folds = re.sub(r"<details.*?</details>", "", said, flags=re.S)
    assert not re.search(r"\bp [=<] ", folds), "p stands behind the fold alone"


def test_nothing_and_not_enough_are_said(visit: Visit, own_world: World) -> None:
    index = open_index(Workspace(own_world.home))
    index.publish([], kinds=["signal"], generation="run-9")
    index.close()
    assert "Nothing rises compared with its own past." in text(visit(own_world.home, "today"))
    long_ago = {"since": "2025-11-01T00:00:00Z", "until": "2025-11-02T00:00:00Z"}
    assert "Not enough data to say what rises." in text(visit(own_world.home, "today", **long_ago))


def test_a_story_of_one_language_is_no_story_of_another(visit: Visit, own_world: World) -> None:
    index = open_index(Workspace(own_world.home))
    french = tuple(d.id for d in index.search("lang:fr", size=8).documents)
    story = dataclasses.replace(signal("s0000000001", 0.0, posts=len(french)), post_ids=french)
    index.publish([story], kinds=["signal"], generation="run-9")
    index.close()
    assert "s0000000001" in text(visit(own_world.home, "today", period="all", languages="fr"))
    assert "s0000000001" not in text(visit(own_world.home, "today", period="all", languages="en"))


@pytest.mark.parametrize(("told", "reader"), [("fr", "en"), ("en", "fr")])
def test_a_headline_in_another_language_is_marked(
    visit: Visit, own_world: World, told: str, reader: str
) -> None:
    """Where no post is in the reader's language: for eyes and for screen readers, on each page."""
    index = open_index(Workspace(own_world.home))
    newest = index.stats().newest_at
    assert newest is not None
    ids = tuple(d.id for d in index.search(f"lang:{told}", size=8).documents)
    headlines = (Headline(language=told, label="Valmont <b>dam</b>", post=ids[0]),)
    story = dataclasses.replace(
        signal("s0000000001", 0.0), posts=8, post_ids=ids, headlines=headlines, flagged_at=newest
    )
    narrative = next(one for one in index.findings("narrative") if one.id == "n-dam")
    assert isinstance(narrative, Narrative)
    renamed = dataclasses.replace(narrative, headlines=headlines, label=headlines[0].label)
    index.publish([story], kinds=["signal"], generation="run-9")
    index.publish([renamed], kinds=["narrative"], generation="run-9")
    index.close()
    name = Words(reader).known("language", told)
    tag = f'<abbr class="t-lang" title="{name}">{told}</abbr>'
    pages: tuple[dict[str, str], ...] = (
        {"page": "today", "period": "all"}, {"page": "narratives", "period": "all"},
        {"page": "narratives", "id": "n-dam"},
    )  # fmt: skip
    for asked in pages:
        said = text(visit(own_world.home, lang=reader, **asked))
        assert f'<span lang="{told}">' in said, asked
        assert tag in said, asked
        assert "Valmont <b>" not in said
        own = text(visit(own_world.home, lang=told, **asked))
        assert 'class="t-lang"' not in own, asked


def test_a_headline_is_marked_where_it_stands_in_the_first_sentence(
    visit: Visit, own_world: World
) -> None:
    """Also where its words occur before it: in the number of posts, in another headline."""
    index = open_index(Workspace(own_world.home))
    newest = index.stats().newest_at
    assert newest is not None
    ids = tuple(d.id for d in index.search("lang:fr", size=8).documents)
    headlines = (Headline(language="fr", label="posts", post=ids[0]),)
    story = dataclasses.replace(
        signal("s0000000001", 0.0), posts=8, post_ids=ids, headlines=headlines, flagged_at=newest
    )
    index.publish([story], kinds=["signal"], generation="run-9")
    index.close()
    said = text(visit(own_world.home, "today", lang="en", period="all"))
    lead = re.search(r't-lead">(.+?)</p>', said)
    assert lead is not None
    assert '“<span lang="fr">posts</span>' in lead.group(1)
    assert lead.group(1).count('lang="fr"') == 1


def test_new_growing_and_fading_narratives_stand_apart(visit: Visit, world: World) -> None:
    said = text(visit(world.home, "today", period="24h"))
    for heading in ("New", "Growing", "Fading"):
        assert f"<h3>{heading}</h3>" in said
    assert "<h3>Fading</h3>" not in text(visit(world.home, "today", compare="none"))


def test_the_posts_of_a_card_tell_its_story() -> None:
    """Not those that are in it for one common word, however little is known of engagement."""

    def post(number: int, said: str, likes: int = 0) -> Document:
        metrics = {"likes": likes} if likes else {}
        return Document(id=f"x:{number}", platform="x", kind=Kind.POST, text=said, metrics=metrics)

    terms = ("veto", "lawsuits", "veto + saudi + bill")
    aside = post(1, "Five lawsuits against a former police officer", likes=900)
    told = post(3, "Obama to veto the Saudi bill that allows lawsuits")
    passed_on = [post(n, "He will veto the bill on Saudi lawsuits") for n in (7, 8, 9)]
    posts = [aside, post(2, "No lawsuits here"), told, *passed_on]
    best = best_posts(posts, terms, Words("en"))
    assert [one.id for one in best] == ["x:7", "x:3", "x:1", "x:2"]
    assert best_posts(posts, ("elsewhere.example",), Words("en"))[0] == aside


def test_the_alert_is_marked_in_its_curve() -> None:
    rows = [VolumeRow(AT + timedelta(hours=n), 3, 0) for n in range(4)]
    curve = markup.sparkline(rows, Words("fr"), "courbe", alert=AT + timedelta(minutes=90))
    marked = re.findall(r't-alert" title="([^"]*)"', curve)
    assert len(marked) == 1
    assert marked[0].endswith("Alerte")
    assert "t-alert" not in markup.sparkline(rows, Words("fr"), "courbe")
