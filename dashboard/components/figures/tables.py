"""Tables as files that a spreadsheet of the reader's language opens without asking."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import streamlit as st

from dashboard.base import ViewContext
from dashboard.components.downloads import MEDIA_TYPES
from index.exports.tables import Dialect, Row, Table, write_csv_rows, write_workbook
from index.exports.workbook import workbook_facts


class Tabular(Protocol):
    """What has a table: its name in files, its title, heads and rows, and of what it speaks."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Row]: ...
    @property
    def period(self) -> str: ...


@dataclass(frozen=True)
class PageTable:
    """A table of a page that is no figure. Shares are numbers from 0 to 1; times are times.

    Attributes:
        name: of its files and widgets; one a page.
        columns: heads, as the reader reads them.
        rows: all of them, those too that the page does not show.
        period: what time and which posts it speaks of, a sentence.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    period: str = ""


def offer(context: ViewContext, table: PageTable) -> None:
    """A button behind which the table can be taken away as CSV and XLSX."""
    with st.popover(
        context.words("figure.table_files"), icon=":material/download:", type="tertiary",
        key=f"files_{table.name}",
    ):  # fmt: skip
        buttons(context, table)


def buttons(context: ViewContext, table: Tabular) -> None:
    """The buttons of a table's files; a file is made when it is asked for."""
    for kind, write in (("csv", as_csv), ("xlsx", as_xlsx)):
        st.download_button(
            context.words(f"figure.{kind}"),
            data=partial(write, context, table),
            file_name=f"tocsin-{table.name}.{kind}",
            mime=MEDIA_TYPES[kind],
            key=f"{table.name}_{kind}",
            on_click="ignore",
            type="tertiary",
        )


def notes(context: ViewContext, table: Tabular) -> list[str]:
    """Where the figures come from and of when they are."""
    return [line for line in (table.period, source_line(context)) if line]


def source_line(context: ViewContext) -> str:
    """From how many posts, of when, and when it was made."""
    words, stats = context.words, context.queries.state.stats
    return words(
        "figure.source",
        posts=words.n("posts", stats.documents),
        as_of=words.moment(stats.newest_at),
        made=words.moment(datetime.now(UTC)),
        zone=words.zone_name(),
    )


def as_csv(context: ViewContext, table: Tabular) -> bytes:
    """The table as the spreadsheets of the reader's language read CSV."""
    out = io.StringIO(newline="")
    write_csv_rows(out, table.columns, table.rows, Dialect.of(context.words.code))
    return out.getvalue().encode("utf-8", "replace")


def as_xlsx(context: ViewContext, table: Tabular) -> bytes:
    """The table as a workbook, with a sheet that says where it comes from."""
    out = io.BytesIO()
    facts = [
        (table.title, " ".join(notes(context, table))),
        *workbook_facts(context.queries.index, context.queries.people, context.words),
    ]
    write_workbook(out, [Table(table.name, table.columns, table.rows)], facts)
    return out.getvalue()
