"""A report as a document (DOCX)."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

from tocsin.app.reports.model import Report, ReportTable, is_number, shown
from tocsin.core.language.words import Words

_STAMP = datetime(2000, 1, 1)


def write_docx(report: Report, path: Path) -> None:
    """Write the document; texts are texts, never fields or links."""
    import docx
    from docx.shared import Cm, Pt

    made = docx.Document()
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    made.styles["Normal"].font.size = Pt(10)
    about = made.core_properties
    about.title, about.author, about.language = report.title[:200], "Tocsin", report.words.code
    about.created = about.modified = _STAMP
    made.add_heading(report.title, 0)
    made.add_paragraph(report.subtitle)
    for part in report.sections:
        made.add_heading(part.title, 1)
        for text in part.paragraphs:
            made.add_paragraph(text)
        if part.picture is not None:
            shape = made.add_picture(io.BytesIO(part.picture.png), width=Cm(16.5))
            shape._inline.docPr.set("descr", part.picture.alt)
        if part.table is not None and (part.picture is None or len(part.table.rows) <= 20):
            _table(made, part.table, report.words, Pt(8))
    packed = io.BytesIO()
    made.save(packed)
    path.write_bytes(packed.getvalue())


def _table(made: Any, table: ReportTable, words: Words, size: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    grid = made.add_table(rows=1, cols=len(table.heads), style="Light Grid Accent 1")
    for cell, head in zip(grid.rows[0].cells, table.heads, strict=True):
        cell.text = head
    for row in table.rows:
        for cell, value in zip(grid.add_row().cells, row, strict=True):
            cell.text = shown(value, words)
            if is_number(value):
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for row in grid.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.font.size = size
