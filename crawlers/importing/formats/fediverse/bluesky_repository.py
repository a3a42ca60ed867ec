"""Bluesky: the repository of an account as a CAR file (``com.atproto.sync.getRepo``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.fediverse.bluesky import (
    POST,
    POST_GIVES,
    REPOST,
    TimedProfile,
    key_time,
    post_row,
)
from crawlers.importing.formats.profile_base import Head, Record, Skip
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message


class BlueskyRepository(TimedProfile):
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
            raise Unreadable(Message("reading.repost_of_nothing"))
        own = fields.mapping(record.get("profile"))
        account = {
            "did": did, "displayName": own.get("displayName"),
            "description": own.get("description"),
        }  # fmt: skip
        seen = key_time(address.rpartition("/")[2]) or key_time(fields.text(record.get("rev")))
        row = post_row(address or f"at://{did}/{kind}/", account, value, seen)
        if not address or not did:  # the part of the tree that holds its key is lost
            row |= {"id": None, "url": None}
        yield self.timed(row)
