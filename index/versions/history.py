"""What a document was before and when it was seen, as part of its row.

Key ``history`` of a row: ``versions`` (earlier texts, oldest first), ``first`` and ``last`` (epoch
ms
when the text of now was first and last seen), ``gone`` (``[epoch ms, status]``, null or absent).
Standing in the row, it goes where the document goes: deletion, erasure, copies of the index.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tocsin.core.dates import from_milliseconds, to_milliseconds
from tocsin.core.documents import Document, History, Raw, Version, chained_sha256

KEY = "history"
Row = dict[str, Any]


class Sighting(NamedTuple):
    """That a document was seen as it is, or (``gone_status``: 404 or 410) that it is gone."""

    id: str
    at: datetime
    gone_status: int | None = None


def history_row(document: Document) -> Row:
    """The history of a document as its row holds it; empty where there is none."""
    history = document.history
    if history is None:
        return {}
    row: Row = {}
    if history.versions:
        row["versions"] = [_version_row(version) for version in history.versions]
    if history.first_seen is not None:
        row["first"] = to_milliseconds(history.first_seen)
    if history.last_seen is not None:
        row["last"] = to_milliseconds(history.last_seen)
    if history.gone_since is not None:
        row["gone"] = [to_milliseconds(history.gone_since), history.gone_status]
    return row


def read_history(row: Mapping[str, Any]) -> History | None:
    """The history in a document's row."""
    held = row.get(KEY)
    if not held:
        return None
    gone = held.get("gone")
    return History(
        versions=tuple(_read_version(version) for version in held.get("versions", ())),
        first_seen=_moment(held.get("first")),
        last_seen=_moment(held.get("last")),
        gone_since=_moment(gone[0]) if gone else None,
        gone_status=gone[1] if gone else None,
    )


def add_previous_version(new: Row, old: Mapping[str, Any]) -> None:
    """Give a row that replaces another one the history of both."""
    held = old.get(KEY) or {}
    versions = list(held.get("versions", ()))
    if _is_title_alone(old) and new.get("collected", 0) < old.get("collected", 0):
        return  # what a list of articles said of the page before an archive told its text
    before = {
        "title": old.get("title"),
        "text": old.get("text", ""),
        "first": held.get("first", old.get("collected")),
        "last": held.get("last", old.get("collected")),
        "previous": chained_sha256(_read_version(versions[-1])) if versions else None,
        "raw": old.get("raw"),
    }
    versions.append({name: value for name, value in before.items() if value is not None})
    if "deleted_at" in old:  # a text of before or after does not bring it back
        new.setdefault("deleted_at", old["deleted_at"])
    at = new.get("collected")
    history = {"versions": versions} | ({} if at is None else {"first": at, "last": at})
    new[KEY] = history


def _is_title_alone(row: Mapping[str, Any]) -> bool:
    """Whether a row comes of a list of articles, which has no more of them than titles."""
    return (
        row.get("text", "") in ("", row.get("title"))
        and not row.get("raw")
        and not (row.get(KEY) or {}).get("versions")
    )


def replace_stored(document: Document, old: Mapping[str, Any]) -> Document:
    """A document that replaces a stored row, with the history of both."""
    row: Row = {}
    if document.collected_at is not None:
        row["collected"] = to_milliseconds(document.collected_at)
    add_previous_version(row, old)
    deleted = document.deleted_at or _moment(row.get("deleted_at"))
    return dataclasses.replace(document, history=read_history(row), deleted_at=deleted)


def record_sighting(row: Mapping[str, Any], at: int | None) -> Row:
    """What changes in a row's history when its text is seen again; empty where nothing does."""
    held = row.get(KEY) or {}
    changed: Row = {}
    last = held.get("last", row.get("collected"))
    if at is not None and (last is None or at > last):
        changed = {"first": held.get("first", row.get("collected", at)), "last": at}
    if held.get("gone") and at is not None and at > held["gone"][0]:
        changed["gone"] = None
    return changed


def record_earlier_sighting(row: Mapping[str, Any], document: Document) -> tuple[Row, bool] | None:
    """What changes in a row's history when what its page was before comes to light (in an archive).

    Returns:
        The changes, and whether the text is a version of its own (the dates of one that is there
        already, before or after it, are extended); None where the document was seen later than the
        text that the row holds was first.
    """
    held = row.get(KEY) or {}
    first = held.get("first", row.get("collected"))
    at = None if document.collected_at is None else to_milliseconds(document.collected_at)
    if at is None or first is None or at >= first or _is_title_alone(row):
        return None
    versions: list[Row] = [dict(version) for version in held.get("versions", ())]
    place = sum(version.get("first", 0) <= at for version in versions)

    def is_same(version: Mapping[str, Any]) -> bool:
        return version.get("title") == document.title and version.get("text", "") == document.text

    if place and is_same(versions[place - 1]):
        if versions[place - 1].get("last", at) >= at:
            return {}, False
        versions[place - 1]["last"] = at
    elif place < len(versions) and is_same(versions[place]):
        versions[place]["first"] = at
    elif place == len(versions) and is_same(row):
        return {"first": at, "last": held.get("last", row.get("collected"))}, False
    else:
        found = Version(
            title=document.title, text=document.text, raw=document.raw,
            first_seen=document.collected_at, last_seen=document.collected_at,
        )  # fmt: skip
        versions.insert(place, _version_row(found))
    for number, version in enumerate(versions):
        version.pop("previous", None)
        if number:
            version["previous"] = chained_sha256(_read_version(versions[number - 1]))
    return {"versions": versions}, len(versions) > len(held.get("versions", ()))


def record_removal(row: Mapping[str, Any], at: int, status: int) -> Row:
    """What changes in a row's history when its page is gone; empty where that was known."""
    held = row.get(KEY) or {}
    return {} if held.get("gone") else {"gone": [at, status]}


def sighting_changes(row: Mapping[str, Any], sighting: Sighting) -> Row:
    """What a sighting changes in a row's history."""
    at = to_milliseconds(sighting.at)
    if sighting.gone_status is not None:
        return record_removal(row, at, sighting.gone_status)
    return record_sighting(row, at)


def with_changes(row: Row, changes: Mapping[str, Any]) -> None:
    """Set what changed in a row's history."""
    row[KEY] = {k: v for k, v in {**(row.get(KEY) or {}), **changes}.items() if v is not None}


def raw_paths(row: Mapping[str, Any]) -> Iterator[str]:
    """Where the original bytes of a row are, those of its earlier versions, too."""
    for holder in (row, *(row.get(KEY) or {}).get("versions", ())):
        if raw := holder.get("raw"):
            yield raw[0]


def _version_row(version: Version) -> Row:
    row = {
        "title": version.title,
        "text": version.text,
        "first": None if version.first_seen is None else to_milliseconds(version.first_seen),
        "last": None if version.last_seen is None else to_milliseconds(version.last_seen),
        "previous": version.previous or None,
        "raw": [version.raw.path, version.raw.sha256] if version.raw else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _read_version(row: Mapping[str, Any]) -> Version:
    raw = row.get("raw")
    return Version(
        title=row.get("title"),
        text=row.get("text", ""),
        first_seen=_moment(row.get("first")),
        last_seen=_moment(row.get("last")),
        previous=row.get("previous", ""),
        raw=Raw(path=raw[0], sha256=raw[1]) if raw else None,
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_milliseconds(value)
