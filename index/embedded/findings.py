"""Findings, generations and marks."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence, Set
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from index.base import Mark
from index.codec import findings_inside, milliseconds
from index.embedded.database import Database
from index.maintenance.scrub import scrub, scrub_edit
from index.validation import check_kinds, check_mark, check_published
from tocsin.core.codec.dataclass_json import encode_each
from tocsin.core.findings import from_json, rfc3339

if TYPE_CHECKING:
    from tocsin.core.findings import Finding


def publish(
    database: Database, findings: Iterable[Finding], kinds: Sequence[str], generation: str
) -> None:
    """Replace whole kinds in one transaction; see `index.base.Index.publish`."""
    check_kinds(kinds)
    rows: list[tuple[str, int, str, str]] = []
    listed = list(findings)
    for place, (finding, body) in enumerate(zip(listed, encode_each(listed), strict=True)):
        check_published(finding, kinds)
        rows.append((finding.kind, place, finding.id, body.encode("utf-8", "replace").decode()))
    with database.write() as connection:
        for kind in kinds:
            connection.execute("DELETE FROM findings WHERE kind = ?", (kind,))
            connection.execute(
                "INSERT OR REPLACE INTO generations VALUES (?, ?, ?)",
                (kind, generation, milliseconds(datetime.now(UTC))),
            )
        connection.executemany("INSERT INTO findings VALUES (?, ?, ?, ?)", rows)


def generation(database: Database, kind: str) -> str | None:
    """The generation of a kind."""
    with database.read() as connection:
        row = connection.execute(
            "SELECT generation FROM generations WHERE kind = ?", (kind,)
        ).fetchone()
    return row[0] if row else None


def findings(
    database: Database,
    kind: str,
    ids: Sequence[str] | None,
    limit: int | None,
    cluster: str | None = None,
) -> list[Finding]:
    """Published findings in order; see `index.base.Index.findings`."""
    check_kinds([kind])
    if cluster is not None:
        rows = _rows(database, kind, ids, None)
        return findings_inside(kind, (body for _, body in rows), cluster)[:limit]
    return [from_json(kind, body) for _, body in _rows(database, kind, ids, limit)]


def _rows(
    database: Database, kind: str, ids: Sequence[str] | None, limit: int | None
) -> list[tuple[int, str]]:
    with database.read() as connection:
        if ids is None:
            rows = connection.execute(
                "SELECT place, body FROM findings WHERE kind = ? ORDER BY place LIMIT ?",
                (kind, -1 if limit is None else max(0, limit)),
            ).fetchall()
        else:
            by_place: dict[int, str] = {}
            for key in dict.fromkeys(ids):
                by_place.update(
                    connection.execute(
                        "SELECT place, body FROM findings WHERE kind = ? AND id = ?", (kind, key)
                    ).fetchall()
                )
            rows = sorted(by_place.items())[:limit]
    return rows


def forget(
    connection: sqlite3.Connection, gone: Set[str], names: re.Pattern[str] | None = None
) -> None:
    """Take ids out of all findings and marks, within a write transaction."""
    changes: list[tuple[str | None, str, int]] = []
    for kind, place, body in connection.execute("SELECT kind, place, body FROM findings"):
        left = scrub(kind, body, gone, names)
        if left != body:
            changes.append((left, kind, place))
    connection.executemany(
        "UPDATE findings SET body = ? WHERE kind = ? AND place = ?",
        [c for c in changes if c[0] is not None],
    )
    connection.executemany(
        "DELETE FROM findings WHERE kind = ? AND place = ?",
        [c[1:] for c in changes if c[0] is None],
    )
    connection.executemany("DELETE FROM marks WHERE subject = ?", [(key,) for key in gone])
    for subject, note in connection.execute("SELECT subject, note FROM marks").fetchall():
        left_note = scrub_edit(subject, note, gone, names)
        if left_note is None:
            connection.execute("DELETE FROM marks WHERE subject = ?", (subject,))
        elif left_note != note:
            connection.execute("UPDATE marks SET note = ? WHERE subject = ?", (left_note, subject))


def put_mark(database: Database, subject: str, mark: Mark | None, note: str) -> None:
    """Keep or take back a mark; see `index.base.Index.put_mark`."""
    check_mark(mark)
    with database.write() as connection:
        if mark is None:
            connection.execute("DELETE FROM marks WHERE subject = ?", (subject,))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)",
                (subject, mark, note, rfc3339(datetime.now(UTC))),
            )


def marks(database: Database) -> dict[str, dict[str, Any]]:
    """All marks by subject."""
    with database.read() as connection:
        rows = connection.execute(
            "SELECT subject, mark, note, made FROM marks ORDER BY subject"
        ).fetchall()
    return {
        subject: {"mark": mark, "note": note, "made_at": made} for subject, mark, note, made in rows
    }
