"""Tables that scripts make of Reddit's dumps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.forums.reddit import plain_name, plain_text
from crawlers.importing.formats.post_addresses import platform_at, post_id
from crawlers.importing.formats.profile_base import Head, Record, Skip
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message


class RedditTable(ColumnProfile):
    """https://github.com/Watchful1/PushshiftDumps (to_csv, filter_file)

    A row's own address stands under ``link``, what a post links to under ``url``. Whom a comment
    answers is not written: only the post above it.
    """

    name = "reddit-table"
    title = "Reddit: tables made of dumps (author, score, created, link, body)"
    platform = "reddit"
    gives = (
        "id", "kind", "author.id", "author.handle", "title", "text", "published_at", "url", "urls",
        "reply_to", "quote_of", "metrics.likes", "metrics.replies", "source",
    )  # fmt: skip
    marks = (("author", "score", "created", "link"),)
    columns: ClassVar = {
        "author.id": ("author",),
        "title": ("title",),
        "text": ("text", "body", "selftext"),
        "published_at": ("created",),
        "url": ("link",),
        "urls": ("url",),
        "metrics.likes": ("score",),
        "metrics.replies": ("num_comments",),
    }

    def recognises(self, head: Head) -> float:
        places: Sequence[str] = [str(record.get("link")) for record in head.records]
        fitting = sum(platform_at(place) == "reddit" for place in places)
        return super().recognises(head) if 2 * fitting > len(places) else 0.0

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        address = fields.text(row.get("url"))
        own = post_id(address)
        if own is None:
            raise Unreadable(Message("reading.no_post_address"))
        name = plain_name(record.get("author"))
        row |= {"id": own, "author": fields.author(name, handle=name)}
        for key in ("title", "text"):
            row[key] = plain_text(row.get(key))
        if own.startswith("t1_"):
            above = post_id(address.partition("/comments/")[0] + "/comments/" + _post(address))
            row |= {"kind": "comment", "reply_to": above}
        linked = fields.addresses(row.pop("urls", None))
        target = post_id(linked[0]) if linked and platform_at(linked[0]) == "reddit" else None
        if target and target != own:
            row["quote_of"] = target
        row["urls"] = [] if target else linked
        forum = address.partition("/r/")[2].partition("/")[0]
        row["source"] = f"r/{forum}" if forum else None
        return (fields.without_empty(row),)


def _post(address: str) -> str:
    return address.partition("/comments/")[2].partition("/")[0]
