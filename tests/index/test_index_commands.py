"""search, status, erase, retention, migrate-index and the checks, as a person calls them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.command_context import CommandContext
from index.connect import open_index
from index.health import checks
from index.maintenance.index_copy import copy
from index.maintenance.retention import REJECTED
from index.privacy import pseudonyms
from tocsin.app.cli import main
from tocsin.core.documents import ENGAGEMENT, Annotation, Author, Link, LinkKind
from tocsin.core.errors import Abort, ConfigError
from tocsin.core.findings import Cluster, Edge, Member, Method, WeakSignal
from tocsin.core.messages import plain
from tocsin.core.progress import Run
from tocsin.core.workspace import NEAR_PAIRS, WORD_PAIRS, Workspace

AT = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, made: Callable[..., Any]) -> Path:
    """A workspace of 60 posts, two of them by an account on another platform."""
    folder = tmp_path / "w"
    index = open_index(Workspace(folder))
    ana = Author(
        id="mastodon:7", handle="Ana", name="Ana Real", description="about Ana", followers=5
    )
    index.put(
        [
            *(made(n) for n in range(60)),
            made(
                100,
                "bonjour à tous",
                id="mastodon:100",
                platform="mastodon",
                author=ana,
                url="https://m.example/@ana/100",
                links=(Link(LinkKind.MENTION, "Bo"),),
            ),
            made(101, "bonjour encore", id="mastodon:101", platform="mastodon", author=ana),
        ]
    )
    index.annotate(
        [
            ("x:1", Annotation(version="9", model="m", made_at=AT, values={})),
            ("x:2", Annotation(version="10", model="m", made_at=AT, values={})),
        ],
        "lang",
    )
    index.close()
    return folder


@pytest.fixture
def tocsin(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """A function that calls a command and gives (exit code, its JSON or None, stderr)."""

    def call(*arguments: str) -> tuple[int, Any, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(home), "--json", *arguments])
        out, error = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(out) if out else None, error

    return call


def test_search_shows_posts_in_the_exchange_format_and_people_as_pseudonyms(
    tocsin: Any, home: Path, monkeypatch: Any
) -> None:
    code, answer, _ = tocsin("search", "bonjour lang:en", "--limit", "1", "--order", "oldest")
    assert (code, answer["total"], len(answer["hits"])) == (0, 2, 1)
    hit = answer["hits"][0]
    name = pseudonyms(Workspace(home)).account("mastodon:7")
    assert (hit["id"], hit["platform"], hit["text"]) == ("100", "mastodon", "bonjour à tous")
    assert hit["author"] == {"id": name, "handle": name, "followers": 5}
    assert "Ana" not in json.dumps(hit)
    assert "ana" not in json.dumps(hit)
    assert hit["mentions"][0].startswith("acct-")
    assert tocsin("search", f"bonjour author:{name}")[1]["total"] == 2
    assert tocsin("search", f"NOT handle:{name}")[1]["total"] == 60
    assert tocsin("search", "author:acct-nobodyatall1")[1]["total"] == 0
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    hit = tocsin("search", "handle:ana encore OR tous")[1]["hits"][-1]
    assert (hit["author"]["id"], hit["author"]["name"], hit["url"], hit["mentions"]) == (
        "7",
        "Ana Real",
        "https://m.example/@ana/100",
        ["Bo"],
    )


def test_search_puts_posts_with_most_engagement_first(tocsin: Any) -> None:
    hits = tocsin("search", "--order", "engagement", "--limit", "2")[1]
    acted = [sum(hit["metrics"].get(name, 0) for name in ENGAGEMENT) for hit in hits["hits"]]
    assert hits["total"] == 62
    assert acted == [101, 100]


def test_search_takes_a_window_and_says_what_is_wrong(tocsin: Any) -> None:
    assert tocsin("search")[1]["total"] == 62
    assert (
        tocsin("search", "--since", "2024-01-01T00:10:00Z", "--until", "2024-01-01T00:20:00Z")[1][
            "total"
        ]
        == 20
    )
    for arguments, words in (
        (["(a"], "column 1"),
        (["a", "--since", "then"], "not a time"),
        (["-climat"], "tocsin search -- -climat"),
        (["-x"], "goes after two dashes"),
        (["a", "--limit", "x"], "limit"),
        (["autor:x"], "author:"),
    ):
        code, answer, error = tocsin("search", *arguments)
        assert (code, answer) == (2, None)
        assert words in error
        assert error.count("\n") == 1


def test_a_query_may_begin_with_a_minus_after_two_dashes(tocsin: Any) -> None:
    assert tocsin("search", "--", "-bonjour")[1]["total"] == 60
    assert tocsin("search", "--limit", "1", "--", "-bonjour")[1]["total"] == 60


def test_a_finding_is_a_query_for_exactly_its_posts(tocsin: Any, home: Path) -> None:
    method, told = Method(name="test", version="1"), {"why": plain("because"), "p_value": 0.01}
    posts = ("x:1", "x:2", "mastodon:100")
    signal = WeakSignal(
        id="s1", method=method, terms=("bonjour",), flagged_at=AT, first_at=AT, posts=3, authors=3,
        expected_false_per_day=0.1, post_ids=posts, **told,
    )  # fmt: skip
    members = tuple(Member(id=f"x:a{n}") for n in range(3))
    group = Cluster(
        id="c2", name="c1", method=method, status="flagged", accounts=members, signals=("link",),
        q_value=0.01, posts=2, post_ids=posts[:2],
    )  # fmt: skip
    index = open_index(Workspace(home))
    index.publish([signal, group], kinds=("signal", "cluster"), generation="g1")
    index.close()

    def found(query: str) -> set[str]:
        return {hit["id"] for hit in tocsin("search", query)[1]["hits"]}

    assert found("signal:s1") == {"1", "2", "100"}
    assert found("cluster:c1") == found("cluster:c2") == {"1", "2"}
    assert found("signal:s1 -cluster:c1") == {"100"}
    hits = tocsin("search", "--limit", "1000", "cluster:any")[1]["hits"]
    assert len({hit["author"]["id"] for hit in hits}) == len(members)
    rest = tocsin("search", "--", "-cluster:any")[1]["total"]
    assert rest + len(hits) == tocsin("search", "")[1]["total"]
    assert found("platform:mastodon (signal:s1 OR encore)") == {"100", "101"}
    code, answer, error = tocsin("search", "signal:s9")
    assert (code, answer) == (2, None)
    assert "no weak signal 's9' in the last analysis; tocsin signals lists them" in error
    assert "pas de groupe « c9 »" in tocsin("--lang", "fr", "search", "cluster:c9")[2]


def test_fields_that_stages_declare_are_searched(tocsin: Any, home: Path) -> None:
    index = open_index(Workspace(home))
    index.declare_fields("asks", {"question": "bool"})
    values = {"question": True}
    note = Annotation(version="1", model="m", made_at=datetime.now(UTC), values=values)
    index.annotate([("x:1", note)], "asks")
    index.close()
    assert tocsin("search", "question:true")[1]["total"] == 1
    code, _, error = tocsin("search", "qestion:true")
    assert (code, "did you mean question:?" in error) == (2, True)
    _, _, error = tocsin("--lang", "fr", "search", "question:peut-être")
    assert "le champ question: vaut true ou false" in error


def test_commands_without_an_index_say_what_to_do(tmp_path: Path, capsys: Any) -> None:
    for command in (["search", "x"], ["erase", "x"], ["retention"]):
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(tmp_path / "none"), "--json", *command])
        assert ended.value.code == 2
        assert "tocsin import" in capsys.readouterr().err


def test_status_counts_what_is_there(tocsin: Any) -> None:
    code, answer, _ = tocsin("status")
    assert code == 0
    assert {
        "documents",
        "authors",
        "sources",
        "stages",
        "vectors",
        "bytes",
        "backend",
        "generation",
    } <= set(answer)
    assert (answer["documents"], answer["authors"], answer["sources"], answer["backend"]) == (
        62,
        11,
        {"s0": 31, "s1": 31},
        "embedded",
    )
    assert answer["stages"]["lang"] == {"version": "10", "done": 1, "missing": 61}
    assert answer["stages"]["embed"] == {"version": None, "done": 0, "missing": 62}


@pytest.mark.parametrize("name", ["mastodon:7", "7", "@ana", "Ana", "pseudonym"])
def test_a_person_is_erased_by_any_of_their_names(tocsin: Any, home: Path, name: str) -> None:
    shown = pseudonyms(Workspace(home)).account("mastodon:7")
    code, answer, _ = tocsin("erase", shown if name == "pseudonym" else name)
    assert (code, answer["author"], answer["removed"], answer["left"], answer["suppressed"]) == (
        0,
        shown,
        2,
        0,
        True,
    )
    assert tocsin("search", "bonjour")[1]["total"] == 0
    assert tocsin("erase", "mastodon:7")[1]["removed"] == 0


def test_an_erased_person_leaves_the_lines_that_imports_set_aside(tocsin: Any, home: Path) -> None:
    aside = home / "runs" / "one" / REJECTED
    aside.parent.mkdir(parents=True)
    other = (
        json.dumps({"file": "a.csv", "line": 3, "reason": "no time", "text": "anatole, 77"}) + "\n"
    )
    aside.write_text(
        json.dumps({"file": "a.csv", "line": 2, "reason": "no time", "text": "@Ana,7"})
        + "\n"
        + other,
        encoding="utf-8",
    )
    assert tocsin("erase", "mastodon:7")[1]["rejected_lines"] == 1
    assert aside.read_text(encoding="utf-8") == other


def test_what_is_known_of_compared_texts_goes_with_a_person(tocsin: Any, home: Path) -> None:
    paths = [Workspace(home).file(name) for name in (NEAR_PAIRS, WORD_PAIRS)]
    for path in paths:
        path.write_bytes(b"hashes of texts")
    assert tocsin("erase", "mastodon:7")[0] == 0
    assert not any(path.exists() for path in paths)


def test_a_name_that_is_nobodys_or_several_peoples_erases_nobody(
    tocsin: Any, home: Path, made: Any
) -> None:
    assert tocsin("erase", "nobody")[0] == 2
    index = open_index(Workspace(home))
    index.put([made(900, author=Author(id="x:ana2", handle="ANA"))])
    index.close()
    code, _, error = tocsin("erase", "ana")
    assert code == 2
    assert "'ana' may be" in error
    french = tocsin("--lang", "fr", "erase", "ana")[2].replace("\u202f", " ")
    assert "« ana » peut désigner" in french
    assert tocsin("search", "bonjour")[1]["total"] == 2
    (home / "exports").mkdir()
    (home / "exports" / "old.jsonl").write_text("{}", encoding="utf-8")
    assert "old.jsonl" in tocsin("erase", "x:ana2")[1]["warnings"][0]


def test_retention_applies_each_sources_own_period(
    tocsin: Any, home: Path, made: Any, monkeypatch: Any
) -> None:
    now = datetime.now(UTC)
    index = open_index(Workspace(home))
    index.delete([key for batch in index.scan(["id"]) for key in batch.column("id").to_pylist()])
    ages = [
        ("x:1", 10, "short", {}),
        ("x:2", 50, "short", {}),
        ("x:3", 50, "other", {}),
        ("x:4", 400, "other", {}),
        ("x:5", 50, "d.example", {"crawl": "short"}),
        ("x:6", 400, "long", {}),
    ]
    index.put(
        [
            made(n, id=key, source=source, published_at=now - timedelta(days=days), extra=extra)
            for n, (key, days, source, extra) in enumerate(ages)
        ]
    )
    index.put(
        [
            made(
                50,
                id="x:7",
                source="other",
                published_at=None,
                collected_at=now - timedelta(days=500),
            ),
            made(51, id="x:8", published_at=None, collected_at=now),
        ]
    )
    index.close()
    code, answer, _ = tocsin("retention")
    assert (code, answer["fates"]) == (0, {"kept": 8})
    assert "no retention period" in answer["warnings"][0]
    (home / "sources").mkdir()
    (home / "sources" / "a.toml").write_text(
        'name = "short"\nspider = "feed"\nretention_days = 30\n', encoding="utf-8"
    )
    (home / "sources" / "b.toml").write_text(
        'name = "long"\nretention_days = 4000\n', encoding="utf-8"
    )
    monkeypatch.setenv("TOCSIN_PRIVACY__RETENTION_DAYS", "365")
    assert tocsin("retention", "--dry-run")[1]["fates"] == {"due": 4, "kept": 4}
    assert tocsin("retention")[1]["fates"] == {"deleted": 4, "kept": 4}
    assert sorted(h["id"] for h in tocsin("search")[1]["hits"]) == ["1", "3", "6", "8"]
    assert tocsin("retention")[1]["fates"] == {"kept": 4}
    (home / "sources" / "b.toml").write_text("name = ", encoding="utf-8")
    assert tocsin("retention")[0] == 2


def test_migrate_index_without_a_target_checks_the_schema(tocsin: Any) -> None:
    code, answer, _ = tocsin("migrate-index")
    assert (code, answer["status"], answer["fates"]) == (0, "done", {"current": 62})
    assert tocsin("migrate-index", "--to", "elasticsearch")[0] == 2


def test_a_copy_that_was_interrupted_ends_the_same_and_is_verified(
    home: Path, tmp_path: Path, made: Any, monkeypatch: Any
) -> None:
    workspace = Workspace(home)
    source = open_index(workspace)
    source.put([made(n) for n in range(1_000, 4_000)])
    ids = [f"x:{n}" for n in range(60)]
    source.put_vectors("m", ids, np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32))
    source.publish(
        [Edge(id="e", method=Method(name="t", version="1"), a="x:1", b="x:2")],
        kinds=["edge"],
        generation="g",
    )
    source.put_mark("e", "benign", note="n")
    source.delete_by_author("x:a3")
    target = open_index(Workspace(tmp_path / "target"))
    run = Run(workspace, "migrate-index")
    beats = iter(range(10))
    monkeypatch.setattr(
        run,
        "beat",
        lambda **_: None if next(beats) < 2 else (_ for _ in ()).throw(Abort("stopped on request")),
    )
    with pytest.raises(Abort):
        copy(source, target, run)
    assert 0 < target.count() < source.count()
    source.put(
        [dataclasses.replace(made(1, "edited"), author=made(1).author)], on_conflict="replace"
    )
    source.delete(["x:2"])
    run = Run(workspace, "migrate-index")
    verified = copy(source, target, run)
    assert verified["documents"] == source.count() == target.count()
    assert verified["sample_equal"] == 1_000
    assert run.fates["already there"] > 0
    assert [json.dumps(r, sort_keys=True) for r in source.export() if r["type"] != "mark"] == [
        json.dumps(r, sort_keys=True) for r in target.export() if r["type"] != "mark"
    ]
    again = Run(workspace, "migrate-index")
    copy(source, target, again)
    assert "copied" not in again.fates
    source.close()
    target.close()


def test_checks_say_what_works(home: Path, tmp_path: Path) -> None:
    assert all(check["ok"] for check in checks(Workspace(home)))
    assert all(check["ok"] for check in checks(Workspace(tmp_path / "new")))
    (home / "index.sqlite").write_bytes(b"letter" * 10_000)
    failed = [check for check in checks(Workspace(home)) if not check["ok"]]
    assert [check["name"] for check in failed] == ["index"]
    assert failed[0]["detail"]
    assert failed[0]["advice"]


def test_an_unknown_backend_is_refused(home: Path) -> None:
    with pytest.raises(ConfigError, match="known: elasticsearch, embedded"):
        open_index(Workspace(home), "mongo")


@pytest.mark.parametrize(("posts", "shown"), [(["nothing"] * 40, False), (["rain"] * 40, True)])
def test_posts_tell_names_from_words_only_where_an_answer_holds_one(
    posts: list[str], shown: bool, tmp_path: Path, made: Callable[..., Any], monkeypatch: Any
) -> None:
    """What a command says is hidden after its index is closed; posts are read again only then."""
    folder = tmp_path / "w"
    index = open_index(Workspace(folder))
    rain = Author(id="x:999", handle="rain")
    written = [made(n, text, author=Author(id=f"x:{n}")) for n, text in enumerate(posts)]
    index.put([*written, made(200, "other", author=rain)])
    index.close()
    read: list[str] = []
    whole = CommandContext._written_texts
    monkeypatch.setattr(
        CommandContext, "_written_texts", lambda self: (read.append("posts"), whole(self))[1]
    )
    context = CommandContext(folder)
    with context.index(must_exist=True):
        pass
    assert context.hide("the pears of 1999") == "the pears of 1999"
    assert read == []
    assert ("rain" in context.hide("the rain falls")) is shown  # forty people write the word
    assert read == ["posts"]
    context.hide("more rain")
    assert read == ["posts"]
