"""Text, addresses, findings, runs, executors and logs."""

from __future__ import annotations

import json
import os
import signal
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.core import findings, progress
from tocsin.core.errors import Abort, ConfigError
from tocsin.core.findings import Cluster, Copy, CopyPair, Evidence, Explanation, Member, Method
from tocsin.core.messages import plain
from tocsin.core.plugins import choose
from tocsin.core.runtime import logs
from tocsin.core.runtime.executors import make_executor
from tocsin.core.text import clean, fold, tokens
from tocsin.core.urls import canonical_url, domain
from tocsin.core.workspace import Workspace


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L'Élysée, c'est où ?", ["l", "elysee", "c", "est", "ou"]),
        ("Œuvre Straße ŁÓDŹ", ["oeuvre", "strasse", "lodz"]),
        ("#Paris2024 @Jean_D", ["#paris2024", "@jean_d"]),
        ("東京オリンピック", ["東", "京", "オ", "リ", "ン", "ヒ", "ッ", "ク"]),
        ("zero\u200bwidth", ["zerowidth"]),
        ("fire🔥🔥now", ["fire", "🔥", "🔥", "now"]),
        ("\uff26\uff55\uff4c\uff4c", ["full"]),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert tokens(text) == words


@given(st.text())
def test_folding_twice_changes_nothing_and_leaves_no_marks(text: str) -> None:
    assert tokens(" ".join(tokens(text))) == tokens(text)
    assert not any(unicodedata.combining(c) for c in fold(text) if "\u0300" <= c <= "\u036f")


@given(st.text(), st.integers(0, 50))
def test_clean_text_is_bounded_and_can_be_written(text: str, limit: int) -> None:
    kept = clean(text + "\ud800\x00", limit)
    assert len(kept) <= limit
    kept.encode()


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (
            "HTTP://www.Example.com:80/a//b/?utm_source=x&b=2&a=1#top",
            "https://example.com/a/b?a=1&b=2",
        ),
        ("https://example.com/a/?fbclid=1", "https://example.com/a"),
        ("example.com/x", "https://example.com/x"),
        ("https://m.example.com/", "https://example.com"),
        ("https://user:pw@example.com:8443/x", "https://example.com:8443/x"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://example.com/%7Euser/%41", "https://example.com/~user/A"),
        ("mailto:x@example.com", "mailto:x@example.com"),
        ("https://[::1", "https://[::1"),
        ("", ""),
    ],
)
def test_addresses_of_one_page_compare_equal(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


ADDRESS_PARTS = (
    "http://", "https://", "//", "/", "www.", "m.", "a.b", "0", "localhost", "::1", "[", "]", "@",
    ".", "。", "．", " ", "\xa0",
    "\t", "\x1f", ":80", ":443", "%2F", "%20", "%25", "／", "％", "?", "&", "=", "#", "q=1",
    "utm_source=x", "+", ";", "ü", "İ",
)  # fmt: skip


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("0 .", "https://0"),
        ("a.b。\xa0.", "https://a.b"),
        ("https://m.www.example.com/", "https://example.com"),
        ("http://example.com:443/x", "https://example.com/x"),
        ("https://example.com/a%2F%2Fb", "https://example.com/a/b"),
    ],
)
def test_the_canonical_address_is_that_of_itself(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@given(st.text(max_size=60) | st.lists(st.sampled_from(ADDRESS_PARTS), max_size=9).map("".join))
@example("0 .")
def test_no_address_breaks(text: str) -> None:
    domain(text)
    assert canonical_url(canonical_url(text)) == canonical_url(text)


def test_findings_come_back_as_they_went() -> None:
    method = Method(name="m", version="1", parameters={"b": 1, "a": [1, 2]})
    at = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    reading = Explanation(kind="news_burst", fits=False, because=plain("no"))
    evidence = Evidence(
        signal="link", object="https://a.example", posts=("x:1", "x:2"), seconds_apart=2.5
    )
    cluster = Cluster(
        id="c1",
        method=method,
        status="flagged",
        accounts=(Member(id="x:1", degree=0.5),),
        signals=("link",),
        q_value=1e-9,
        first_at=at,
        innocent_explanations=(reading,),
        evidence=(evidence,),
        caveats=(plain("small"),),
    )
    copy = Copy(
        id="k",
        method=method,
        copy_kind="copy",
        posts=("x:1", "x:2"),
        identical=(("x:1", "x:2"),),
        pairs=(CopyPair(a="a", b="b", kind="copy", score=0.9),),
    )
    for finding in (cluster, copy):
        text = findings.to_json(finding)
        back = findings.from_json(finding.kind, text)
        assert findings.to_json(back) == text
        assert type(back) is type(finding)
        assert back.evidence == finding.evidence


def test_a_run_counts_and_is_written(workspace: Workspace) -> None:
    with progress.Run(workspace, "import") as run:
        run.count("created", 3)
        run.count("duplicate")
        run.warn("once")
        run.warn("once")
        for _ in run.track(range(3)):
            pass
    report = run.report()
    assert (report["status"], report["seen"], report["warnings"]) == ("done", 4, ["once"])
    (record,) = progress.recent_runs(workspace.home)
    assert record["run_id"] == run.run_id
    assert record["fates"] == {"created": 3, "duplicate": 1}


def test_an_interrupted_run_is_stopped_and_says_so(workspace: Workspace) -> None:
    run = progress.Run(workspace, "import")
    with pytest.raises(Abort), run:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        run.beat()
    assert run.report()["status"] == "stopped"
    with pytest.raises(ValueError, match="boom"), progress.Run(workspace, "x") as failed:
        raise ValueError("boom")
    assert json.loads(failed.path.read_text())["status"] == "failed"


def _square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("spec", ["serial", "threads:2", "processes:2"])
def test_executors_agree(spec: str) -> None:
    with make_executor(spec) as pool:
        assert list(pool.map(_square, range(5))) == [0, 1, 4, 9, 16]


@pytest.mark.parametrize("spec", ["", "threads", "threads:0", "processes:x", "spark:3"])
def test_a_wrong_executor_is_said(spec: str) -> None:
    with pytest.raises(ConfigError, match="none of serial"):
        make_executor(spec)


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "https://user:hunter2@host/",
        "Authorization: Basic hunter2",
        '"api_key": "hunter2"',
        "token: hunter2",
    ],
)
def test_secrets_are_blacked_out(text: str) -> None:
    assert "hunter2" not in logs.redact(text)


def test_escape_sequences_never_reach_a_terminal() -> None:
    assert logs.redact("\x1b[2Jhello\x07") == "[2Jhello"


def test_an_unknown_plugin_names_the_nearest() -> None:
    known: dict[str, Any] = {"gexf": "a:b", "graphml": "a:c"}
    with pytest.raises(ConfigError, match="did you mean gexf"):
        choose("export format", "gexff", known)


def test_the_key_of_a_workspace_is_made_once_and_is_private(workspace: Workspace) -> None:
    key = workspace.secret
    assert Workspace(workspace.home).secret == key
    assert (workspace.home / "secret.key").stat().st_mode & 0o077 == 0
    (workspace.home / "secret.key").write_text("ab")
    with pytest.raises(ConfigError, match="damaged"):
        _ = Workspace(workspace.home).secret


def test_processes_that_start_together_have_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        for number in range(20):
            home = tmp_path / str(number)
            keys = set(pool.map(lambda place: Workspace(place).secret, [home] * 16))
            assert len(keys) == 1
            assert [path.name for path in home.iterdir()] == ["secret.key"]
