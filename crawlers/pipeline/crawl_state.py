"""What the crawlers remember between runs: validators and hashes of pages, and where a timeline was
left.

One SQLite file, ``crawl.sqlite`` of the workspace. It is only ever written after the index accepted
what the state stands for: forgetting costs a request, remembering too early would cost a document.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tocsin.core.errors import Abort
from tocsin.core.messages import Message

VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, sha256 TEXT NOT NULL DEFAULT '',
    seen_at TEXT NOT NULL DEFAULT '', mark TEXT NOT NULL DEFAULT '', links TEXT,
    document INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT 'page', document_id TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cursors (
    source TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (source, name)
) WITHOUT ROWID;
"""
_COLUMNS = (
    "url, etag, last_modified, sha256, seen_at, mark, links, document, version, kind, document_id"
)


@dataclass(slots=True)
class PageState:
    """What is known of one address.

    ``sha256`` is of the bytes last received. ``change_tag`` is what its announcer said of it (a
    sitemap's ``lastmod``, a hash of a feed's entry): equal tags mean that no request is needed.
    ``links`` are the pages that it names as ``[address, change tag, kind]``; None where they were
    not kept. ``document`` is true where the page became a document (a page without text does not).
    ``version`` names the extraction; ``kind`` is ``page``, ``feed`` or ``sitemap``. ``document_id``
    is the document that the page became, empty where that was before it was kept.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    sha256: str = ""
    seen_at: str = ""
    change_tag: str = ""
    links: list[list[str]] | None = None
    document: bool = False
    version: str = ""
    kind: str = "page"
    document_id: str = ""


@dataclass(slots=True)
class StateUpdate:
    """What to remember once the index has accepted what came with it.

    ``cursors`` are ``(source, name, value)``: how far a source's list has been read.
    """

    pages: list[PageState] = field(default_factory=list)
    cursors: list[tuple[str, str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As the spool keeps it beside a document."""
        pages = [asdict(page) for page in self.pages]
        for page in pages:
            page["mark"] = page.pop("change_tag")
        return {"pages": pages, "cursors": [list(cursor) for cursor in self.cursors]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> StateUpdate:
        """From the spool."""
        pages = [
            PageState(**{"change_tag" if k == "mark" else k: v for k, v in page.items()})
            for page in value.get("pages", [])
        ]
        return cls(pages, [(source, name, v) for source, name, v in value.get("cursors", [])])


class CrawlState:
    """The file. One object a thread; any number may read, and one writes at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            if self._db.execute("PRAGMA user_version").fetchone()[0] > VERSION:
                raise Abort(Message("crawl.newer_state", {"path": str(path)}))
            self._db.executescript(_SCHEMA)
            columns = {row[1] for row in self._db.execute("PRAGMA table_info(pages)")}
            if "document_id" not in columns:  # a file of before pages were known by their documents
                self._db.execute(
                    "ALTER TABLE pages ADD COLUMN document_id TEXT NOT NULL DEFAULT ''"
                )
            self._db.execute(f"PRAGMA user_version={VERSION}")
        except sqlite3.DatabaseError as error:
            raise Abort(
                Message("crawl.state_unreadable", {"path": str(path), "error": str(error)})
            ) from None

    def page(self, url: str) -> PageState | None:
        """What is known of an address."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM pages WHERE url = ?",  # noqa: S608
            (url,),
        ).fetchone()
        if row is None:
            return None
        url, etag, last_modified, sha256, seen_at, tag, links_json, document, version, kind, id_ = (
            row
        )
        links = json.loads(links_json) if links_json is not None else None
        return PageState(
            url,
            etag,
            last_modified,
            sha256,
            seen_at,
            tag,
            links,
            bool(document),
            version,
            kind,
            id_,
        )

    def cursor(self, source: str, name: str) -> Any:
        """What a source remembered under a name, or None."""
        row = self._db.execute(
            "SELECT value FROM cursors WHERE source = ? AND name = ?", (source, name)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def apply(self, updates: Iterable[StateUpdate]) -> None:
        """Write all of these in one transaction.

        Raises:
            Abort: the file cannot be written.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for update in updates:
                self._db.executemany(
                    f"INSERT OR REPLACE INTO pages ({_COLUMNS})"  # noqa: S608
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [_page_row(page) for page in update.pages],
                )
                self._db.executemany(
                    "INSERT OR REPLACE INTO cursors (source, name, value) VALUES (?, ?, ?)",
                    [(source, name, json.dumps(value)) for source, name, value in update.cursors],
                )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise Abort(
                Message("crawl.state_unwritable", {"path": str(self.path), "error": str(error)})
            ) from None

    def clear(self) -> None:
        """Forget everything: for an index that was emptied."""
        self._db.executescript("DELETE FROM pages; DELETE FROM cursors;")

    def __len__(self) -> int:
        pages_and_cursors = "(SELECT count(*) FROM pages) + (SELECT count(*) FROM cursors)"
        return int(self._db.execute(f"SELECT {pages_and_cursors}").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _page_row(page: PageState) -> tuple[Any, ...]:
    links = None if page.links is None else json.dumps(page.links, ensure_ascii=False)
    return (
        page.url, page.etag, page.last_modified, page.sha256, page.seen_at, page.change_tag,
        links, int(page.document), page.version, page.kind, page.document_id,
    )  # fmt: skip
