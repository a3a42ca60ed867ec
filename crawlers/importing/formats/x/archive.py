"""The archive that X gives its users: ``data/tweets.js``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from crawlers.importing.formats.x.statuses import (
    GIVES,
    is_status,
    native_id,
    permalink_owner,
    quoted_by_address,
    rows,
)
from tocsin.core.dates import parse_time

_SAME = 200
"""Characters of a text by which its whole form is known."""
_FILES = ("tweet", "deleted-tweet", "community-tweet")
_OF_OTHERS = frozenset({"author.followers", "author.following", "author.posts",
    "author.description", "author.verified", "repost_of",
    "metrics.replies", "metrics.quotes", "metrics.views"})  # fmt: skip


class Archive(BaseProfile):
    """https://help.x.com/en/managing-your-account/how-to-download-your-x-archive

    The file does not say whose posts these are: ``account.js`` beside it does. Without that the
    account is known where it answers itself or shows own pictures. Whom a repost repeats is in its
    text (``RT @name:``), its id nowhere. A quote is a status whose text ends with the address of
    another. Texts of over 280 characters are cut here and whole in ``note-tweet.js``, under ids of
    their own: they are put together by their time. That file alone gives posts where the other is
    not beside it. Likes are posts of others and never come in.
    """

    name = "x-archive"
    title = "X: a person's own archive (data/tweets.js, deleted-tweets.js, note-tweet.js)"
    platform = "x"
    beside = ("account.js", "tweets.js", "tweet.js", "note-tweet.js")
    gives = (
        *(key for key in GIVES if key not in _OF_OTHERS), "deleted_at", "extra.repost_of_handle",
    )  # fmt: skip

    def __init__(self) -> None:
        self._owner: dict[str, Any] | None = None
        self._notes: dict[datetime, list[Mapping[str, Any]]] = {}
        self._has_statuses = False

    def recognises(self, head: Head) -> float:
        if not head.records:
            return 0.0
        wrapped = [r for r in head.records if _is_wrapped(r) or _note(r)]
        if 2 * len(wrapped) >= len(head.records):
            return 0.95
        bare = [r for r in head.records if is_status(r) and "user" not in r and "id_str" in r]
        is_named = head.name.endswith(".js") and head.name.startswith(_FILES)
        return 0.95 if is_named and 2 * len(bare) >= len(head.records) else 0.0

    def read_beside(self, records: Sequence[Record]) -> None:
        for record in records:
            self._has_statuses = self._has_statuses or _is_wrapped(record)
            if (note := _note(record)) and (at := _second(note.get("createdAt"))):
                self._notes.setdefault(at, []).append(note)
            account = fields.mapping(record.get("account"))
            self._owner = self._owner or fields.author(
                account.get("accountId"), handle=account.get("username"),
                name=account.get("accountDisplayName"), created_at=account.get("createdAt"),
            )  # fmt: skip

    def fit(self, records: Sequence[Record]) -> None:
        if self._owner:
            return
        own = [status for record in records if is_status(status := _status(record))]
        ids = {native_id(status) for status in own}
        accounts: Counter[tuple[str | None, str]] = Counter()
        for status in own:
            handle = fields.line(status.get("in_reply_to_screen_name"))
            if handle and fields.identifier(status.get("in_reply_to_status_id_str")) in ids:
                id_ = fields.identifier(status.get("in_reply_to_user_id_str"))
                accounts[(id_, handle)] += 2
            for address in fields.addresses(
                [p.get("expanded_url") for p in fields.objects(fields.at(status, "entities.media"))]
            ):
                if shown := permalink_owner(address, native_id(status)):
                    accounts[(None, shown)] += 1
        if accounts:
            # the id is known from answers alone: one that names it tells more than many without
            best = max(accounts, key=lambda account: (account[0] is not None, accounts[account]))
            self._owner = fields.author(best[0], handle=best[1])

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        if note := _note(record):
            yield from self._of_note(note)
            return
        status = _status(record)
        if not is_status(status):
            yield Skip("objects that are no status")
            return
        row = next(rows(status))
        self._complete(row, status)
        if "author" not in row and self._owner:
            row["author"] = dict(self._owner)
            if native := row.get("id"):
                row["url"] = f"https://x.com/{self._owner.get('handle', 'i')}/status/{native}"
        is_repost = fields.text(row.get("text")).startswith("RT @")
        if not is_repost and "quote_of" not in row and (quoted := quoted_by_address(status)):
            row["quote_of"] = quoted
        if deleted_at := status.get("deleted_at"):
            row["deleted_at"] = deleted_at
        yield row

    def _complete(self, row: dict[str, Any], status: Mapping[str, Any]) -> None:
        """Give a text that was cut its whole form."""
        at = _second(status.get("created_at")) if self._notes else None
        begin = fields.unescape(status.get("full_text")).split("…")[0][:_SAME].rstrip()
        near = [at + timedelta(seconds=step) for step in (0, -1, 1)] if at and begin else []
        for note in chain.from_iterable(self._notes.get(second, ()) for second in near):
            core = fields.mapping(note.get("core"))
            whole = fields.unescape(core.get("text"))
            if whole.startswith(begin):
                row.update(_content_of_note(core, whole))
                return

    def _of_note(self, note: Mapping[str, Any]) -> Iterator[dict[str, Any] | Skip]:
        core = fields.mapping(note.get("core"))
        whole = fields.unescape(core.get("text"))
        if self._has_statuses:
            yield Skip("whole texts of posts of tweets.js, which come in with it")
        elif not whole:
            yield Skip("objects that are no status")
        else:
            row = {
                "id": fields.identifier(note.get("noteTweetId")), "author": self._owner,
                "published_at": note.get("createdAt"), **_content_of_note(core, whole),
            }  # fmt: skip
            yield fields.without_empty(row)


def _content_of_note(core: Mapping[str, Any], whole: str) -> dict[str, Any]:
    marked = {
        "urls": fields.addresses([u.get("expandedUrl") for u in fields.objects(core.get("urls"))]),
        "hashtags": fields.tags(core.get("hashtags")),
        "mentions": fields.mentions(
            [m.get("screenName") for m in fields.objects(core.get("mentions"))]
        ),
    }
    return {"text": whole, **{key: values for key, values in marked.items() if values}}


def _second(value: Any) -> datetime | None:
    """A time without its fraction."""
    moment = parse_time(value)
    return moment[0].replace(microsecond=0) if moment else None


def _note(record: Record) -> Mapping[str, Any]:
    return fields.mapping(record.get("noteTweet"))


def _is_wrapped(record: Record) -> bool:
    return len(record) <= 2 and is_status(record.get("tweet"))


def _status(record: Record) -> Mapping[str, Any]:
    inner = record.get("tweet")
    return inner if isinstance(inner, Mapping) else record
