"""A report as slides (PPTX), 16:9: a slide for each picture, tables of a few rows each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tocsin.app.reports.model import Report, ReportTable, Section, is_number, shown
from tocsin.core.language.words import Words

ROWS = 5
"""Rows of a table on one slide."""
PARAGRAPHS = 6
MAX_CELL = 200
_STAMP = datetime(2000, 1, 1)


def write_pptx(report: Report, path: Path) -> None:
    """Write the slides."""
    import pptx
    from pptx.util import Cm

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Cm(33.867), Cm(19.05)
    about = deck.core_properties
    about.title, about.author, about.language = report.title[:200], "Tocsin", report.words.code
    about.created = about.modified = _STAMP
    cover = deck.slides.add_slide(deck.slide_layouts[6])
    _text(cover, [report.title], 6.5, 3, 32, bold=True)
    _text(cover, [report.subtitle], 10.5, 4, 16)
    for section in report.sections:
        _section(deck, section, report.words)
    deck.save(str(path))


def _section(deck: Any, section: Section, words: Words) -> None:
    for start in range(0, len(section.paragraphs), PARAGRAPHS):
        slide = _slide(deck, section.title)
        _text(slide, section.paragraphs[start : start + PARAGRAPHS], 3, 14.5, 14)
    if section.picture is not None:
        _picture(_slide(deck, section.title), section.picture.png, section.picture.alt)
    table = section.table
    if table is not None and (section.picture is None or len(table.rows) <= 20):
        for start in range(0, len(table.rows), ROWS):
            rows = table.rows[start : start + ROWS]
            _table(_slide(deck, section.title), ReportTable(table.name, table.heads, rows), words)


def _slide(deck: Any, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    from pptx.util import Cm, Pt

    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Cm(1.5), Cm(0.8), Cm(30.8), Cm(1.8)
    shape.text_frame.text = title
    shape.text_frame.paragraphs[0].runs[0].font.size = Pt(24)
    return slide


def _text(slide: Any, texts: Sequence[str], top: float, height: float, size: int, *, bold: bool = False) -> None:  # noqa: E501 # fmt: skip
    from pptx.util import Cm, Pt

    box = slide.shapes.add_textbox(Cm(1.5), Cm(top), Cm(30.8), Cm(height))
    frame = box.text_frame
    frame.word_wrap = True
    for number, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold = text, Pt(size), bold
        paragraph.space_after = Pt(8)


def _picture(slide: Any, png: bytes, alt: str) -> None:
    from pptx.util import Cm

    picture = slide.shapes.add_picture(io.BytesIO(png), Cm(1.5), Cm(3), width=Cm(30.8))
    if picture.height > Cm(15.2):
        ratio = Cm(15.2) / picture.height
        picture.width, picture.height = int(picture.width * ratio), Cm(15.2)
    picture._element._nvXxPr.cNvPr.set("descr", alt)


def _table(slide: Any, table: ReportTable, words: Words) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Cm, Pt

    size = len(table.rows) + 1, len(table.heads)
    frame = slide.shapes.add_table(*size, Cm(1.5), Cm(3), Cm(30.8), Cm(1.2 * size[0]))
    weights = [_weight([head, *(shown(row[n], words) for row in table.rows)])
               for n, head in enumerate(table.heads)]  # fmt: skip
    for column, weight in zip(frame.table.columns, weights, strict=True):
        column.width = int(Cm(30.8) * weight / sum(weights))
    lines: list[Sequence[Any]] = [table.heads, *table.rows]
    for y, line in enumerate(lines):
        for x, value in enumerate(line):
            cell = frame.table.cell(y, x)
            text = shown(value, words)
            cell.text = text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
            for paragraph in cell.text_frame.paragraphs:
                paragraph.font.size = Pt(10)
                if is_number(value):
                    paragraph.alignment = PP_ALIGN.RIGHT


def _weight(texts: Sequence[str]) -> float:
    """How wide a column is, by the letters in it: long texts get more, not all."""
    longest = max(len(text) for text in texts)
    return 6 + min(longest, 20) + 0.25 * min(max(longest - 20, 0), 180)
