"""What pseudonyms hide stays hidden in every way out: a planted name is looked for everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tocsin.app.cli import main

HANDLE, NAME, ID = "zephyrine_marked", "Zephyrine Marquee", "id774411zephyr"
PLANTED = ("zephyrine", "marquee", ID)
"""What no output may hold. The text of posts is shown as it was written, so none holds it."""


def posts() -> Iterator[dict[str, Any]]:
    """Ten posts of the planted account, and of a neighbour who shares its links."""
    for number in range(10):
        for who, author in (
            ("a", {"id": ID, "handle": HANDLE, "name": NAME, "description": f"I am {NAME}"}),
            ("b", {"id": "other", "handle": "other_one", "name": "Other One"}),
            ("c", {"id": "third", "handle": "third_one"}),
        ):
            yield {
                "id": f"{who}{number}",
                "platform": "mastodon",
                "author": author,
                "text": f"the harbour wall gives way {number}",
                "published_at": f"2026-03-{number + 1:02}T10:00:0{ord(who) - 97}Z",
                "url": f"https://m.example/@{author['handle']}/{number}",
                "urls": [f"https://news.example/{number}", f"https://m.example/@{HANDLE}"]
                if who == "a"
                else [f"https://news.example/{number}"],
                "media": [{"url": f"https://m.example/{author['handle']}/{number}.jpg"}],
                "mentions": [HANDLE] if who == "b" else [],
                "extra": {
                    "uri": f"https://m.example/users/{HANDLE}/statuses/{number}",
                    "nested": {"by": [NAME, {"acct": HANDLE}]},
                    "column": ID,
                },
            }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with pseudonyms, as every new one, through import, enrichment and analysis."""
    folder = tmp_path_factory.mktemp("leaks")
    rows = folder / "posts.jsonl"
    rows.write_text("".join(json.dumps(post) + "\n" for post in posts()), encoding="utf-8")
    home = folder / "home"
    for command in (["import", str(rows)], ["enrich", "--stage", "lang"], ["analyse"]):
        with pytest.raises(SystemExit) as end:
            main(["--home", str(home), "--json", *command])
        assert end.value.code == 0
    return home


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
    return [word for word in PLANTED if word in text.lower()]


@pytest.mark.parametrize(
    "command",
    [
        ["search", "harbour", "--limit", "50"],
        ["clusters"],
        ["clusters", "--edges"],
        ["influencers"],
        ["influencers", "--without-coordinated"],
        ["narratives", "--assignments"],
        ["signals"],
        ["copies", "--pairs"],
        ["source", "news.example"],
        ["status"],
        ["check"],
    ],
)
@pytest.mark.parametrize("form", [["--json"], []])
def test_no_command_names_a_hidden_account(
    call: Callable[..., str], command: list[str], form: list[str]
) -> None:
    assert leaks(call(*form, *command)) == []


@pytest.mark.parametrize("kind", ["gexf", "graphml", "csv", "jsonl", "stix", "dossier", "labels"])
def test_no_export_names_a_hidden_account(
    call: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"out.{kind}"
    call("export", kind, "--out", str(out))
    files = [p for p in out.rglob("*") if p.is_file()] if out.is_dir() else [out]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text
        assert leaks(text) == [], path.name


def test_lines_without_pseudonyms_keep_everything(
    call: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    out = tmp_path / "all.jsonl"
    call("export", "jsonl", "--out", str(out))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    mine = next(line for line in lines if line["id"] == "a0")
    assert mine["extra"]["nested"] == {"by": [NAME, {"acct": HANDLE}]}
    assert mine["author"]["name"] == NAME
