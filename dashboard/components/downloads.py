"""The hits of a query as a file: CSV and XLSX for spreadsheets, JSON lines of the exchange format.

The tables are those of the command line (`index.exports.csv_tables`), by the same writer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from dashboard.components.account_names import AccountNames
from index.base import Index, Query, Window
from index.exports.csv_tables import POST_COLUMNS, post_row
from index.exports.post_findings import PostFindings
from index.exports.public_posts import public_post
from index.exports.tables import Dialect, Row, Table, write_csv_rows, write_workbook
from index.exports.workbook import workbook_facts
from tocsin.core.documents import Document, Kind
from tocsin.core.language.words import ENGLISH, Words

Writer: TypeAlias = Callable[[Iterator[Document], AccountNames, Index, Words], bytes]
"""Makes a file of documents of an index, its accounts named as the workspace shows them, for a
reader of a language."""

MEDIA_TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "jsonl": "application/x-ndjson",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "stix": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""Format of a file -> its media type."""
MAX_ROWS = 50_000
_BATCH = 1_000


def hits(
    index: Index, query: Query, window: Window, *, limit: int = MAX_ROWS
) -> Iterator[Document]:
    """The newest ``limit`` documents of a query, read page by page."""
    after: str | None = None
    left = limit
    while left > 0:
        page = index.search(
            query, window=window, order="newest", size=min(_BATCH, left), after=after
        )
        yield from page.documents
        left -= len(page.documents)
        after = page.after
        if after is None or not page.documents:
            return


def as_csv(
    documents: Iterator[Document], account_names: AccountNames, index: Index, words: Words = ENGLISH
) -> bytes:
    """CSV as spreadsheets of this language read it. No cell is run as a formula."""
    out = io.StringIO(newline="")
    rows = _rows(documents, account_names, index)
    write_csv_rows(out, POST_COLUMNS, rows, Dialect.of(words.code))
    return out.getvalue().encode("utf-8", "replace")


def as_xlsx(
    documents: Iterator[Document], account_names: AccountNames, index: Index, words: Words = ENGLISH
) -> bytes:
    """A workbook of the same rows, with a sheet that says whether names are real."""
    out = io.BytesIO()
    facts = workbook_facts(index, account_names.pseudonyms, words)
    rows = _rows(documents, account_names, index)
    write_workbook(out, [Table("posts", POST_COLUMNS, rows)], facts)
    return out.getvalue()


def as_jsonl(
    documents: Iterator[Document],
    account_names: AccountNames,
    index: Index,
    _words: Words = ENGLISH,
) -> bytes:
    """JSON lines in the exchange format, with what was found of each post.

    With pseudonyms on, authors are pseudonyms and nothing else is said of them.
    """
    found = PostFindings(index, account_names.pseudonyms)
    lines = (
        json.dumps(
            _exchange(document, account_names) | found.of(document),
            ensure_ascii=False,
            sort_keys=True,
        )
        for document in documents
    )
    return "".join(line + "\n" for line in lines).encode("utf-8", "replace")


def _rows(
    documents: Iterator[Document], account_names: AccountNames, index: Index
) -> Iterator[Row]:
    people = account_names.pseudonyms
    found = PostFindings(index, people)
    for document in documents:
        public = _exchange(document, account_names)
        yield post_row(document, public, found.of(document), people)


def _exchange(document: Document, account_names: AccountNames) -> dict[str, Any]:
    """The post as an export gives it; under pseudonyms with the bare pseudonym of its author.

    The address of a post names its author, so with pseudonyms on only articles keep theirs.
    """
    row = public_post(document, account_names.pseudonyms)
    if account_names.pseudonymised:
        if document.author:
            row["author"] = {"id": account_names.display_name(document.author.id)}
        if document.kind is not Kind.ARTICLE:
            row.pop("url", None)
    return row
