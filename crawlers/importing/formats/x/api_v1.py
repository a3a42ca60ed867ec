"""Statuses of X's API v1.1: streams, searches, hydrated ids (twarc 1, tweepy, Hydrator...)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from crawlers.importing.formats.x.statuses import GIVES, StatusReader, is_status

_NOTICES = frozenset({"delete", "limit", "warning", "scrub_geo", "status_withheld", "disconnect"})
_OF_OTHERS = frozenset({"author_id", "mid", "idstr", "account"})
"""Keys of the API v2, of Weibo (which has users with ``screen_name``, too), of Mastodon."""


class ApiV1(BaseProfile):
    """https://developer.x.com/en/docs/x-api/v1/data-dictionary/object-model/tweet

    A repost has the whole text of what it repeats. The statuses that one carries (repeated, quoted)
    are posts, too, each once.
    """

    name = "x-api-v1"
    title = "X: statuses of the API v1.1 (stream, search, hydrated; long and repeated texts whole)"
    platform = "x"
    gives = GIVES

    def __init__(self) -> None:
        self._reader = StatusReader()

    def recognises(self, head: Head) -> float:
        fitting = [record for record in head.records if any(map(_is_v1, _statuses(record)))]
        known = [record for record in head.records if not _NOTICES.isdisjoint(record)]
        if not fitting or 2 * (len(fitting) + len(known)) < len(head.records):
            return 0.0
        return 0.93

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        statuses = [status for status in _statuses(record) if is_status(status)]
        if not statuses:
            if deletion := _deletion(record):
                yield deletion
                return
            notice = not _NOTICES.isdisjoint(record)
            yield Skip("notices of the stream" if notice else "objects that are no status")
            return
        for status in statuses:
            yield from self._reader.read(status)


def _deletion(record: Record) -> dict[str, Any] | None:
    """The notice that a status was deleted, with its time; the stream sends it."""
    told = fields.mapping(record.get("delete"))
    native = fields.first(told, "status.id_str", "status.id")
    at = told.get("timestamp_ms")
    return {"id": fields.identifier(native), "deleted_at": at} if native and at else None


def _statuses(record: Record) -> list[Mapping[str, Any]]:
    """Of an answer of the search its list, else the record itself."""
    return fields.objects(record["statuses"]) if "statuses" in record else [record]


def _is_v1(status: Mapping[str, Any]) -> bool:
    if not is_status(status) or not _OF_OTHERS.isdisjoint(status):
        return False
    user = status.get("user")
    if isinstance(user, Mapping):
        return "screen_name" in user or ("id_str" in user and "id_str" in status)
    return "id_str" in status and "entities" in status
