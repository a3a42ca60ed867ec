"""Bluesky: the repository of an account as a CAR file (``com.atproto.sync.getRepo``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.fediverse.bluesky import POST, POST_GIVES, REPOST, post_row
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from tocsin.core.errors import Unreadable
from tocsin.core.findings import rfc3339

_TID = "234567abcdefghijklmnopqrstuvwxyz"
_FIRST = datetime(2022, 11, 1, tzinfo=UTC)
"""Repositories are not older: what says so is no time."""


class BlueskyRepository(BaseProfile):
    """https://atproto.com/specs/repository

    A repository knows its account by its DID alone (handles change and stand elsewhere), and says
    nothing of counts. Times are checked against the key of the record, which holds when it was
    made.
    """

    name = "bluesky-repository"
    title = "Bluesky: repository of an account (CAR)"
    platform = "bluesky"
    gives = (*POST_GIVES[:2], "author.name", "author.description", *POST_GIVES[2:])

    def recognises(self, head: Head) -> float:
        return 0.97 if head.record_share("repository", "rev", "value") >= 0.8 else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        value = fields.mapping(record.get("value"))
        kind = fields.text(value.get("$type"))
        if kind not in (POST, REPOST):
            yield Skip("likes" if kind.endswith(".like") else "records that are no posts")
            return
        did, address = fields.identifier(record.get("repository")), fields.text(record.get("uri"))
        if kind == REPOST and not fields.text(fields.at(value, "subject.uri")):
            raise Unreadable("a repost that does not say of what")
        own = fields.mapping(record.get("profile"))
        account = {
            "did": did, "displayName": own.get("displayName"),
            "description": own.get("description"),
        }  # fmt: skip
        seen = _time_of(address.rpartition("/")[2]) or _time_of(fields.text(record.get("rev")))
        row = post_row(address or f"at://{did}/{kind}/", account, value, seen)
        if not address or not did:  # the part of the tree that holds its key is lost
            row |= {"id": None, "url": None}
        yield fields.without_empty(row)


def _time_of(key: str) -> str | None:
    """When a key was made, where it holds that: https://atproto.com/specs/tid"""
    if len(key) != 13 or not set(key) <= set(_TID):
        return None
    number = 0
    for sign in key:
        number = number << 5 | _TID.index(sign)
    seconds = (number >> 10) / 1e6
    if not _FIRST.timestamp() <= seconds <= datetime.now(UTC).timestamp() + 86_400:
        return None
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
