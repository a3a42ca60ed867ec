"""A report as one HTML file: no script, nothing from elsewhere; the PDF is made of it."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from tocsin.app.reports.model import Report, ReportTable, Section, is_number, shown
from tocsin.core.language.words import Words

_STYLE = """
@page { size: A4; margin: 16mm; @bottom-right { content: counter(page) " / " counter(pages);
  font: 8pt sans-serif; color: #666 } }
body { font: 11pt/1.45 "DejaVu Sans", "Liberation Sans", "Noto Sans", sans-serif; color: #1a1a1a;
  max-width: 56rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin-top: 2rem }
.sub { color: #555; margin-top: 0 } img { max-width: 100%; height: auto }
table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .8rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem;
  border-bottom: 1px solid #ddd }
th.n, td.n { text-align: right; white-space: nowrap } th { color: #444; overflow-wrap: normal }
.r { font-family: "Noto Color Emoji", "Noto Sans CJK SC", "Noto Sans", "DejaVu Sans Mono",
  monospace } .w { white-space: nowrap }
h2 { break-after: avoid } tr, img { break-inside: avoid }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 9.5pt } }
"""
MAX_WORD = 22
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def as_html(report: Report) -> str:
    """The whole page."""
    body = "".join(_section(section, report.words) for section in report.sections)
    title = html.escape(report.title)
    return (
        f'<!doctype html>\n<html lang="{report.words.code}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>{title}</h1><p class="sub">{html.escape(report.subtitle)}</p>{body}'
        "</main></body></html>\n"
    )


def write_html(report: Report, path: Path) -> None:
    """Write the page."""
    path.write_text(as_html(report), encoding="utf-8", errors="replace")


def _section(section: Section, words: Words) -> str:
    parts = [f"<h2>{html.escape(section.title)}</h2>"]
    parts += [f"<p>{html.escape(text)}</p>" for text in section.paragraphs]
    if section.picture is not None:
        data = base64.b64encode(section.picture.png).decode("ascii")
        alt = html.escape(section.picture.alt, quote=True)
        parts.append(f'<img alt="{alt}" src="data:image/png;base64,{data}">')
    # a curve says what a table of a hundred intervals says
    if section.table is not None and (section.picture is None or len(section.table.rows) <= 20):
        parts.append(_table(section.table, words))
    return f"<section>{''.join(parts)}</section>"


def _table(table: ReportTable, words: Words) -> str:
    first = table.rows[0] if table.rows else ()
    kinds = [' class="n"' if is_number(cell) else "" for cell in first] or [""] * len(table.heads)
    heads = "".join(
        f'<th scope="col"{kind}>{html.escape(head)}</th>'
        for kind, head in zip(kinds, table.heads, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(_cell(shown(cell, words), kind) for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(text: str, kind: str) -> str:
    """A cell; a short word, such as an id, is not broken."""
    is_word = len(text) <= MAX_WORD and " " not in text
    whole = ' class="w"' if is_word else ""
    return f"<td{kind or whole}>{html.escape(text)}</td>"
