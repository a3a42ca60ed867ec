"""A report as a workbook (XLSX): a sheet of sentences, then one for each table."""

from __future__ import annotations

import re
from pathlib import Path

from index.exports.tables import Table, write_workbook
from tocsin.app.reports.model import Report, plain

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def write_xlsx(report: Report, path: Path) -> None:
    """Write the workbook: texts are cells of text whatever they begin with, shares are numbers."""
    about = [(report.title, ""), ("", report.subtitle)]
    tables: list[Table] = []
    for section in report.sections:
        about += [(section.title, "")] if section.paragraphs else []
        about += [("", text) for text in section.paragraphs]
        if section.table is not None:
            heads = section.table.heads
            rows = [
                dict(zip(heads, (plain(cell) for cell in row), strict=True))
                for row in section.table.rows
            ]
            name = _NOT_IN_NAMES.sub(" ", section.table.name)[:28]
            tables.append(Table(name, heads, rows))
    write_workbook(path, tables, about)
