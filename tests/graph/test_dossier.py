"""``tocsin source``: a pushed site and a member of a group ask for a closer look.

Quiet ones do not, and little data says nothing.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from graph.sources.command import answer
from graph.sources.corpus import Corpus
from graph.sources.dossier import account_dossier, domain_dossier
from index.analysis import Analysis
from index.connect import open_index
from tocsin.app.cli import cli
from tocsin.app.pipeline import analyse
from tocsin.core.documents import Author, Document, Kind, Link, LinkKind
from tocsin.core.findings import Cluster, Evidence, Explanation, Member, Method, rfc3339
from tocsin.core.language.words import Words
from tocsin.core.messages import Message, plain
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace


def corpus_of(world: Any, flagged: list[str] | None = None) -> Corpus:
    frame = world.frame().with_columns(
        pl.lit("post").alias("kind"), pl.lit(None, pl.String).alias("url")
    )
    group = Cluster(
        id="c1",
        method=Method(name="t", version="1"),
        status="flagged",
        accounts=tuple(Member(id=a) for a in flagged or ()),
        signals=("link",),
        q_value=1e-9,
        because=plain("coordinated beyond chance because 7 accounts linked the same pages (14)"),
    )
    return Corpus.from_scan(frame, [group] if flagged else [])


def test_a_site_that_a_coordinated_group_pushes_asks_for_a_closer_look(world: Any) -> None:
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://www.push.example/{i}"]})
    for number in range(6):
        world.say(f"x:o{number:03d}", world.moment(), urls=["https://push.example/3"])
    found = domain_dossier("push.example", corpus_of(world, who))
    assert found.verdict == "look closer"
    fact = next(f for f in found.facts if f.code == "coordinated_accounts")
    assert "7 of the 13 accounts that link to it" in str(fact.value)
    assert fact.q is not None
    assert fact.q < 1e-6
    assert "Innocent reading: " in str(found.because[0])
    written = {row["id"]: row["author"] for row in world.rows}
    assert 0 < len(fact.posts) <= 20
    assert {written[p] for p in fact.posts} <= set(who)


def group_of(accounts: list[str], evidence: list[tuple[str, ...]], q_value: float) -> Cluster:
    return Cluster(
        id="c1",
        method=Method(name="t", version="1"),
        status="flagged",
        accounts=tuple(Member(id=a) for a in accounts),
        signals=("link",),
        q_value=q_value,
        evidence=tuple(
            Evidence(signal="link", object=str(n), posts=p, accounts=())
            for n, p in enumerate(evidence)
        ),
    )


@pytest.mark.parametrize(
    ("elsewhere", "is_tested"), [(0, False), (2, False), (13, False), (20, True)]
)
def test_a_group_found_from_the_links_to_a_site_is_told_and_not_tested_again(
    world: Any, elsewhere: int, is_tested: bool
) -> None:
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    here = [row["id"] for row in world.rows if "push.example" in str(row["urls"])]
    for number in range(6):
        world.say(f"x:o{number:03d}", world.moment(), urls=["https://push.example/3"])
    group = group_of(
        who,
        [(here[2 * n], here[2 * n + 1]) for n in range(14)]
        + [(f"x:e{n}", f"x:f{n}") for n in range(elsewhere)],
        q_value=6e-152,
    )
    corpus = dataclasses.replace(
        corpus_of(world), flagged=dict.fromkeys(who, "c1"), clusters=[group]
    )
    found = domain_dossier("push.example", corpus)
    facts = {fact.code: fact for fact in found.facts}
    assert ("coordinated_accounts" in facts) is is_tested
    assert ("group_found_here" in facts) is not is_tested
    if not is_tested:
        fact = facts["group_found_here"]
        assert (fact.p, fact.q, fact.group_q) == (None, None, 6e-152)
        assert str(fact.value).startswith("7 of the 13 accounts are in groups or pairs")
        assert set(fact.posts) <= set(here)
    assert found.verdict == "look closer"


def test_accounts_of_other_groups_are_tested_without_those_of_a_circular_one(world: Any) -> None:
    ring = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    here = [row["id"] for row in world.rows if "push.example" in str(row["urls"])]
    others = [f"x:o{number:03d}" for number in range(8)]
    for other in others:
        world.say(other, world.moment(), urls=["https://push.example/3"])
    circular = group_of(ring, [(post,) for post in here], 1e-9)
    free = dataclasses.replace(group_of(others[:6], [("x:e1",)], 1e-9), id="c2")
    corpus = dataclasses.replace(
        corpus_of(world),
        flagged=dict.fromkeys(ring, "c1") | dict.fromkeys(others[:6], "c2"),
        clusters=[circular, free],
    )
    facts = {fact.code: fact for fact in domain_dossier("push.example", corpus).facts}
    assert "6 of the 8 accounts that link to it" in str(facts["coordinated_accounts"].value)
    assert "7 of the 15 accounts" in str(facts["group_found_here"].value)


def test_links_by_a_shortener_may_lead_to_a_site_that_nothing_is_seen_to_link_to(
    world: Any,
) -> None:
    """ "Nothing links to it" is not known where most links are t.co: it is said, with the posts."""
    for number in range(200):
        author = f"x:o{number % 12:03d}"
        world.say(author, world.moment(), urls=[f"https://t.co/a{number}"])
    world.say("x:o001", world.moment(), urls=["https://rare.example/"])
    known = corpus_of(world)
    unknown = domain_dossier("never.example", known)
    (fact,) = unknown.facts
    assert (fact.code, fact.n) == ("shortened_links", 200)
    assert fact.posts
    assert str(fact.value).startswith("200 of ")
    assert unknown.verdict == "not enough data"
    assert [said.code for said in unknown.because] == [
        "dossier.nothing_known",
        "dossier.shortened_links",
    ]
    assert "shortened_links" in {f.code for f in domain_dossier("rare.example", known).facts}
    assert "shortened_links" not in {f.code for f in domain_dossier("t.co", known).facts}
    assert domain_dossier("@nobody", known).facts == ()


def test_a_quiet_site_is_nothing_unusual_and_a_hardly_known_one_is_not_judged(world: Any) -> None:
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    for number in range(12):
        world.say(f"x:o{number:03d}", world.moment(), urls=[f"https://quiet.example/{number}"])
    world.say("x:o001", world.moment(), urls=["https://rare.example/"])
    known = corpus_of(world, who)
    assert domain_dossier("quiet.example", known).verdict == "nothing unusual"
    assert domain_dossier("rare.example", known).verdict == "not enough data"
    unknown = domain_dossier("never.example", known)
    assert (unknown.verdict, unknown.facts) == ("not enough data", ())
    assert "nothing here is seen to link to it" in str(unknown.because[0])
    assert "run `tocsin analyse`" in str(
        domain_dossier("quiet.example", known, analysed=False).because[-1]
    )


def test_a_site_with_few_hands_is_seen_beside_many_of_its_size(make_world: Any) -> None:
    world = make_world(people=0)
    for site in range(260):
        for _ in range(15):
            world.say(
                f"x:r{world.rng.randrange(200)}",
                world.moment(),
                urls=[f"https://s{site}.example/{world.rng.randrange(1_000)}"],
            )
    for number in range(15):
        world.say(
            f"x:few{number % 2}" if number < 13 else f"x:r{number}",
            world.moment(),
            urls=[f"https://own.example/{number}"],
        )
    found = domain_dossier("own.example", corpus_of(world))
    fact = next(f for f in found.facts if f.code == "few_hands")
    assert str(fact.value).startswith("93% of the posts")
    assert fact.p is not None
    assert fact.p <= 1 / 260
    assert found.verdict == "look closer"
    quiet = [domain_dossier(f"s{site}.example", corpus_of(world)) for site in range(0, 260, 20)]
    assert sum(d.verdict == "look closer" for d in quiet) == 0


def test_a_member_of_a_group_asks_for_a_closer_look_and_others_do_not(world: Any) -> None:
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    known = corpus_of(world, who)
    member = account_dossier(who[0], known)
    assert member.verdict == "look closer"
    assert "one of 7 accounts of c1: coordinated beyond chance because" in str(member.because[0])
    verdicts = [account_dossier(f"x:o{n:03d}", known).verdict for n in range(120)]
    assert verdicts.count("look closer") == 0
    assert verdicts.count("not enough data") > 0


def test_copied_pages_of_a_site(make_world: Any) -> None:
    world = make_world(people=0)
    rows = []
    for site in range(40):
        for n in range(12):
            rows.append((f"s{site}.example", f"g{site}-{n}" if site else f"g{n + 1}-{n}"))
    for n, (site, group) in enumerate(rows):
        world.say(
            f"x:{site}",
            1_700_000_000_000 + (n + 1 if site != "s0.example" else 10**6 + n) * 1_000,
            copy_group=group,
        )
    frame = world.frame().with_columns(
        pl.lit("article").alias("kind"),
        pl.Series("url", [f"https://{site}/{n}" for n, (site, _) in enumerate(rows)]),
    )
    fact = next(
        f
        for f in domain_dossier("s0.example", Corpus.from_scan(frame, [])).facts
        if f.code == "copied_pages"
    )
    assert str(fact.value).startswith("100% of its pages")
    assert fact.p == pytest.approx(1 / 40)


def test_the_command_answers_with_pseudonyms_and_posts(tmp_path: Any, world: Any) -> None:
    workspace = Workspace(tmp_path / "home")
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    index: Any = open_index(workspace)
    index.ensure_schema()
    index.put([_document(row) for row in world.rows])
    index.refresh()
    with Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), ["coordination"])
    index.close()

    def ask(subject: str) -> dict[str, Any]:
        done = CliRunner().invoke(cli, ["--home", str(workspace.home), "--json", "source", subject])
        assert done.exit_code == 0, done.stderr
        return dict(json.loads(done.stdout))

    told = ask("https://www.push.example/7?utm_source=x")
    assert set(told) >= {"subject", "facts", "verdict", "because", "run_id", "method", "data_as_of"}
    assert (told["subject"], told["verdict"]) == ("push.example", "look closer")
    assert all({"name", "value", "evidence", "weight"} <= set(fact) for fact in told["facts"])
    assert told == ask("push.example")
    assert "k0" not in json.dumps(told["facts"])
    person = ask("@k0")
    assert person["subject"].startswith("acct-")
    assert person == ask(person["subject"])
    assert person["verdict"] == "look closer"
    assert ask("nobody-here")["verdict"] == "not enough data"
    refused = CliRunner().invoke(cli, ["--home", str(workspace.home), "source", "x" * 400])
    assert refused.exit_code == 2 or "1 to 300" in refused.output + str(refused.exception)


def test_a_group_that_an_analyst_cleared_says_nothing_against_a_site(
    tmp_path: Any, world: Any
) -> None:
    workspace = Workspace(tmp_path / "home")
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    group = Cluster(
        id="c1",
        method=Method(name="t", version="1"),
        status="flagged",
        accounts=tuple(Member(id=account) for account in who),
        signals=("link",),
        q_value=1e-9,
    )
    with closing(open_index(workspace)) as index:
        index.put([_document(row) for row in world.rows])
        index.publish([group], kinds=("cluster",), generation="run-1")
        assert _codes(workspace, index) >= {"coordinated_accounts"}
        index.put_mark("c1", "benign")
        assert _codes(workspace, index).isdisjoint({"coordinated_accounts"})
        index.put_mark("c1", None)
        for account in who[:5]:
            index.put_mark(account, "benign")
        assert _codes(workspace, index).isdisjoint({"coordinated_accounts"})


def test_a_mark_of_suspect_outweighs_an_innocent_reading(world: Any) -> None:
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    reading = Explanation(kind="news_burst", fits=True, because=plain("9 of 9"))
    explained = Cluster(
        id="c1",
        method=Method(name="t", version="1"),
        status="explained",
        accounts=tuple(Member(id=account) for account in who),
        signals=("link",),
        q_value=1e-9,
        innocent_explanations=(reading,),
    )
    frame = world.frame().with_columns(
        pl.lit("post").alias("kind"), pl.lit(None, pl.String).alias("url")
    )
    suspect = explained.under({"c1": {"mark": "suspect"}})
    dossiers = [
        account_dossier(who[0], Corpus.from_scan(frame, [cluster]))
        for cluster in (explained, suspect)
    ]
    codes = [{fact.code for fact in dossier.facts} for dossier in dossiers]
    assert "explained_group" in codes[0]
    assert "coordinated_group" in codes[1]
    assert "news burst, which was tried and fits" in str(dossiers[1].because[0])


def test_the_dossier_speaks_the_language_of_its_reader(tmp_path: Any, world: Any) -> None:
    workspace = Workspace(tmp_path / "home")
    who = world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    with closing(open_index(workspace)) as index:
        index.put([_document(row) for row in world.rows])
    arguments = ["--home", str(workspace.home), "--lang", "fr", "source", "push.example"]
    terminal = CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout
    assert "push.example\u202f: pas assez de données" in terminal
    assert "liens vers push.example" in terminal
    assert "`tocsin search domain:push.example`" in terminal  # its posts can be read
    account = CliRunner().invoke(cli, [*arguments[:-1], who[0]], catch_exceptions=False).stdout
    assert "`tocsin search author:acct-" in account
    nobody = CliRunner().invoke(cli, [*arguments[:-1], "no.example"], catch_exceptions=False).stdout
    assert "tocsin search" not in nobody
    assert "aucune analyse n’a encore cherché de groupes coordonnés" in terminal
    english = ["--home", str(workspace.home), "--json", "source", "push.example"]
    document = json.loads(CliRunner().invoke(cli, english, catch_exceptions=False).stdout)
    assert document["verdict"] == "not enough data"
    assert (document["facts"][0]["code"], document["facts"][0]["name"]) == (
        "links",
        "links to push.example",
    )


def _codes(workspace: Workspace, index: Any) -> set[str]:
    return {fact["code"] for fact in answer(workspace, index, "push.example")["facts"]}


def _document(row: dict[str, Any]) -> Document:
    return Document(
        id=row["id"],
        platform="x",
        author=Author(id=row["author"], handle=row["handle"]),
        text=row["text"],
        kind=Kind.POST,
        published_at=datetime.fromtimestamp(row["published_at"] / 1000, UTC),
        links=tuple(Link(LinkKind.URL, url) for url in row["urls"]),
    )


def _articles(world: Any, groups: list[tuple[str, list[str | None]]]) -> Corpus:
    """Sites with pages in these copy groups, each site later than those before it."""
    rows = [(site, n, group) for site, pages in groups for n, group in enumerate(pages)]
    for at, (site, _, group) in enumerate(rows):
        world.say(f"x:{site}", 1_700_000_000_000 + at * 1_000, copy_group=group)
    frame = world.frame().with_columns(
        pl.lit("article").alias("kind"),
        pl.Series("url", [f"https://{site}/{n}" for site, n, _ in rows]),
    )
    return Corpus.from_scan(frame, [])


def test_a_whole_clone_is_never_nothing_unusual(make_world: Any) -> None:
    for others in (5, 40, 150):
        own: list[tuple[str, list[str | None]]] = [
            (f"s{site}.example", [None] * 12) for site in range(others)
        ]
        original = [("first.example", [f"g{n}" for n in range(12)])]
        clones = [(f"clone{k}.example", [f"g{n}" for n in range(12)]) for k in range(4)]
        known = _articles(make_world(people=0), [*own, *original, *clones])  # type: ignore[list-item]
        found = domain_dossier("clone2.example", known)
        expected = "look closer" if others >= 100 else "not enough data"
        assert found.verdict == expected, others
        assert "100% of its pages" in " ".join(map(str, found.because))
        if expected == "not enough data":
            assert "about 99 would be enough" in str(found.because[-1])


def test_without_power_nothing_is_called_unremarkable(make_world: Any) -> None:
    own: list[tuple[str, list[str | None]]] = [(f"s{k}.example", [None] * 12) for k in range(60)]
    found = domain_dossier("s3.example", _articles(make_world(people=0), own))
    assert found.verdict == "not enough data"
    assert "about 99 would be enough" in str(found.because[0])


def test_links_of_a_day_do_not_follow_within_a_minute() -> None:
    from graph.sources.shares import same_minute_share

    links = pl.DataFrame(
        {
            "id": [f"{n}" for n in range(20)],
            "author": [f"a{n}" for n in range(20)],
            "at": [1_700_006_400_000] * 20,
            "precision": ["day"] * 20,
            "url": ["https://site.example/1"] * 20,
            "site": ["site.example"] * 20,
        }
    )
    assert same_minute_share(links, "site").is_empty()
    exact = links.with_columns(precision=pl.lit(None, pl.String))
    assert same_minute_share(exact, "site")["share"].to_list() == [0.95]


def test_a_person_reads_no_machine_times_nor_exponents() -> None:
    words, when = Words("en"), datetime(2026, 3, 1, 9, 0, 1, tzinfo=UTC)
    told = {"n": 3, "accounts": 2, "first": rfc3339(when), "last": rfc3339(when), "at": when}
    for code in ("counted", "counted_by_accounts", "first_link"):
        said = words.say(Message(f"dossier.{code}", {**told, "account": "acct-x"}))
        assert "1 Mar 2026, 09:00" in said
    assert "e-23" not in words.say(
        Message("dossier.terminal.tested", {"name": "links", "q": 1e-23})
    )
