"""Reports are made in each format and opened again by another library; hostile text is text."""

from __future__ import annotations

import dataclasses
import html.parser
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from index.connect import open_index
from tests.dashboard.world import World as Small
from tests.dashboard.world import build
from tests.dashboard.world_findings import END
from tests.monitors.conftest import World, post
from tocsin.core.findings import Narrative
from tocsin.core.workspace import Workspace

SINCE, UNTIL = "2025-11-07T18:00:00Z", "2025-11-14T18:00:00Z"
HOSTILE = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", '"><img src=x>',
    "{{7*7}} ${7*7} #{7*7}", "&amp; &lt;b&gt;", "é ’ « » — œ", "http://tracker.example/a.png",
    "a_x0041_b", "' or 1=1 --", "\\\\server\\share", "%s %n {0}",
)  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The small world, whose narratives know their posts."""
    made = build(tmp_path_factory.mktemp("small") / "home")
    index = open_index(Workspace(made.home))
    try:
        told = []
        for one in index.findings("narrative"):
            assert isinstance(one, Narrative)
            posts = index.search(f"narrative:{one.id}", size=1_000).documents
            told.append(dataclasses.replace(one, members=tuple(post.id for post in posts)))
        index.publish(told, kinds=("narrative",), generation="g3")
    finally:
        index.close()
    return made


def make(home: Path, out: Path, *arguments: str) -> Any:
    return World(home).json("report", "--out", str(out), *arguments)


def text_of(path: Path) -> str:
    """All texts of a report, by a library that did not write it where there is one."""
    kind = path.suffix[1:]
    if kind == "html":
        texts: list[str] = []
        parser = html.parser.HTMLParser()
        parser.handle_data = texts.append  # type: ignore[method-assign]
        parser.feed(path.read_text(encoding="utf-8"))
        return "\n".join(texts)
    if kind == "pdf":
        import pypdf

        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if kind == "docx":
        import docx

        document = docx.Document(str(path))
        cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
        return "\n".join([*(p.text for p in document.paragraphs), *cells])
    if kind == "pptx":
        import pptx

        found = []
        for slide in pptx.Presentation(str(path)).slides:
            for shape in slide.shapes:
                if shape.has_text_frame:
                    found.append(shape.text_frame.text)
                if shape.has_table:
                    found += [c.text for row in shape.table.rows for c in row.cells]
        return "\n".join(found)
    book = openpyxl.load_workbook(path)
    return "\n".join(
        unescape(str(cell.value))
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    )


FORMATS = ("html", "pdf", "docx", "pptx", "xlsx")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_report_is_made_and_opened_again(small: Small, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"week.{kind}"
    done = make(small.home, out, "--since", SINCE, "--until", UNTIL, "--lang", "fr")
    assert (done["format"], done["language"]) == (kind, "fr")
    assert done["bytes"] == out.stat().st_size
    said = " ".join(text_of(out).replace("\u202f", " ").split())
    for wanted in (
        "Rapport de veille", "En bref", "français", "Valmont dam breach", "Qui agit ensemble",
        "Comment ce rapport est fait",
        "période précédente", "c-water",
    ):  # fmt: skip
        assert wanted in said, wanted
    assert ("Part de voix : langues" in said) is (kind != "xlsx"), "there it names a sheet"
    assert "Share of voice" not in said
    assert "user_" not in said, "accounts stand under pseudonyms"
    assert "acct-" in said


def test_hostile_text_reads_back_equal_in_pdf(world: World, tmp_path: Path) -> None:
    """The other formats: tests/e2e/test_hostile_exports.py."""
    world.settings("[privacy]\npseudonymise = false\n")
    now = datetime.now(UTC)
    world.put(
        *(
            post(f"h{n}", now - timedelta(hours=1, minutes=n), f"{text} water", f"x:bad{n}")
            for n, text in enumerate(HOSTILE)
        )
    )
    seen = ""
    for start in range(0, len(HOSTILE), 7):  # ten posts are shown at most
        since = (now - timedelta(hours=1, minutes=start + 6, seconds=30)).isoformat()
        until = (now - timedelta(hours=1, minutes=start) + timedelta(seconds=30)).isoformat()
        out = tmp_path / f"r{start}.pdf"
        make(world.home, out, "--since", since, "--until", until)
        seen += text_of(out)
    squeezed = "".join(seen.split())
    for text in HOSTILE:
        assert "".join(f"{text} water".split()) in squeezed, text


def test_the_page_is_whole_by_itself(small: Small, tmp_path: Path) -> None:
    out = tmp_path / "week.html"
    make(small.home, out)
    page = out.read_text(encoding="utf-8")
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert page.count('src="data:image/png;base64,') >= 3
    for outside in ("<script", "<link", 'src="http', "href="):
        assert outside not in page


def test_charts_stand_in_documents_with_their_words(small: Small, tmp_path: Path) -> None:
    import docx
    import pptx

    for name in ("a.docx", "a.pptx"):
        make(small.home, tmp_path / name, "--lang", "en")
    document = docx.Document(str(tmp_path / "a.docx"))
    assert len(document.inline_shapes) >= 3
    pictures = [
        shape
        for slide in pptx.Presentation(str(tmp_path / "a.pptx")).slides
        for shape in slide.shapes
        if shape.shape_type == 13
    ]
    assert len(pictures) >= 3
    assert all(one._element._nvXxPr.cNvPr.get("descr") for one in pictures)
    assert all(one.image.content_type == "image/png" for one in pictures)


def test_figures_are_those_of_the_search(small: Small, tmp_path: Path) -> None:
    out = tmp_path / "r.xlsx"
    done = make(small.home, out, "--since", SINCE, "--until", UNTIL)
    found = World(small.home).json("search", "", "--since", SINCE, "--until", UNTIL)
    assert done["posts"] == found["total"]
    book = openpyxl.load_workbook(out)
    rows = list(book["volume"].iter_rows(min_row=2, values_only=True))
    assert sum(row[1] for row in rows) == found["total"]
    languages = book["Share of voice  languages"[:28]]
    assert [c.value for c in languages[1]][:3] == ["name", "posts", "share"]


def test_a_report_of_a_monitor(small: Small, tmp_path: Path) -> None:
    world = World(small.home)
    world.monitor("dam", 'title = "The dam"\nquery = "narrative:n-dam"')
    done = make(small.home, tmp_path / "r.html", "--monitor", "dam")
    assert done["posts"] == 210
    assert "Listening report: The dam" in text_of(tmp_path / "r.html")
    error: Any = world.call("report", "--monitor", "damm").exception
    assert "did you mean dam?" in str(error)


def test_a_period_without_posts_says_so(small: Small, tmp_path: Path) -> None:
    make(small.home, tmp_path / "r.html", "--since", "2031-01-01")
    assert "There is no post in this period." in text_of(tmp_path / "r.html")


def test_where_a_report_goes_by_itself(small: Small) -> None:
    done = World(small.home).json("report")
    assert Path(done["out"]).parent == small.home / "exports"
    assert done["format"] == "html"


def test_pdf_without_pango_or_chromium_says_what_to_do(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tocsin.app.reports import printed

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(printed.shutil, "which", lambda _: None)
    error: Any = World(small.home).call("report", "--out", str(tmp_path / "r.pdf")).exception
    assert "libpango" in str(error)
    assert not (tmp_path / "r.pdf").exists()


def test_the_small_world_ends_where_it_is_looked_at() -> None:
    assert END.isoformat().startswith("2025-11-14T18:00")


def test_posts_without_counts_are_not_said_to_have_reached_most(
    world: World, tmp_path: Path
) -> None:
    """The last posts stood there, each with 0, as those that reached most."""
    at = datetime.now(UTC) - timedelta(minutes=10)
    bare = [dataclasses.replace(post(f"p{n}", at, f"eau {n}"), metrics={}) for n in range(5)]
    world.put(*bare)
    make(world.home, tmp_path / "r.html", "--lang", "fr", "--since", "1h")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "personne ne peut dire lesquels ont été les plus repris" in page
    assert "engagements" not in page
    world.put(post("liked", at, "eau aimée"))
    make(world.home, tmp_path / "r2.html", "--lang", "fr", "--since", "1h")
    assert "engagements" in (tmp_path / "r2.html").read_text(encoding="utf-8")


def test_stories_name_their_languages_and_caveats_are_sentences(
    small: Small, tmp_path: Path
) -> None:
    make(small.home, tmp_path / "r.xlsx", "--since", SINCE, "--until", UNTIL)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    tables = [list(sheet.iter_rows(values_only=True)) for sheet in book]
    heads, *rows = next(table for table in tables if table and "headline" in table[0])
    told = {row[heads.index("languages")] for row in rows}
    assert any("French" in said or "English" in said for said in told)
    assert not any(code in said.split(", ") for said in told for code in ("fr", "en", "und"))
    make(small.home, tmp_path / "r.html", "--since", SINCE, "--until", UNTIL)
    said = text_of(tmp_path / "r.html")
    assert "posts without an author, which" not in said
