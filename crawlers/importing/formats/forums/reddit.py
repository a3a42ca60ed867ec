"""Reddit: the dumps of Pushshift and Arctic Shift (RS, RC), and answers of APIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import (
    OBJECTS,
    TABLE,
    BaseProfile,
    Head,
    Record,
    Skip,
)
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

_KINDS = ("t1", "t3")
_OWN = re.compile(r"(?:https?://(?:[a-z]+\.)?(?:reddit\.com|redd\.it))?/?(?:r/|u/|user/|gallery/)")
_POST = re.compile(
    r"https?://(?:[a-z]+\.)?reddit\.com/(?:r|u|user)/[^/]+/comments/(\w+)(?:/[^/?#]*/(\w+))?"
)
_PICTURE = re.compile(r"https?://(?:i|v|preview)\.redd\.it/")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[ Removed by Reddit ]"})


class RedditDump(BaseProfile):
    """https://github.com/Watchful1/PushshiftDumps

    Ids keep Reddit's prefix in one way: ``t3_x`` for posts, ``t1_x`` for comments, whether the file
    writes it or not. An author is named by their name, which never changes; older files know
    nothing else. A post that links another post quotes it; a crosspost repeats it.
    """

    name = "reddit"
    title = "Reddit: dumps of posts and comments (Pushshift, Arctic Shift: RS, RC)"
    platform = "reddit"
    takes: ClassVar[tuple[str, ...]] = (OBJECTS, TABLE)
    gives = (
        "id", "kind", "author.id", "author.handle", "title", "text", "published_at", "url", "urls",
        "reply_to", "repost_of", "quote_of", "media", "metrics.likes", "metrics.reposts",
        "metrics.replies", "source", "deleted_at", "extra.root_id",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        records = [_inner(record) for record in head.records]
        fitting = sum(
            {"author", "created_utc", "id"} <= record.keys()
            and bool({"subreddit", "subreddit_id"} & record.keys())
            and bool({"title", "body"} & record.keys())
            for record in records
        )
        if records and fitting >= 0.8 * len(records):
            return 0.95
        # scripts write fewer columns
        fewer = (("title", "body"), ("created_utc", "created"), ("score", "ups", "num_comments"))
        if head.has("id", "subreddit") and all(head.has_any(*names) for names in fewer):
            return 0.9
        return 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        yield from _rows(record)
        waiting = _answers(record)
        while waiting:  # a page of a thread has the answers within what they answer
            answer = waiting.pop()
            try:
                yield from _rows(answer)
            except Unreadable:
                yield Skip("answers without an id")
            waiting += _answers(answer)


class RedditListing(RedditDump):
    """https://www.reddit.com/dev/api#listings"""

    name = "reddit-listing"
    title = "Reddit: answers of its API (Listing)"
    takes = (OBJECTS,)
    lists: ClassVar = ("data.children",)


class RedditSearch(RedditDump):
    """https://github.com/ArthurHeitmann/arctic_shift/blob/master/api"""

    name = "reddit-search"
    title = "Reddit: answers of Pushshift's and Arctic Shift's search"
    takes = (OBJECTS,)
    lists: ClassVar = ("data",)


def _rows(record: Record) -> Iterator[dict[str, Any] | Skip]:
    """A post or comment, then the post that it crossposts."""
    post = _inner(record)
    is_comment = "body" in post and not {"selftext", "title"} & post.keys()
    own = _full(post.get("name") or post.get("id"), "t1" if is_comment else "t3")
    if record.get("kind") == "more":
        yield Skip("pointers to further comments")
        return
    if own is None:
        raise Unreadable(Message("reading.no_id"))
    yield _comment(post, own) if is_comment else _submission(post, own)
    for original in fields.objects(post.get("crosspost_parent_list"))[:1]:
        if (native := _full(original.get("name") or original.get("id"), "t3")) is not None:
            yield _submission(original, native)


def _answers(record: Record) -> list[Record]:
    """The answers within a comment, the last first."""
    return fields.objects(fields.at(_inner(record), "replies.data.children"))[::-1]


def _inner(record: Record) -> Record:
    """Of an API's envelope its post."""
    data = record.get("data")
    return data if isinstance(data, dict) and record.get("kind") in _KINDS else record


def _full(native: Any, kind: str) -> str | None:
    key = fields.identifier(native)
    if key is None or re.fullmatch(r"t\d_\w+", key):
        return key
    return f"{kind}_{key}"


def _base36(number: Any) -> str:
    """Pushshift's later answers have a parent's id as a number: as Reddit writes it."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 64:
        return ""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


def plain_name(value: Any) -> str | None:
    """An author's name without ``u/``; None where nobody is known any more."""
    name = fields.line(value)
    return None if name is None or name in _GONE else name.removeprefix("u/")


def plain_text(value: Any) -> str:
    """A text with its entities decoded; empty where it is gone."""
    text = fields.unescape(value)
    return "" if text.strip() in _GONE else text


def _base(post: Record, own: str) -> dict[str, Any]:
    name = plain_name(post.get("author"))
    permalink = fields.text(post.get("permalink"))
    forum = fields.line(post.get("subreddit"))
    row: dict[str, Any] = {
        "id": own,
        "author": fields.author(name, handle=name),
        "published_at": post.get("created_utc") or post.get("created"),
        "deleted_at": post.get("banned_at_utc") or None,  # a moderator's removal
        "url": f"https://www.reddit.com{permalink}" if permalink.startswith("/") else permalink,
        "source": f"r/{forum.removeprefix('r/')}" if forum else None,
    }
    edited = post.get("edited")
    # older scores were counted upwards and downwards
    row["metrics"] = fields.counts(
        likes=post.get("score") if post.get("score") is not None else post.get("ups"),
        replies=post.get("num_comments"), reposts=post.get("num_crossposts"),
    )  # fmt: skip
    return fields.with_extra(
        row,
        author_fullname=fields.identifier(post.get("author_fullname")),
        edited_at=edited if isinstance(edited, (int, float)) and edited > 1 else None,
        flair=post.get("link_flair_text"), removed_by=post.get("removed_by_category"),
    )  # fmt: skip


def _comment(post: Record, own: str) -> dict[str, Any]:
    row = _base(post, own)
    root = _full(post.get("link_id"), "t3")
    parent = fields.text(post.get("parent_id")) or _base36(post.get("parent_id"))
    row |= {"kind": "comment", "text": plain_text(post.get("body"))}
    if re.fullmatch(r"t[13]_\w+", parent):
        row["reply_to"] = parent
    else:  # without its kind: that of a comment, unless it is the post's
        row["reply_to"] = root if not parent or root == f"t3_{parent}" else f"t1_{parent}"
    if not row["url"] and root and (forum := row.get("source")):
        row["url"] = f"https://www.reddit.com/{forum}/comments/{root[3:]}/_/{own[3:]}/"
    return fields.without_empty(fields.with_extra(row, root_id=root))


def _submission(post: Record, own: str) -> dict[str, Any]:
    row = _base(post, own)
    row |= {
        "title": plain_text(post.get("title")),
        "text": plain_text(post.get("selftext") or post.get("body")),
    }
    row["repost_of"] = _full(post.get("crosspost_parent"), "t3")
    address = fields.unescape(fields.first(post, "url_overridden_by_dest", "url"))
    linked = _POST.match(address)
    if linked and f"t3_{linked[1]}" not in (own, row["repost_of"]):
        row["quote_of"] = f"t1_{linked[2]}" if linked[2] else f"t3_{linked[1]}"
    if address and not _OWN.match(address) and not linked:
        row["urls"] = fields.addresses(address)
        if _PICTURE.match(address):
            kind = "video" if "//v." in address else "photo"
            row["media"] = [m for m in [fields.media(address, kind)] if m]
    elif gallery := fields.mapping(post.get("media_metadata")):
        shown = [fields.mapping(one) for one in gallery.values()]
        places = [
            fields.unescape(fields.at(one, "s.u") or fields.at(one, "s.gif")) for one in shown
        ]
        row["media"] = [m for place in places if (m := fields.media(place, "photo"))]
    if not row["url"]:
        row["url"] = f"https://www.reddit.com/comments/{own.partition('_')[2]}/"
    return fields.without_empty(row)
