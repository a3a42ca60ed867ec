"""What spreadsheets of listening suites share: platform by row, ids out of addresses, date and hour
in two columns, reposts named by an address or by ``RT @name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from crawlers.extract.exchange_rows import byline
from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.post_addresses import handle_at, platform_at, post_id
from crawlers.importing.formats.press.indexes import finish_article
from crawlers.importing.formats.profile_base import Record, Skip, column_name
from tocsin.core.text import fold
from tocsin.core.urls import domain

_PLATFORMS = (
    ("x", ("twitter", "tweet", "x")), ("facebook", ("facebook",)), ("instagram", ("instagram",)),
    ("youtube", ("youtube",)), ("tiktok", ("tiktok",)), ("reddit", ("reddit",)),
    ("bluesky", ("bluesky", "bsky")), ("threads", ("threads",)), ("telegram", ("telegram",)),
    ("linkedin", ("linkedin",)), ("mastodon", ("mastodon",)), ("vk", ("vkontakte", "vk")),
    ("tumblr", ("tumblr",)), ("pinterest", ("pinterest",)),
)  # fmt: skip
_REPEATS = re.compile(r"\s*RT @(\w{1,50})")
_ANSWERS = re.compile(r"\s*@(\w{1,50})")
_FORUM = re.compile(r"forum|review|avis|comment|q&a|board|discussion", re.IGNORECASE)
_PRESS = re.compile(r"news|press|print|blog|radio|tv|podcast|magazine|media|web", re.IGNORECASE)
_HOURS = ("Time", "Hour", "Heure", "Heure de publication", "Time (UTC)", "Publication time")
_NETWORKS = ("Platform", "Plateforme", "Network", "Réseau", "Réseau social", "Social network")
_NETWORK = re.compile(r"[A-Za-z]{2,30}")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_OWN_SPACE = re.compile(r"(?:tw|fb|ig|yt|tt|li|rd|ex|bs|th):")
"""Suites that put the platform before the id of an account."""
_TYPES = {
    "share": {"retweet", "retweets", "rt", "repost", "share", "shared", "partage", "repartage",
        "reblog", "boost", "republication"},
    "quote": {"quote", "quoted", "qt", "citation", "cite", "quotetweet"},
    "reply": {"reply", "reponse", "answer", "comment", "commentaire", "replies"},
}  # fmt: skip
"""What suites call a post that repeats, quotes or answers another one, without accents."""


class MentionProfile(ColumnProfile):
    """A table of mentions. ``kinds`` are columns that name a row's platform or media type,
    ``shares`` those that say what it does with another post; ``originals`` hold the address or id
    of what it repeats, ``answered`` of what it answers, ``original_authors`` whose post that is.
    """

    platform = None
    kinds: ClassVar[Sequence[str]] = ()
    originals: ClassVar[Sequence[str]] = ()
    answered: ClassVar[Sequence[str]] = ()
    shares: ClassVar[Sequence[str]] = ()
    original_authors: ClassVar[Sequence[str]] = ()
    unsaid: ClassVar[str] = "quote_of"
    """What a post with words of its own does with an original, where no column says it."""
    assumed: str | None = None
    """The platform of rows that do not say theirs."""

    def fit(self, records: Sequence[Record]) -> None:
        super().fit(records)
        self._names = {column_name(c): c for record in records for c in record}
        self._found: dict[int, list[str]] = {}

    def cell(self, record: Record, names: Sequence[str]) -> str:
        """The first filled cell of these columns (one of the profile's own lists of names)."""
        columns = self._found.get(id(names))
        if columns is None:
            found = (self._names.get(column_name(name)) for name in names)
            columns = self._found[id(names)] = [column for column in found if column]
        for column in columns:
            if value := record.get(column):
                return str(value).strip()
        return ""

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        hour = self.cell(record, _HOURS)
        day = self.cell(record, self.columns["published_at"]) if hour else ""
        is_moment = ":" in day or (_SERIAL.fullmatch(day) and not day.isdigit())
        if day and not is_moment:
            row["published_at"] = f"{day} {hour}"
            row.pop("published_precision", None)
        address = fields.text(row.get("url"))
        kind = self.cell(record, self.kinds)
        platform = platform_of(address, kind) or self.assumed
        if platform == "web" and _NETWORK.fullmatch(named := self.cell(record, _NETWORKS)):
            platform = "web" if _PRESS.search(named) or _FORUM.search(named) else named.lower()
        if shown := row.get("media"):
            row["media"] = [m for a in fields.addresses(shown) if (m := fields.media(a))]
        if platform == "web":
            return (_article(row, address, kind),)
        row["platform"] = platform
        if platform == "x":  # its author and text once more
            row.pop("title", None)
        if isinstance(who := row.get("author"), dict):
            row["author"] = _account(who, handle_at(address))
        account = fields.text(fields.at(row, "author.id"))
        if native := post_id(address, account):
            row["id"] = native
        elif platform == "x":
            row["id"] = (fields.text(row.get("id")).strip('"')) or None
        else:
            row["id"] = row.get("id") if platform else None
        self._relate(row, record)
        return (fields.without_empty(row),)

    def _type(self, record: Record) -> str:
        """What it does with another post, by the first of its columns that says it."""
        self.cell(record, self.shares)
        cells = (record.get(column) for column in self._found[id(self.shares)])
        return next((does for cell in cells if cell and (does := type_of(str(cell)))), "")

    def _relate(self, row: dict[str, Any], record: Record) -> None:
        text = fields.text(row.get("text"))
        own = row.get("id")
        original = _pointed(self.cell(record, self.originals))
        answered = _pointed(self.cell(record, self.answered))
        original, answered = (None if p == own else p for p in (original, answered))
        repeats = _REPEATS.match(text)
        does = "share" if repeats else self._type(record)
        if does == "share":
            row["repost_of"] = original or answered
        elif does == "quote":
            row["quote_of"] = original or answered
        elif does == "reply":
            row["reply_to"] = answered or original
        else:
            row["reply_to"] = answered if answered != original else None
            if original:
                unsaid = "reply_to" if _ANSWERS.match(text) else self.unsaid
                row[unsaid if text else "repost_of"] = original
        whose = self.cell(record, self.original_authors).lstrip("@")
        if does == "share" and not row["repost_of"]:
            fields.with_extra(row, repost_of_handle=repeats[1] if repeats else whose)
        elif does == "reply" and not row["reply_to"]:
            named = _ANSWERS.match(text)
            fields.with_extra(row, reply_to_handle=named[1] if named else whose)
        elif row.get("repost_of"):
            row.get("extra", {}).pop("repost_of_handle", None)


@lru_cache(maxsize=10_000)
def type_of(cell: str) -> str:
    """``share``, ``quote`` or ``reply``, by the words of a cell; empty for a post."""
    words = set(re.split(r"[^a-z]+", fold(cell)))
    return next((does for does, names in _TYPES.items() if words & names), "")


@lru_cache(maxsize=10_000)
def _platform_called(kind: str) -> str | None:
    words = set(re.split(r"[^a-z]+", kind.lower()))
    return next((name for name, signs in _PLATFORMS if words & set(signs)), None)


def platform_of(address: str, kind: str) -> str | None:
    """Where a row comes from, by its address, then by what a column calls it; ``web`` for other
    addresses and for what is called press, None where nothing says it.
    """
    if found := platform_at(address):
        return found
    if called := _platform_called(kind):
        return called
    return "web" if fields.addresses(address) or _PRESS.search(kind) else None


def _article(row: dict[str, Any], address: str, kind: str) -> dict[str, Any]:
    """A page of the web: an article, or a post (of a forum, or without title and kind)."""
    named = fields.first(row, "author.name", "author.handle", "author.id")
    site = domain(address) if address else fields.text(row.get("source"))
    row["author"] = byline(named, site) if isinstance(named, str) and site else None
    row.pop("id", None)
    if fields.addresses(address):
        row = finish_article(row, address)
    is_article = not _FORUM.search(kind) and (row.get("title") or _PRESS.search(kind))
    row |= {"platform": "web", "kind": "article" if is_article else "post"}
    return fields.without_empty(row)


def _account(who: dict[str, Any], named: str | None) -> dict[str, Any] | None:
    """The author without what suites put around ids and names. ``named`` is the handle in the
    post's address: a display name is an id only where there is none.
    """
    known = {k: v for k, v in who.items() if k not in ("id", "handle", "name")}
    native = _OWN_SPACE.sub("", fields.text(who.get("id")).strip('"').lstrip("@"), count=1)
    name = fields.text(who.get("name")).lstrip("@")
    handle = who.get("handle") or named
    if handle and native == name:
        native = ""
    return fields.author(native or None, handle=handle, name=name, **known)


def _pointed(cell: str) -> str | None:
    """The post that a cell points at: an address or an id; names are none."""
    cell = cell.strip('"')
    return post_id(cell) or (cell if re.fullmatch(r"\d{6,}", cell) else None)
