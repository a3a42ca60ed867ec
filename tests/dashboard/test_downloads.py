"""Taking posts away: whole, in order, without formulas and without names that are hidden."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.components import downloads
from dashboard.components.account_names import AccountNames
from index.base import EVERYTHING, Index
from index.connect import open_index
from index.exports.csv_tables import write_csv
from index.privacy import pseudonyms
from tocsin.core.documents import Author, Document, Link, LinkKind
from tocsin.core.exchange import from_exchange
from tocsin.core.language.words import Words
from tocsin.core.workspace import Workspace


@pytest.fixture
def index(world: Any) -> Iterator[Index]:
    opened = open_index(Workspace(world.home))
    yield opened
    opened.close()


@pytest.fixture
def account_names(world: Any) -> AccountNames:
    return AccountNames(pseudonyms(Workspace(world.home)), dict)


def test_csv_holds_every_hit_and_runs_nothing(
    index: Index, account_names: AccountNames, world: Any
) -> None:
    found = downloads.as_csv(downloads.hits(index, "", EVERYTHING), account_names, index)
    rows = list(csv.DictReader(io.StringIO(found.decode("utf-8-sig"))))
    assert len(rows) == world.documents
    assert found.startswith(b"\xef\xbb\xbf")
    assert all(row["author"].startswith("acct-") for row in rows)
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)
    assert not any(row["url"] for row in rows)  # a post's address names its author


def test_formulas_are_disarmed(account_names: AccountNames, index: Index) -> None:
    evil = Document(
        id="x:=1",
        platform="x",
        author=Author(id="x:1"),
        text="=HYPERLINK(1)",
        title="@=SUM(1)",
        source="+1",
    )
    row = next(
        csv.DictReader(
            io.StringIO(downloads.as_csv(iter([evil]), account_names, index).decode("utf-8-sig"))
        )
    )
    assert (row["id"], row["text"], row["title"], row["source"]) == (
        "x:=1",
        "'=HYPERLINK(1)",
        "'@=SUM(1)",
        "'+1",
    )


def test_json_lines_are_the_exchange_format_with_pseudonyms(
    index: Index, account_names: AccountNames
) -> None:
    lines = (
        downloads.as_jsonl(downloads.hits(index, "dam", EVERYTHING), account_names, index)
        .decode()
        .splitlines()
    )
    assert len(lines) == index.count("dam")
    for line in lines:
        row = json.loads(line)
        assert from_exchange(row).text == row["text"]
        assert set(row["author"]) == {"id"}
        assert row["author"]["id"].startswith("acct-")


def test_json_lines_are_whole_where_names_are_shown(open_world: Any) -> None:
    workspace = Workspace(open_world.home)
    opened = open_index(workspace)
    try:
        lines = (
            downloads.as_jsonl(
                downloads.hits(opened, "hashtag:waterbills", EVERYTHING, limit=5),
                AccountNames(pseudonyms(workspace), dict),
                opened,
            )
            .decode()
            .splitlines()
        )
    finally:
        opened.close()
    assert len(lines) == 5
    assert json.loads(lines[0])["author"]["handle"].startswith("user_7")
    assert json.loads(lines[0])["url"].startswith("https://x.example/status/")


def test_nothing_that_names_a_hidden_account_is_downloaded(
    account_names: AccountNames, index: Index
) -> None:
    author = Author(id="x:zephyr1", handle="zephyrine", name="Zephyrine Marquee")
    post = Document(
        id="x:1",
        platform="x",
        text="the wall gives way",
        author=author,
        url="https://x.example/zephyrine/1",
        links=(
            Link(LinkKind.URL, "https://x.example/zephyrine"),
            Link(LinkKind.URL, "https://news.example/1"),
            Link(LinkKind.MENTION, "zephyrine"),
        ),
        media=({"url": "https://x.example/zephyrine/1.jpg"},),
        extra={"uri": "https://x.example/users/zephyrine"},
    )
    for write in (downloads.as_csv, downloads.as_jsonl):
        written = write(iter([post]), account_names, index).decode()
        assert "news.example/1" in written
        assert "zephyr" not in written.lower()


def test_the_screen_and_the_command_line_write_one_table(open_world: Any, tmp_path: Path) -> None:
    workspace = Workspace(open_world.home, {"language": "fr"})
    names, words = AccountNames(pseudonyms(workspace), dict), Words("fr")
    opened = open_index(workspace)
    try:
        write_csv(opened, workspace, tmp_path / "posts.csv")
        documents = list(downloads.hits(opened, "", EVERYTHING))
        on_screen = downloads.as_csv(iter(documents), names, opened, words)
        book = downloads.as_xlsx(iter(documents[:5]), names, opened, words)
    finally:
        opened.close()
    assert sorted(on_screen.splitlines()) == sorted(
        (tmp_path / "posts.csv").read_bytes().splitlines()
    )
    (row, *_) = csv.DictReader(io.StringIO(on_screen.decode("utf-8-sig")), delimiter=";")
    assert row["id"].startswith(f"{row['platform']}:")
    assert {"detected_lang", "narrative", "copy_group", "cluster"} <= row.keys()
    assert zipfile.is_zipfile(io.BytesIO(book))
