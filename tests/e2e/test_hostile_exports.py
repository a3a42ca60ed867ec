"""What strangers wrote in every field leaves as text, in every file, and reads back as it was.

Posts come in by `tocsin import`, which keeps no control characters: no table, document or feed
could hold them. What is compared is what the workspace holds.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import networkx as nx
import openpyxl
import pytest
from lxml import etree
from openpyxl.utils.escape import unescape

from graph.exports.escaping import one_line
from index.exports.tables import unguarded
from tests.dashboard.hostile import HOSTILE
from tests.e2e.hostile_world import kept
from tests.monitors.conftest import World
from tests.monitors.test_reports import text_of
from tocsin.app.reports import content
from tocsin.core.documents import Document

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def fields(one: Document) -> dict[str, str]:
    """What tables hold of a post, as text."""
    assert one.author is not None
    return {
        "id": one.id, "text": one.text, "title": one.title or "", "source": one.source or "",
        "author": one.author.id, "handle": one.author.handle or "", "url": one.url or "",
    }  # fmt: skip


def test_all_came_in(hostile: World) -> None:
    assert len(kept(hostile)) == len(HOSTILE)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_csv_tables(hostile: World, tmp_path: Path, language: str) -> None:
    out = tmp_path / "tables"
    hostile.json("--lang", language, "export", "csv", "--out", str(out))
    dialect = {"delimiter": ";" if language == "fr" else ","}
    found = {}
    for path in sorted(out.glob("*.csv")):
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), **dialect))  # type: ignore[arg-type]
        assert rows or path.stem == "influencers"
        cells = [cell for one in rows for cell in one.values()]
        assert not [cell for cell in cells if cell.lstrip().startswith(FORMULA)], path.name
        found |= {one["id"]: one for one in rows if path.stem == "posts"}
    for one in kept(hostile):
        for key, value in fields(one).items():
            assert unguarded(found[one.id][key]) == value, key


def test_workbook(hostile: World, tmp_path: Path) -> None:
    out = tmp_path / "book.xlsx"
    hostile.json("export", "xlsx", "--out", str(out))
    book = openpyxl.load_workbook(out)
    assert safe(book)
    lines = book["posts"].iter_rows(values_only=True)
    heads = next(lines)
    rows = (dict(zip(heads, line, strict=True)) for line in lines)
    found = {unescape(str(one["id"])): one for one in rows}
    for one in kept(hostile):
        for key, value in fields(one).items():
            assert unescape(str(found[one.id][key] or "")) == value, key


def safe(book: Any) -> bool:
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    return not any(cell.data_type == "f" or cell.hyperlink for cell in cells)


def test_json_lines_come_in_again_as_they_were(hostile: World, tmp_path: Path) -> None:
    out = tmp_path / "posts.jsonl"
    hostile.json("export", "jsonl", "--out", str(out))
    (tmp_path / "again").mkdir()
    again = World(tmp_path / "again")
    again.settings("[privacy]\npseudonymise = false\n")
    again.json("import", str(out))
    shown = ("id", "text", "title", "source", "author", "url", "links", "media", "extra")
    for before, after in zip(kept(hostile), kept(again), strict=True):
        for name in shown:
            assert getattr(before, name) == getattr(after, name), (before.id, name)


@pytest.mark.parametrize("kind", ["gexf", "graphml", "map"])
def test_networks(hostile: World, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"net.{kind}"
    if kind == "map":
        hostile.json("network", "--by", "coordination", "--gexf", str(out))
    else:
        hostile.json("export", kind, "--out", str(out))
    etree.parse(str(out))
    graph = nx.read_graphml(out) if kind == "graphml" else nx.read_gexf(out)
    authors = [one.author for one in kept(hostile) if one.author is not None]
    assert set(graph) == {one.id for one in authors}
    labels = {name: node["label"] for name, node in graph.nodes(data=True)}
    assert labels == {one.id: one.handle for one in authors}


def is_plain_markdown(text: str) -> bool:
    """Whether a text, shown as Markdown, has neither HTML nor links nor pictures."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {one.type for token in tokens for one in (token, *(token.children or ()))}
    return not kinds & {"html_block", "html_inline", "link_open", "image"}


def test_stix(hostile: World, tmp_path: Path) -> None:
    out = tmp_path / "groups.json"
    hostile.json("export", "stix", "--out", str(out))
    for one in json.loads(out.read_text("utf-8"))["objects"]:
        for key in ("name", "description", "content", "abstract"):
            assert is_plain_markdown(str(one.get(key, ""))), one


def test_dossier(hostile: World, tmp_path: Path) -> None:
    out = tmp_path / "dossier.md"
    hostile.json("export", "dossier", "--out", str(out))
    assert is_plain_markdown(out.read_text("utf-8"))


@pytest.mark.parametrize(
    "kind", ["html", "docx", "pptx", "xlsx", pytest.param("pdf", marks=pytest.mark.slow)]
)
def test_reports(
    hostile: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(content, "TOP_POSTS", len(HOSTILE))
    monkeypatch.setattr(content, "STORIES", len(HOSTILE))
    out = tmp_path / f"report.{kind}"
    hostile.json("report", "--out", str(out))
    seen = "".join(text_of(out).split())
    # slides cut with an ellipsis; lines of a page lie between those of the cells beside them
    most = {"pptx": 199, "pdf": 40}.get(kind, content.MAX_TEXT)
    for one in kept(hostile):
        said = "".join(one_line(one.text, content.MAX_TEXT)[:most].split())
        if kind == "pdf":  # fonts of a plain machine have no pictures
            said = said.replace("\N{COLLISION SYMBOL}", "")
        assert said in seen, one.id
    if kind in OFFICE:
        told = paragraphs(out)
        for one in kept(hostile):
            limit = 200 if kind == "pptx" else content.MAX_TEXT
            assert one_line(one.text, limit) in told, (kind, one.id)
    check_file(out)


OFFICE = ("docx", "pptx", "xlsx")


def paragraphs(path: Path) -> set[str]:
    """Paragraphs and cells, each whole: read from the XML itself, not by what wrote it."""
    if path.suffix == ".xlsx":
        cells = (cell for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row)
        return {unescape(str(cell.value)) for cell in cells if cell.value}
    found = set()
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.endswith(".xml"):
                for one in etree.fromstring(parts.read(name)).iter("{*}p"):
                    found.add("".join(text.text or "" for text in one.iter("{*}t")))
    return found


def check_file(path: Path) -> None:
    """Nothing in a file runs, leads away or loads."""
    data = path.read_bytes()
    if path.suffix == ".html":
        page = etree.HTML(data.decode("utf-8"))
        for name in ("script", "iframe", "object", "embed", "form", "base", "link", "svg", "a"):
            assert not page.findall(f".//{name}"), name
        sources = [one.get("src", "") for one in page.iter("img")]
        assert all(one.startswith("data:image/png;base64,") for one in sources)
        attributes = {name for one in page.iter(etree.Element) for name in one.attrib}
        assert not [name for name in attributes if str(name).startswith("on")]
    elif path.suffix == ".pdf":
        for name in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/EmbeddedFile"):
            assert name not in data
    elif path.suffix == ".xlsx":
        assert safe(openpyxl.load_workbook(path))
    else:
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                if not name.endswith((".xml", ".rels")):
                    continue
                root = etree.fromstring(parts.read(name))
                outside = [one for one in root.iter() if one.get("TargetMode") == "External"]
                assert not outside, name
                tags = {etree.QName(one).localname for one in root.iter(etree.Element)}
                assert not tags & {"hyperlink", "hlinkClick", "fldSimple", "instrText"}, name


def test_no_name_led_out_of_the_workspace(hostile: World) -> None:
    assert list(hostile.home.parent.iterdir()) == [hostile.home]
