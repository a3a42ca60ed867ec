"""What pseudonyms hide stays hidden in every way out: a planted name is looked for everywhere."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from dashboard.components import downloads
from dashboard.components.account_names import AccountNames
from index.base import EVERYTHING
from index.connect import open_index
from index.privacy import pseudonyms
from tests.dashboard.pages import text, visitor
from tocsin.app.cli import main
from tocsin.core.workspace import Workspace

HANDLE, NAME, ID = "zephyrine_marked", "Zephyrine Marquée", "id774411zephyr"
PLANTED = ("zephyrine", "marquée", "marqu%c3%a9e", ID)
"""What no output may hold, in any case, percent-encoded or not."""


def posts() -> Iterator[dict[str, Any]]:
    """Posts of the planted account, and of neighbours who share its links and speak of it."""
    said = (
        f"the harbour wall gives way, says @{HANDLE}",
        f"the harbour wall gives way: {HANDLE.upper()} was there",
        f"the harbour wall gives way and {NAME} knew, #{HANDLE}",
        f"the harbour wall gives way https://m.example/@{HANDLE}/12 and x.com/{HANDLE}/status/1",
        f"the harbour wall gives way, see t.me/{HANDLE}, mail {HANDLE}@m.example ({ID})",
        f"the harbour wall gives way https://m.example/users/{HANDLE}?name={quote(NAME)}",
    )
    for number in range(30):
        for who, author in (
            ("a", {"id": ID, "handle": HANDLE, "name": NAME, "description": f"I am {NAME}"}),
            ("b", {"id": "other", "handle": "other_one", "name": "Other One"}),
            ("c", {"id": "third", "handle": "third_one", "description": f"fan of @{HANDLE}"}),
            ("d", {"id": "fourth", "handle": "fourth_one"}),
        ):
            yield {
                "id": f"{HANDLE}/{number}" if who == "a" else f"{who}{number}",
                "platform": "mastodon",
                "author": author,
                "title": f"{NAME} on day {number}" if who == "d" else None,
                "text": f"{said[number % len(said)]} {number}",
                "published_at": f"2026-03-{number + 1:02}T10:00:0{ord(who) - 97}Z",
                "url": f"https://m.example/@{author['handle']}/{number}",
                "urls": [
                    f"https://news.example/{number}",
                    f"https://m.example/@{HANDLE}",
                    f"https://x.com/{HANDLE}/status/{number}",
                    f"https://www.tiktok.com/@{HANDLE}/video/{number}",
                    f"https://www.reddit.com/user/{HANDLE}/",
                    f"https://news.example/by/{quote(NAME)}",
                ],
                "media": [
                    {"url": f"https://m.example/{HANDLE}/{number}.jpg", "alt": f"Photo: {NAME}"}
                ],
                "hashtags": [HANDLE, "harbour"],
                "mentions": [HANDLE, f"{HANDLE}@m.example"] if who != "a" else [],
                "reply_to": f"{HANDLE}/{number - 1}" if who == "b" and number else None,
                "repost_of": f"{HANDLE}/{number}" if who == "c" else None,
                "quote_of": f"{HANDLE}/{number}" if who == "d" else None,
                "source": f"@{HANDLE}@m.example" if who == "a" else "m.example",
                "extra": {
                    "uri": f"https://m.example/users/{HANDLE}/statuses/{number}",
                    "nested": {"by": [NAME, {"acct": HANDLE}]},
                    "column": ID,
                },
            }


def pair() -> Iterator[dict[str, Any]]:
    """A second planted account, whose addresses one other account shares seconds later."""
    second = f"{HANDLE}_two"
    for number in range(24):
        minute = f"2026-03-{number + 1:02}T1{number % 8}:2{number % 6}"
        for seconds, author in ((4, second), (13, "echo_of_two")):
            yield {
                "id": f"{author}/{number}",
                "platform": "mastodon",
                "author": {"id": author, "handle": author, "name": f"{author} {NAME}"},
                "text": f"read this {author} {number}",
                "published_at": f"{minute}:{seconds:02}Z",
                "urls": [f"https://m.example/@{second}/{number}"],
            }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with pseudonyms, as every new one, through import, enrichment and analysis."""
    folder = tmp_path_factory.mktemp("leaks")
    rows = folder / "posts.jsonl"
    lines = [json.dumps(post) for post in (*posts(), *pair())]
    broken = json.dumps({"id": f"bad {HANDLE}", "author": {"id": ID, "handle": HANDLE}, "text": 7})
    rows.write_text("\n".join([*lines, broken, "{"]) + "\n", encoding="utf-8")
    home = folder / "home"
    stages = ["--stage", "lang", "--stage", "copies"]
    for command in (["import", str(rows)], ["enrich", *stages], ["analyse"]):
        with pytest.raises(SystemExit) as end:
            main(["--home", str(home), "--json", *command])
        assert end.value.code == 0, command
    return home


@pytest.fixture(scope="module")
def case(home: Path) -> str:
    """A case about the planted account: pinned by its real name, noted, in a workspace of its
    own. Its id."""
    workspace = Workspace(home)
    index = open_index(workspace)
    [planted] = [group for group in index.findings("cluster") if group.evidence][:1]
    index.close()
    things = [f"mastodon:{HANDLE}/1", "mastodon:b1", f"account:mastodon:{ID}"]
    things += ["source:news.example", f"cluster:{planted.id}"]
    things += [f"query:author:mastodon:{ID}", f'chart:time:"{NAME}" OR {HANDLE}', "chart:domain:"]
    reason = f"@{HANDLE}, that is {NAME}, {HANDLE.upper()} ({ID})"
    for command in (
        ["new", f"What {HANDLE} does", "--question", f"Is {NAME} alone?"],
        ["pin", "c1", *things, "--note", reason],
        ["note", "c1", reason],
        ["check", "c1", "--add", f"ask {NAME}"],
        ["technique", "c1", "p1", "T0049", "--reason", reason],
    ):
        with pytest.raises(SystemExit) as end:
            main(["--home", str(home), "--json", "case", *command])
        assert end.value.code == 0, command
    return "c1"


@pytest.mark.parametrize("command", [["list"], ["show", "c1"], ["check", "c1"]], ids=" ".join)
@pytest.mark.parametrize(
    "form", [["--json"], ["--lang", "en"], ["--lang", "fr"]], ids=["json", "en", "fr"]
)
@pytest.mark.usefixtures("case")
def test_no_case_names_a_hidden_account(
    call: Callable[..., str], command: list[str], form: list[str]
) -> None:
    printed = call(*form, "case", *command)
    assert "acct-" in printed
    assert leaks(printed) == []


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints, on both streams."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            main(["--home", str(home), *arguments])
        printed = capsys.readouterr()
        return printed.out + printed.err

    return run


def leaks(text: str) -> list[str]:
    """The planted words that stand in a text, with a piece of what surrounds them."""
    folded = (text + "\n" + unquote(text)).casefold().replace("\\u00e9", "é")
    at = ((word, folded.find(word)) for word in PLANTED)
    return [folded[max(0, place - 60) : place + 60] for word, place in at if place >= 0]


@pytest.mark.parametrize(
    "command",
    [
        ["search", "harbour", "--limit", "500"],
        ["clusters"],
        ["clusters", "--edges"],
        ["evidence", "--all"],
        ["influencers"],
        ["influencers", "--without-coordinated"],
        ["network"],
        ["network", "--by", "mention"],
        ["narratives", "--assignments"],
        ["signals"],
        ["copies", "--pairs"],
        ["source", "news.example"],
        ["source", "other_one"],
        ["source", "echo_of_two"],
        ["discover", "harbour"],
        ["status"],
        ["retention", "--dry-run"],
        ["check"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "form", [["--json"], ["--lang", "en"], ["--lang", "fr"]], ids=["json", "en", "fr"]
)
def test_no_command_names_a_hidden_account(
    call: Callable[..., str], command: list[str], form: list[str]
) -> None:
    printed = call(*form, *command)
    assert printed
    assert leaks(printed) == []


def test_a_planted_account_is_in_a_pair(call: Callable[..., str]) -> None:
    [found] = json.loads(call("--json", "clusters"))["pairs"]
    assert found["following"]
    for arguments in (["clusters", found["id"]], ["evidence", found["id"]]):
        for form in (["--json"], ["--lang", "en"], ["--lang", "fr"]):
            printed = call(*form, *arguments)
            assert "acct-" in printed
            assert leaks(printed) == []
    assert leaks(call("mark", found["id"], "unsure", "--note", "seen")) == []


@pytest.mark.parametrize(
    "kind", ["gexf", "graphml", "csv", "xlsx", "jsonl", "stix", "dossier", "labels"]
)
def test_no_export_names_a_hidden_account(
    call: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"out.{kind}"
    call("export", kind, "--out", str(out))
    files = [p for p in out.rglob("*") if p.is_file()] if out.is_dir() else [out]
    assert files
    for path in files:
        written = _content(path)
        assert written
        assert leaks(written) == [], path.name


def _content(path: Path) -> str:
    """All text of a file, that of a workbook's parts unpacked."""
    if not zipfile.is_zipfile(path):
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


@pytest.mark.parametrize("kind", ["html", "docx", "xlsx", "zip", "stix"])
@pytest.mark.usefixtures("case")
def test_no_export_of_a_case_names_a_hidden_account(
    call: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"case.{kind}"
    call("case", "export", "c1", "--lang", "fr", "--out", str(out))
    written = _content(out)
    assert "acct-" in written
    assert leaks(written) == []


@pytest.mark.usefixtures("case")
def test_no_page_of_a_case_names_a_hidden_account(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ({}, {"case": "c1"}):
        shown = text(visitor(monkeypatch)(home, "cases", lang="fr", **address))
        assert "acct-" in shown
        assert leaks(shown) == []
    shown = text(visitor(monkeypatch)(home, "explore", q="harbour"))
    assert "pin=post" in shown


@pytest.mark.parametrize(
    "address",
    [
        {"page": "today"},
        {"page": "explore", "q": "harbour"},
        {"page": "explore", "q": "harbour", "lang": "fr"},
        {"page": "coordination"},
        {"page": "network", "by": "mention"},
        {"page": "network", "by": "coordination", "lang": "fr"},
        {"page": "source", "subject": "news.example"},
        {"page": "source", "subject": "other_one"},
        {"page": "collection"},
        {"page": "collection", "lang": "fr", "run": "newest import", "part": "0"},
    ],
    ids=lambda address: " ".join(address.values()),
)
def test_no_page_names_a_hidden_account(
    home: Path, monkeypatch: pytest.MonkeyPatch, address: dict[str, str]
) -> None:
    if "run" in address:  # of the one import
        [record] = (home / "runs").glob("*-import-*.json")
        address = {**address, "run": record.stem}
    shown = text(visitor(monkeypatch)(home, **address))
    may_have_none = (
        address["page"] in ("today", "source", "collection", "network") and "run" not in address
    )
    assert "acct-" in shown or may_have_none
    assert leaks(shown) == []


def test_downloads_name_no_hidden_account(home: Path, tmp_path: Path) -> None:
    workspace = Workspace(home)
    index = open_index(workspace)
    try:
        names = AccountNames(pseudonyms(workspace, index), dict)
        for writer in (downloads.as_csv, downloads.as_jsonl):
            written = writer(downloads.hits(index, "", EVERYTHING), names, index).decode()
            assert "harbour" in written
            assert leaks(written) == []
        packed = tmp_path / "hits.xlsx"
        packed.write_bytes(downloads.as_xlsx(downloads.hits(index, "", EVERYTHING), names, index))
        assert "harbour" in _content(packed)
        assert leaks(_content(packed)) == []
    finally:
        index.close()


def test_records_of_runs_name_no_hidden_account(home: Path) -> None:
    """``rejected.jsonl`` keeps the rejected rows as they came, and never leaves the workspace."""
    records = [path for path in (home / "runs").rglob("*.json") if path.is_file()]
    assert records
    for path in records:
        assert leaks(path.read_text(encoding="utf-8")) == [], path.name


def test_texts_stay_readable_and_say_who_by_pseudonym(home: Path) -> None:
    workspace = Workspace(home)
    index = open_index(workspace)
    try:
        people = pseudonyms(workspace, index)
        mine = people.account(f"mastodon:{ID}")
        [document] = index.get(["mastodon:b2"])
        assert document is not None
        assert document.text.startswith(f"the harbour wall gives way and {NAME} knew")
        shown = people.document(document)
        assert shown.text == f"the harbour wall gives way and {mine} knew, #{mine} 2"
        assert shown.content_hash == document.content_hash
    finally:
        index.close()


def test_search_finds_a_hidden_name_in_the_original(call: Callable[..., str]) -> None:
    answer = json.loads(call("--json", "search", "marquee"))
    assert answer["total"] == 20 + 30 - 5


@pytest.mark.parametrize("pseudonymise", ["true", "false"])
def test_every_page_and_init_say_whether_names_are_real_and_how_to_change_it(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pseudonymise: str,
) -> None:
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", pseudonymise)
    change = f"privacy.pseudonymise = {'false' if pseudonymise == 'true' else 'true'}"
    for page in ("today", "explore", "coordination", "source", "collection"):
        assert change in text(visitor(monkeypatch)(home, page))
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path / "new"), "--lang", "en", "init"])
    assert change in " ".join(capsys.readouterr().out.split())


def test_lines_without_pseudonyms_keep_everything(
    call: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    out = tmp_path / "all.jsonl"
    call("export", "jsonl", "--out", str(out))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    mine = next(line for line in lines if line["id"] == f"{HANDLE}/0")
    assert mine["extra"]["nested"] == {"by": [NAME, {"acct": HANDLE}]}
    assert mine["author"]["name"] == NAME
    assert mine["text"] == f"the harbour wall gives way, says @{HANDLE} 0"
    assert len(mine["urls"]) == 6
