"""A chart on a page with its legend, the table of its figures, and its files."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import charts, markup
from dashboard.components.figures import exporting
from dashboard.components.figures.exporting import Legend
from dashboard.components.figures.tables import buttons, notes
from dashboard.components.theme import DARK, LIGHT, Palette
from index.exports.tables import Row
from tocsin.core.language.words import Words

ROWS_SHOWN = 200


@dataclass(frozen=True)
class Figure:
    """What a chart shows, for eyes, for tables and for files.

    Attributes:
        name: of its files and widgets; one a page.
        title: stands in its files.
        build: draws the chart in the colours of a theme.
        columns: heads of its table, as the reader reads them.
        rows: the figures: column -> text, number, time or None.
        alt: what it shows, for people who do not see it.
        legend: what its colours stand for, where the chart has no legend of its own.
        period: what time and which posts it speaks of, a sentence for its files.
    """

    name: str
    title: str
    build: Callable[[Palette], Any]
    columns: Sequence[str]
    rows: Sequence[Row]
    alt: str
    legend: Sequence[Legend] = field(default=())
    period: str = ""


def draw(context: ViewContext, figure: Figure, **options: Any) -> Any:
    """Draw a figure; what Streamlit says of a selection, where ``options`` ask for one."""
    if len(figure.legend) > 1:
        st.html(_legend(figure.legend, context.words))
    with st.container(key=f"figure_{figure.name}"):
        event = charts.draw_chart(
            figure.build(context.palette), width="stretch", alt=figure.alt, **options
        )
    _files(context, figure)
    return event


def _legend(legend: Sequence[Legend], words: Words) -> str:
    items = "".join(
        f'<span><i style="background:light-dark({one.tint(LIGHT)},{one.tint(DARK)})"></i>'
        f"{markup.in_language(sanitize.escaped_line(one.label, 70), one.lang, words)}</span>"
        for one in legend
    )
    return f'<div class="t-legend">{items}</div>'


def table_html(figure: Figure, words: Words) -> str:
    """The figures as a table, dates and numbers as people write them."""
    right = {
        place
        for place, column in enumerate(figure.columns)
        if any(isinstance(row.get(column), (int, float)) for row in figure.rows)
    }
    rows = "".join(
        markup.table_row(
            [
                (html.escape(shown(row.get(column), words)), "t-r" if place in right else "")
                for place, column in enumerate(figure.columns)
            ],
            figure.columns,
        )
        for row in figure.rows[:ROWS_SHOWN]
    )
    rest = ""
    if len(figure.rows) > ROWS_SHOWN:
        more = words.n("figure.rest", len(figure.rows) - ROWS_SHOWN)
        rest = f'<p class="t-note">{html.escape(more)}</p>'
    return markup.table(list(figure.columns), rows, right=right) + rest


def shown(value: Any, words: Words) -> str:
    """A cell as people of a language write it."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return words.moment(value)
    if isinstance(value, bool):
        return words("answer.yes" if value else "answer.no")
    if isinstance(value, int):
        return words.number(value)
    if isinstance(value, float):
        return words.decimal(value, 3)
    return sanitize.single_line(str(value), 300)


def _files(context: ViewContext, figure: Figure) -> None:
    """The table behind a fold, and the files behind a button."""
    words = context.words
    bar = st.container(horizontal=True, vertical_alignment="top", gap="small")
    if figure.rows:
        bar.html(markup.details(words("figure.data"), table_html(figure, words)))
    with bar.popover(words("figure.chart_files"), icon=":material/download:", type="tertiary"):
        for kind, mime, write in (
            ("png", "image/png", _png),
            ("svg", "image/svg+xml", _svg),
        ):
            st.download_button(
                words(f"figure.{kind}"),
                data=partial(write, context, figure),
                file_name=f"tocsin-{figure.name}.{kind}",
                mime=mime,
                key=f"{figure.name}_{kind}",
                on_click="ignore",
                type="tertiary",
            )
        buttons(context, figure)


def _picture(context: ViewContext, figure: Figure) -> Any:
    return exporting.picture(
        figure.build(LIGHT),
        LIGHT,
        title=figure.title,
        notes=notes(context, figure),
        legend=figure.legend,
    )


def _png(context: ViewContext, figure: Figure) -> bytes:
    return exporting.as_png(_picture(context, figure))


def _svg(context: ViewContext, figure: Figure) -> bytes:
    return exporting.as_svg(_picture(context, figure))
