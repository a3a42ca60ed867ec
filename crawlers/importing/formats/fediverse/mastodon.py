"""Mastodon: statuses as a server's API gives them, and the ``outbox.json`` of an account's archive.

Authors are ``name@server``. A post has its server's number, as the spider's posts have; numbers so
short that several servers may give them are ``number@server``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from crawlers.extract import mastodon
from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

_STATUS = re.compile(r"https?://([^/?#]+)/(?:users/|@|ap/users/)([^/?#]+)/(?:statuses/)?(\w+)")
_ACTOR = re.compile(r"https?://([^/?#]+)/(?:users/|@|ap/users/)([^/?#]+)/?$")
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_PUBLIC_NAMES = frozenset({_PUBLIC, "as:Public", "Public"})
_GIVES = (
    "id", "author.id", "author.handle", "title", "text", "lang", "published_at", "url", "urls",
    "hashtags", "mentions", "reply_to", "repost_of", "quote_of", "media", "metrics.likes",
    "metrics.reposts", "source", "extra.visibility",
)  # fmt: skip


class MastodonStatuses(BaseProfile):
    """https://docs.joinmastodon.org/entities/Status/

    A boosted or quoted status that lies in a record is a post of its own.
    """

    name = "mastodon"
    title = "Mastodon: statuses as the API gives them (lines or a list)"
    platform = "mastodon"
    gives = (
        *_GIVES[:3], "author.name", "author.created_at", "author.followers", "author.following",
        "author.posts", "author.description", *_GIVES[3:-2], "metrics.replies", "metrics.quotes",
        *_GIVES[-2:],
    )  # fmt: skip

    def __init__(self) -> None:
        self._server = ""

    def recognises(self, head: Head) -> float:
        if head.record_share("id", "created_at", "content", "account") < 0.8:
            return 0.0
        named = sum("acct" in fields.mapping(record.get("account")) for record in head.records)
        return 0.95 if 2 * named > len(head.records) else 0.0

    def fit(self, records: Sequence[Record]) -> None:
        self._server = next(filter(None, map(_home, records)), "")

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        if not fields.identifier(record.get("id")) or not fields.mapping(record.get("account")):
            raise Unreadable(Message("reading.no_status_id"))
        if record.get("visibility") == "direct":
            yield Skip("messages to persons alone")
            return
        server = _home(record) or self._server
        for row in mastodon.rows_of(dict(record), server):
            yield _finish(row, record.get("visibility"))


class MastodonAnswers(MastodonStatuses):
    """https://docs.joinmastodon.org/methods/search/"""

    name = "mastodon-answers"
    title = "Mastodon: answers of a search or a thread (statuses, ancestors, descendants)"
    lists: ClassVar = ("statuses", "ancestors", "descendants")


class MastodonOutbox(BaseProfile):
    """https://docs.joinmastodon.org/spec/activitypub/

    The archive of one account: what it boosts has an address and no text. Counts are there only
    where the server is recent.
    """

    name = "mastodon-outbox"
    title = "Mastodon: outbox.json of an account's archive"
    platform = "mastodon"
    lists: ClassVar = ("orderedItems",)
    beside = "actor.json"
    gives = (*_GIVES[:3], "author.name", *_GIVES[3:], "extra.repost_of_uri")

    def __init__(self) -> None:
        self._actor: Record = {}

    def read_beside(self, records: Sequence[Record]) -> None:
        self._actor = records[0] if records else {}

    def recognises(self, head: Head) -> float:
        if head.record_share("type", "actor", "object") < 0.8:
            return 0.0
        return 0.95 if _types(head) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        kind, thing = record.get("type"), record.get("object")
        if kind not in ("Create", "Announce"):
            yield Skip("activities that are no posts")
            return
        actor = fields.text(record.get("actor")) or fields.text(fields.at(thing, "attributedTo"))
        match = _ACTOR.match(actor)
        if match is None:
            raise Unreadable(Message("reading.odd_actor"))
        server, handle = match[1], match[2]
        note = thing if kind == "Create" and isinstance(thing, dict) else record
        visibility = _visibility({**record, **note})
        if visibility == "direct":
            yield Skip("messages to persons alone")
            return
        address = fields.text(note.get("id"))
        if not address or (kind == "Create" and note is record):
            raise Unreadable(Message("reading.no_object"))
        account: dict[str, Any] = {}
        if self._actor.get("id") == actor:
            account["display_name"] = self._actor.get("name")
            handle = fields.line(self._actor.get("preferredUsername")) or handle
        elif handle.isdigit() and (shown := _STATUS.match(fields.text(note.get("url")))):
            handle = shown[2]  # newer servers number their actors
        account |= {"acct": handle, "username": handle}
        row = mastodon.rows_of(_status(note, account, server), server)[0]
        row["id"] = _id_of(address)
        row["reply_to"] = _id_of(note.get("inReplyTo"))
        if kind == "Announce":
            shared = thing if isinstance(thing, str) else fields.text(fields.at(thing, "id"))
            row |= {"repost_of": _id_of(shared), "url": None}
            fields.with_extra(row, repost_of_uri=shared, repost_of_author=_name(shared))
        else:
            row["quote_of"] = _id_of(
                fields.first(note, "quote", "quoteUri", "quoteUrl", "_misskey_quote")
            )
        yield _finish(row, visibility)


def _types(head: Head) -> str:
    """The kinds of activities, where they are some of an outbox."""
    kinds = {str(record.get("type")) for record in head.records}
    return " ".join(kinds & {"Create", "Announce"})


def _home(record: Record) -> str:
    """The server that gave a status: that of an account whose name has no server."""
    account = fields.mapping(record.get("account"))
    if not fields.text(account.get("acct")) or "@" in fields.text(account.get("acct")):
        return ""
    for address in (account.get("url"), record.get("url"), record.get("uri")):
        try:
            host = urlsplit(fields.text(address)).netloc
        except ValueError:
            continue
        if host:
            return host
    return ""


def _id_of(address: Any) -> str | None:
    """The id of the post at an address: its number where the address has Mastodon's form."""
    address = fields.text(address)
    match = _STATUS.match(address)
    return mastodon.post_id(match[3], match[1]) if match else address or None


def _name(address: str) -> str | None:
    match = _STATUS.match(address)
    return f"{match[2]}@{match[1]}" if match else None


def _finish(row: dict[str, Any], visibility: Any) -> dict[str, Any]:
    row["metrics"] = fields.counts(**row["metrics"])
    row["extra"] = {k: v for k, v in row["extra"].items() if v not in (None, "", [], {})}
    row["source"] = row.get("source") or None
    if visibility not in (None, "public", "unlisted"):
        fields.with_extra(row, visibility=visibility)
    return fields.without_empty(row)


def _visibility(activity: Record) -> str:
    """Who may read it: all, followers (``private``), or the persons addressed (``direct``)."""
    to = [str(a) for key in ("to", "cc") for a in _list(activity.get(key))]
    if not to or _PUBLIC_NAMES & set(to):
        return "public"
    return "private" if any(a.endswith("/followers") for a in to) else "direct"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _status(note: Record, account: dict[str, Any], server: str) -> dict[str, Any]:
    """A note of ActivityPub in the words of Mastodon's API."""
    tags = fields.objects(note.get("tag"))
    languages = list(fields.mapping(note.get("contentMap")))
    return {
        "id": note.get("id"), "account": account, "uri": note.get("id"), "url": note.get("url"),
        "content": fields.text(note.get("content"))
        or fields.text(next(iter(fields.mapping(note.get("contentMap")).values()), "")),
        "spoiler_text": note.get("summary"), "created_at": note.get("published"),
        "edited_at": note.get("updated"), "sensitive": note.get("sensitive"),
        "language": languages[0] if languages else None,
        "tags": [
            {"name": fields.text(t.get("name")).lstrip("#"), "url": t.get("href")}
            for t in tags if t.get("type") == "Hashtag"
        ],
        "mentions": [
            {"acct": fields.text(t.get("name")).lstrip("@"), "url": t.get("href")}
            for t in tags if t.get("type") == "Mention"
        ],
        "media_attachments": [
            {
                "url": urljoin(f"https://{server}/", fields.text(m.get("url"))),
                "type": fields.text(m.get("mediaType")).partition("/")[0] or "unknown",
                "description": m.get("name"), "blurhash": m.get("blurhash"),
            }
            for m in fields.objects(note.get("attachment")) if fields.text(m.get("url"))
        ],
        "poll": {
            "options": [
                {"title": o.get("name")}
                for o in fields.objects(note.get("oneOf") or note.get("anyOf"))
            ]
        },
        "favourites_count": fields.at(note, "likes.totalItems"),
        "reblogs_count": fields.at(note, "shares.totalItems"),
        "replies_count": fields.at(note, "replies.totalItems"),
    }  # fmt: skip
