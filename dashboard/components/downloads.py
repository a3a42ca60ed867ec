"""The hits of a query as a file: CSV for spreadsheets, JSON lines in the exchange format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from dashboard import sanitize
from dashboard.components.account_names import AccountNames
from index.base import Index, Query, Window
from index.exports.public_posts import public_post
from tocsin.core.documents import Document, Kind, LinkKind, native_id
from tocsin.core.findings import rfc3339

Writer: TypeAlias = Callable[[Iterator[Document], AccountNames], bytes]
"""Makes a file of documents, its accounts named as the workspace shows them."""

MAX_ROWS = 50_000
_BATCH = 1_000
METRICS = ("likes", "reposts", "replies", "quotes", "views")
COLUMNS = (
    "id", "platform", "kind", "author", "published_at", "lang", "title", "text", "url", "links",
    "hashtags", *METRICS, "source",
)  # fmt: skip


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


def as_csv(documents: Iterator[Document], account_names: AccountNames) -> bytes:
    """CSV with a byte order mark, so that spreadsheets read it as UTF-8.

    No cell is run as a formula.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for document in documents:
        row = _row(document, account_names)
        writer.writerow([sanitize.spreadsheet_cell(row[column]) for column in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def as_jsonl(documents: Iterator[Document], account_names: AccountNames) -> bytes:
    """JSON lines in the exchange format.

    With pseudonyms on, authors are pseudonyms and nothing else is said of them.
    """
    lines = [
        json.dumps(_exchange(document, account_names), ensure_ascii=False, sort_keys=True)
        for document in documents
    ]
    return "".join(line + "\n" for line in lines).encode("utf-8", "replace")


def _row(document: Document, account_names: AccountNames) -> dict[str, Any]:
    author, published_at = document.author, document.published_at
    public = _exchange(document, account_names)
    return {
        "id": native_id(document.id),
        "platform": document.platform,
        "kind": document.kind.value,
        "author": account_names.display_name(author.id, author.handle) if author else "",
        "published_at": rfc3339(published_at) if published_at else "",
        "lang": document.lang,
        "title": document.title or "",
        "text": document.text,
        "url": public.get("url", ""),
        "links": " ".join(public.get("urls", ())),
        "hashtags": " ".join(document.targets(LinkKind.HASHTAG)),
        **{name: document.metrics.get(name, "") for name in METRICS},
        "source": document.source or "",
    }


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
