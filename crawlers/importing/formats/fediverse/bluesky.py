"""Bluesky: the stream of Jetstream, and posts as the API answers them.

Ids are ``at://`` addresses, accounts their ``did``. The time of a post is what its author's program
says: where that cannot be (years before the first post, or after the server saw it), the time at
which it was seen stands instead, to the minute; the other is in ``extra.created_at``, and the
report says how many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from tocsin.core.dates import parse_time
from tocsin.core.errors import Unreadable
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message

POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
_FIRST = datetime(2006, 3, 21, tzinfo=UTC)
"""Posts brought over from elsewhere have their own time, but none is older than X."""
_TID = "234567abcdefghijklmnopqrstuvwxyz"
_OPENED = datetime(2022, 11, 1, tzinfo=UTC)
"""Repositories are not older: what says so is no time."""
_OLD_KINDS = {"com": "commit"}
"""What the first version of Jetstream called its events."""
_DEEPEST = 40
_CLOCKS_DIFFER = timedelta(hours=1)
POST_GIVES = (
    "id", "author.id", "text", "lang", "published_at", "published_precision", "url", "urls",
    "hashtags", "mentions", "reply_to", "repost_of", "quote_of", "media",
)  # fmt: skip
_VIEW_GIVES = (
    *POST_GIVES[:2], "author.handle", "author.name", "author.created_at", *POST_GIVES[2:],
    "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.quotes",
)  # fmt: skip


class TimedProfile(BaseProfile):
    """Says of how many posts the time was replaced."""

    _replaced = 0
    _example = ""

    def begin(self) -> None:
        self._replaced, self._example = 0, ""

    def timed(self, row: dict[str, Any]) -> dict[str, Any]:
        """The finished row, its time looked at."""
        if "published_precision" in row:
            self._replaced += 1
            written = fields.mapping(row.get("extra")).get("created_at") or "-"
            self._example = self._example or str(written)[:40]
        return fields.without_empty(row)

    def notes(self, file: str) -> Sequence[Message]:
        if not self._replaced:
            return ()
        counts = {"file": file, "n": self._replaced, "example": self._example}
        return (Message("intake.times_replaced", counts),)


class Jetstream(TimedProfile):
    """https://github.com/bluesky-social/jetstream

    The stream has no handles and no counts. Likes, follows and deletions are left out.
    """

    name = "bluesky-jetstream"
    title = "Bluesky: Jetstream, JSON lines"
    platform = "bluesky"
    gives = POST_GIVES

    def recognises(self, head: Head) -> float:
        written = head.record_share("did", "time_us")
        events = head.record_share("kind") + head.record_share("type")
        return 0.95 if written >= 0.8 and events >= 0.8 else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        commit = fields.mapping(record.get("commit"))
        if "commit" not in (record.get("kind"), _OLD_KINDS.get(str(record.get("type")))):
            yield Skip("news of accounts")
            return
        collection = fields.text(commit.get("collection"))
        operation = commit.get("operation") or commit.get("type")
        if collection not in (POST, REPOST):
            yield Skip("likes" if collection.endswith(".like") else "records that are no posts")
            return
        did, key = fields.identifier(record.get("did")), fields.identifier(commit.get("rkey"))
        if operation in ("delete", "d"):
            if did and key and record.get("time_us"):
                address = f"at://{did}/{collection}/{key}"
                yield {"id": address, "deleted_at": record["time_us"]}
            else:
                yield Skip("deletions")
            return
        if did is None or key is None or not isinstance(commit.get("record"), dict):
            raise Unreadable(Message("reading.no_record"))
        row = post_row(
            f"at://{did}/{collection}/{key}", {"did": did}, commit["record"], record.get("time_us")
        )
        yield self.timed(row)


class BlueskyPosts(TimedProfile):
    """https://docs.bsky.app/docs/api/app-bsky-feed-search-posts

    A quoted post that lies in a record is a post of its own. A repost in a feed has an id where
    the server gives it one.
    """

    name = "bluesky"
    title = "Bluesky: posts as the API gives them (lines or a list)"
    platform = "bluesky"
    gives = _VIEW_GIVES

    def recognises(self, head: Head) -> float:
        fitting = sum(_is_post(record) for record in head.records)
        return 0.95 if head.records and fitting >= 0.8 * len(head.records) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        for made in _posts(_in_camel_case(record)):
            yield made if isinstance(made, Skip) else self.timed(made)


class BlueskyAnswers(BlueskyPosts):
    """https://docs.bsky.app/docs/api/app-bsky-feed-search-posts"""

    name = "bluesky-answers"
    title = "Bluesky: answers of a search, a feed or a repository (posts, feed, records)"
    lists: ClassVar = ("posts", "feed", "records")


def _in_camel_case(value: Any, depth: int = 0) -> Any:
    """An answer with its keys as the API writes them: the library of Python writes ``indexed_at``.
    Others are given back as they are.
    """
    if depth == 0 and not any("indexed_at" in part for part in _near(value)):
        return value
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {_camel(key): _in_camel_case(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_camel_case(inner, depth + 1) for inner in value]
    return value


def _near(record: Record) -> Iterator[Record]:
    """The record and the posts right within it."""
    yield record
    for path in ("post", "thread.post"):
        yield fields.mapping(fields.at(record, path))


def _camel(key: str) -> str:
    if key == "py_type":
        return "$type"
    first, *others = key.split("_")
    return first + "".join(part.capitalize() for part in others) if first else key


def _posts(record: Record) -> Iterator[dict[str, Any] | Skip]:
    """The posts of an entry: of a feed, of a thread with all its answers, or a post itself."""
    post = record.get("post")
    if isinstance(thread := record.get("thread"), dict):
        yield from _thread(thread)
    elif isinstance(post, dict):
        reason = fields.mapping(record.get("reason"))
        if fields.text(reason.get("$type")).endswith("#reasonRepost"):
            yield _repost(post, reason)
        yield from _views(post)
    else:
        yield from _views(record)


def _thread(thread: Record) -> Iterator[dict[str, Any] | Skip]:
    """The posts of a thread: what its post answers, itself, and the answers below."""
    waiting, above = [thread], thread.get("parent")
    while isinstance(above, dict):
        waiting.append(above)
        above = above.get("parent")
    while waiting:
        one = waiting.pop()
        if isinstance(post := one.get("post"), dict):
            yield from _views(post)
        else:
            yield Skip("posts of a thread that are gone or blocked")
        waiting += reversed(fields.objects(one.get("replies")))


def _is_post(record: Record) -> bool:
    record = fields.mapping(record.get("thread")) or record
    post = fields.mapping(record.get("post")) or record
    address = fields.text(post.get("uri"))
    return address.startswith("at://") and bool(
        isinstance(post.get("author"), dict) or f"/{POST}/" in address or "value" in post
    )


def _views(post: Record) -> Iterable[dict[str, Any] | Skip]:
    """A post as it is shown, then the one it quotes."""
    address = fields.text(post.get("uri"))
    if not address.startswith("at://"):
        raise Unreadable(Message("reading.no_at_address"))
    if f"/{POST}/" not in address and f"/{REPOST}/" not in address:
        yield Skip("likes" if ".like/" in address else "records that are no posts")
        return
    record = next((v for k in ("record", "value") if isinstance(v := post.get(k), dict)), post)
    author = fields.mapping(post.get("author"))
    did = fields.first(author, "did") or address[5:].partition("/")[0]
    seen = post.get("indexedAt") or key_time(address.rpartition("/")[2])
    row = post_row(address, {**author, "did": did}, record, seen)
    row["metrics"] = fields.counts(
        likes=post.get("likeCount"), reposts=post.get("repostCount"),
        replies=post.get("replyCount"), quotes=post.get("quoteCount"),
    )  # fmt: skip
    yield row
    for path in ("embed.record", "embed.record.record", "embeds.0.record"):
        quoted = fields.mapping(fields.at(post, path))
        if isinstance(quoted.get("value"), dict) and f"/{POST}/" in fields.text(quoted.get("uri")):
            yield from _views({**quoted, "embeds": []})
            return


def _repost(post: Record, reason: Record) -> dict[str, Any]:
    by = fields.mapping(reason.get("by"))
    return fields.without_empty(
        {
            "id": fields.identifier(reason.get("uri")),
            "author": _author(by),
            "published_at": reason.get("indexedAt"),
            "repost_of": fields.identifier(post.get("uri")),
        }
    )


def _author(account: Record) -> dict[str, Any] | None:
    handle = fields.text(account.get("handle"))
    return fields.author(
        account.get("did"), handle=None if handle == "handle.invalid" else handle,
        name=account.get("displayName"), created_at=account.get("createdAt"),
        followers=account.get("followersCount"), following=account.get("followsCount"),
        posts=account.get("postsCount"), description=account.get("description"),
    )  # fmt: skip


def post_row(address: str, account: Record, record: Record, seen: Any) -> dict[str, Any]:
    """The exchange object of a record at an ``at://`` address; ``seen`` is when it was seen."""
    features = [
        (facet, feature)
        for facet in fields.objects(record.get("facets"))
        for feature in fields.objects(facet.get("features"))
    ]
    embed = fields.mapping(record.get("embed"))
    languages = record.get("langs")
    text = fields.text(record.get("text"))
    key = address.rpartition("/")[2]
    is_repost = f"/{REPOST}/" in address
    row: dict[str, Any] = {
        "id": address, "author": _author(account), "text": text,
        "lang": languages[0] if isinstance(languages, list) and languages else None,
        "url": None if is_repost else f"https://bsky.app/profile/{account.get('did')}/post/{key}",
        "urls": fields.addresses(
            [f.get("uri") for _, f in features],
            fields.at(embed, "external.uri"), fields.at(embed, "media.external.uri"),
        ),
        "hashtags": fields.tags([f.get("tag") for _, f in features], record.get("tags")),
        "mentions": fields.mentions(
            [_shown(text, facet) or f.get("did") for facet, f in features if f.get("did")]
        ),
        "reply_to": fields.identifier(fields.at(record, "reply.parent.uri")),
        "repost_of": fields.identifier(fields.at(record, "subject.uri")) if is_repost else None,
        "quote_of": _quoted(embed),
        "media": _media(embed, str(account.get("did"))),
    }  # fmt: skip
    return _timed(row, record.get("createdAt"), seen)


def _shown(text: str, facet: Record) -> str:
    """The part of the text that a facet marks (it counts bytes): the handle of a mention."""
    start, end = fields.at(facet, "index.byteStart"), fields.at(facet, "index.byteEnd")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
        return ""
    shown = text.encode("utf-8", "replace")[start:end].decode("utf-8", "replace").strip()
    return shown if shown.startswith("@") and " " not in shown else ""


def _quoted(embed: Record) -> str | None:
    for path in ("record.uri", "record.record.uri"):
        address = fields.text(fields.at(embed, path))
        if f"/{POST}/" in address:
            return address
    return None


def _media(embed: Record, did: str) -> list[dict[str, Any]]:
    found = []
    for part in (embed, fields.mapping(embed.get("media"))):
        for image in fields.objects(part.get("images")):
            if key := fields.text(fields.at(image, "image.ref.$link")):
                address = f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{key}@jpeg"
                found.append(fields.media(address, "photo", image.get("alt")))
        if key := fields.text(fields.at(part, "video.ref.$link")):
            address = f"https://video.bsky.app/watch/{did}/{key}/playlist.m3u8"
            found.append(fields.media(address, "video", part.get("alt")))
    return [m for m in found if m]


def _timed(row: dict[str, Any], created: Any, seen: Any) -> dict[str, Any]:
    """The row with its time: ``created`` unless it cannot be."""
    written, observed = parse_time(created), parse_time(seen)
    if observed is None:
        row["published_at"] = created
    elif written is None or not _FIRST <= written[0] <= observed[0] + _CLOCKS_DIFFER:
        row |= {"published_at": seen, "published_precision": "minute"}
        fields.with_extra(row, created_at=created)
    else:
        row["published_at"] = created
    return row


def key_time(key: str) -> str | None:
    """When a key was made, where it holds that: https://atproto.com/specs/tid"""
    if len(key) != 13 or not set(key) <= set(_TID):
        return None
    number = 0
    for sign in key:
        number = number << 5 | _TID.index(sign)
    seconds = (number >> 10) / 1e6
    if not _OPENED.timestamp() <= seconds <= datetime.now(UTC).timestamp() + 86_400:
        return None
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
