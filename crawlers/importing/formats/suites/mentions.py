"""What spreadsheets of listening suites share: platform by row, ids out of addresses, date and hour
in two columns, reposts named by an address or by ``RT @name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from crawlers.extract.exchange_rows import byline
from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.press.indexes import finish_article
from crawlers.importing.formats.profile_base import Record, Skip, column_name
from tocsin.core.urls import domain

_PLATFORMS = (
    ("x", ("twitter", "tweet", "x")), ("facebook", ("facebook",)), ("instagram", ("instagram",)),
    ("youtube", ("youtube",)), ("tiktok", ("tiktok",)), ("reddit", ("reddit",)),
    ("bluesky", ("bluesky", "bsky")), ("threads", ("threads",)), ("telegram", ("telegram",)),
    ("linkedin", ("linkedin",)), ("mastodon", ("mastodon",)), ("vk", ("vkontakte", "vk")),
    ("tumblr", ("tumblr",)), ("pinterest", ("pinterest",)),
)  # fmt: skip
_HOSTS = {
    "twitter.com": "x", "x.com": "x", "facebook.com": "facebook", "instagram.com": "instagram",
    "youtube.com": "youtube", "youtu.be": "youtube", "tiktok.com": "tiktok",
    "reddit.com": "reddit", "bsky.app": "bluesky", "threads.net": "threads", "t.me": "telegram",
    "threads.com": "threads", "linkedin.com": "linkedin", "vk.com": "vk",
}  # fmt: skip
_IDS = (
    re.compile(r"(?:twitter|x)\.com/[^/?#]+/status(?:es)?/(\d+)"),
    re.compile(r"youtube\.com/(?:watch\?(?:.*&)?v=|shorts/)([\w-]{11})"),
    re.compile(r"youtu\.be/([\w-]{11})"),
    re.compile(r"tiktok\.com/@[^/]+/(?:video|photo)/(\d+)"),
    re.compile(r"instagram\.com/(?:p|reel|tv)/([\w-]+)"),
)
_REDDIT = re.compile(r"reddit\.com/r/[^/]+/comments/(\w+)(?:/[^/?#]*/(\w+))?")
_REPEATS = re.compile(r"\s*RT @(\w{1,50})")
_FORUM = re.compile(r"forum|review|avis|comment|q&a|board", re.IGNORECASE)
_HOURS = ("Time", "Hour", "Heure", "Heure de publication", "Time (UTC)")
_SHARE = re.compile(r"\b(?:retweet|rt|repost|share|partage|repartage)\b", re.IGNORECASE)


class MentionProfile(ColumnProfile):
    """A table of mentions. ``kinds`` are columns that name a row's platform or media type,
    ``originals`` those with the address or id of what a row repeats, ``answered`` of what it
    answers.
    """

    platform = None
    kinds: ClassVar[Sequence[str]] = ()
    originals: ClassVar[Sequence[str]] = ()
    answered: ClassVar[Sequence[str]] = ()
    shares: ClassVar[Sequence[str]] = ()

    def fit(self, records: Sequence[Record]) -> None:
        super().fit(records)
        self._names = {column_name(c): c for record in records for c in record}

    def cell(self, record: Record, names: Iterable[str]) -> str:
        """The first filled cell of these columns."""
        for name in names:
            value = record.get(self._names.get(column_name(name), name))
            if value not in (None, ""):
                return str(value).strip()
        return ""

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        day = self.cell(record, self.sources().get("published_at", ()))
        if day and ":" not in day and (hour := self.cell(record, _HOURS)):
            row["published_at"] = f"{day} {hour}"
            row.pop("published_precision", None)
        address = fields.text(row.get("url"))
        kind = self.cell(record, self.kinds)
        platform = platform_of(address, kind)
        if platform == "web":
            named = fields.first(row, "author.name", "author.handle", "author.id")
            row["author"] = byline(named, domain(address)) if isinstance(named, str) else None
            row.pop("id", None)
            forum = bool(_FORUM.search(kind))
            if fields.addresses(address):
                row = finish_article(row, address)
                row["kind"] = "post" if forum else "article"
            return (row,)
        row["platform"] = platform
        if platform == "x":  # its author and text once more
            row.pop("title", None)
        if native := post_id(address):
            row["id"] = native
        elif platform == "x":
            row["id"] = (fields.text(row.get("id")).strip('"')) or None
        if isinstance(who := row.get("author"), dict):
            row["author"] = fields.author(
                fields.text(who.get("id")).lstrip("@") or None,
                handle=who.get("handle"), name=who.get("name"),
                **{k: v for k, v in who.items() if k not in ("id", "handle", "name")},
            )  # fmt: skip
        self._relate(row, record)
        return (fields.without_empty(row),)

    def _relate(self, row: dict[str, Any], record: Record) -> None:
        text = fields.text(row.get("text"))
        original = _pointed(self.cell(record, self.originals))
        answered = _pointed(self.cell(record, self.answered))
        repeats = _REPEATS.match(text)
        is_share = bool(repeats or _SHARE.search(self.cell(record, self.shares)))
        own = row.get("id")
        if original and original != own:
            row["repost_of" if is_share or not text else "quote_of"] = original
        elif is_share and repeats:
            fields.with_extra(row, repost_of_handle=repeats[1])
        if answered and answered not in (own, row.get("repost_of")):
            row["repost_of" if is_share and not original else "reply_to"] = answered
        if "repost_of" in row:
            row.get("extra", {}).pop("repost_of_handle", None)


def platform_of(address: str, kind: str) -> str | None:
    """Where a row comes from, by its address, then by what a column calls it; ``web`` for other
    addresses, None where nothing says it.
    """
    site = domain(address) if address else ""
    for host, name in _HOSTS.items():
        if site == host or site.endswith(f".{host}"):
            return name
    words = set(re.split(r"[^a-z]+", kind.lower()))
    for name, signs in _PLATFORMS:
        if words & set(signs):
            return name
    return "web" if site else None


def post_id(address: str) -> str | None:
    """The id in a post's address, where it has one."""
    for pattern in _IDS:
        if match := pattern.search(address):
            return match[1]
    if match := _REDDIT.search(address):
        return f"t1_{match[2]}" if match[2] else f"t3_{match[1]}"
    return None


def _pointed(cell: str) -> str | None:
    """The post that a cell points at: an address or an id; names are none."""
    cell = cell.strip('"')
    return post_id(cell) or (cell if re.fullmatch(r"\d{6,}", cell) else None)
