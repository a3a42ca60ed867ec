"""What Zeeschuimer collects in the browser, and 4CAT keeps of it: ndjson."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.meta import site_items
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from crawlers.importing.formats.video import tiktok_items
from crawlers.importing.formats.x import graphql
from crawlers.importing.formats.x.statuses import StatusReader

_META = "__import_meta"
_HREF, _MOST_MARKUP = re.compile(r"<a\b[^>]*?\bhref=[\"']([^\"'>]{1,2000})"), 200_000
_SHAPES = (
    ("x", graphql.is_result),
    ("threads", site_items.is_threads),
    ("instagram", site_items.is_instagram),
    ("tiktok", tiktok_items.is_comment),
    ("tiktok", tiktok_items.is_video),
)


class Zeeschuimer(BaseProfile):
    """https://github.com/digitalmethodsinitiative/zeeschuimer

    A line is an envelope ``{"nav_index", "source_platform", "data"}``; 4CAT keeps ``data`` alone,
    the rest in ``__import_meta``. The platform is told by the shape of the post.
    """

    name = "zeeschuimer"
    title = "Zeeschuimer and 4CAT, ndjson: X, TikTok, Instagram, Threads, Truth Social, Gab"
    platform = None
    gives = (
        "id", "platform", "kind", "author.id", "author.handle", "author.name",
        "author.created_at", "author.followers", "author.following", "author.posts",
        "author.description", "author.verified", "text", "lang", "published_at", "url", "urls",
        "hashtags", "mentions", "reply_to", "repost_of", "quote_of", "media", "metrics.likes",
        "metrics.reposts", "metrics.replies", "metrics.quotes", "metrics.views", "collected_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self._statuses = StatusReader()
        self._carriers: dict[str, str] = {}

    def recognises(self, head: Head) -> float:
        if not head.records:
            return 0.0
        enveloped = sum(_is_envelope(r) or _META in r for r in head.records)
        if 2 * enveloped >= len(head.records):
            return 0.95
        fitting = sum(bool(_shape(record)) for record in head.records)
        return 0.85 if 2 * fitting >= len(head.records) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        item = record.get("data") if _is_envelope(record) else record
        meta = record if _is_envelope(record) else fields.mapping(record.get(_META))
        site = fields.line(meta.get("source_platform")) or "unknown"
        if isinstance(item, Mapping) and _is_like_mastodon(item):
            for row in self._status_rows(item):
                yield {**row, "platform": site.removesuffix(".com").removesuffix(".net")}
            return
        if not isinstance(item, Mapping) or not (platform := _shape(item)):
            yield Skip(f"items that are no post of a known site ({site})")
            return
        if site_items.is_advertisement(item):
            yield Skip("advertisements")
            return
        collected = meta.get("timestamp_collected")
        for place, row in enumerate(self._rows(platform, item)):
            row["platform"] = platform
            if place == 0 and collected:
                row["collected_at"] = collected
            yield row

    def _status_rows(self, item: Record) -> Iterator[dict[str, Any]]:
        """The status, and once those that it repeats or quotes."""
        row = _status_row(item)
        yield row
        own = row.get("id", "")
        for key in ("reblog", "quote"):
            carried = fields.mapping(item.get(key))
            native = fields.identifier(carried.get("id")) or own
            if _is_like_mastodon(carried) and self._carriers.setdefault(native, own) == own:
                yield _status_row(carried)

    def _rows(self, platform: str, item: Record) -> Iterator[dict[str, Any]]:
        if platform == "x":
            yield from self._statuses.read(graphql.as_status(item))
        elif platform == "threads":
            yield from site_items.threads_rows(item)
        elif platform == "instagram":
            yield site_items.instagram_row(item)
        elif tiktok_items.is_comment(item):
            yield tiktok_items.comment_row(item)
        else:
            yield tiktok_items.video_row(item)


def _is_like_mastodon(item: Mapping[str, Any]) -> bool:
    """Truth Social and Gab run Mastodon's software."""
    return {"content", "created_at", "account"} <= item.keys()


def _status_row(item: Mapping[str, Any]) -> dict[str, Any]:
    user, original = fields.mapping(item.get("account")), fields.mapping(item.get("reblog"))
    return fields.without_empty(
        {
            "id": fields.identifier(item.get("id")),
            "author": fields.author(
                user.get("id"), handle=user.get("acct"), name=user.get("display_name"),
                created_at=user.get("created_at"), followers=user.get("followers_count"),
                following=user.get("following_count"), posts=user.get("statuses_count"),
            ),
            "text": fields.plain(item.get("content")) or fields.plain(original.get("content")),
            "urls": list(_links(item)) or list(_links(original)),
            "media": list(_attached(item)) or list(_attached(original)),
            "lang": item.get("language"),
            "published_at": item.get("created_at"),
            "url": fields.text(item.get("url")),
            "hashtags": fields.tags(item.get("tags")),
            "mentions": fields.mentions(item.get("mentions")),
            **fields.relations(
                reply_to=item.get("in_reply_to_id"), repost_of=original.get("id"),
                quote_of=item.get("quote_id") or fields.at(item, "quote.id"),
            ),
            "metrics": fields.counts(
                likes=item.get("favourites_count"), reposts=item.get("reblogs_count"),
                replies=item.get("replies_count"),
            ),
        }
    )  # fmt: skip


def _links(item: Mapping[str, Any]) -> Iterator[str]:
    """Addresses in its text but those of mentions and hashtags, and that of its card."""
    names = {fields.text(m.get("url")) for m in fields.objects(item.get("mentions"))}
    names |= {fields.text(tag.get("url")) for tag in fields.objects(item.get("tags"))}
    found = _HREF.findall(fields.text(item.get("content"))[:_MOST_MARKUP])
    card = fields.text(fields.at(item, "card.url"))
    for address in dict.fromkeys(map(html.unescape, (*found, card))):
        if address.startswith("http") and address not in names and "/tags/" not in address:
            yield address


def _attached(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in fields.objects(item.get("media_attachments")):
        kind = fields.text(one.get("type"))
        made = fields.media(one.get("url"), "photo" if kind == "image" else kind or "unknown",
            one.get("description"))  # fmt: skip
        if made:
            yield made


def _is_envelope(record: Record) -> bool:
    return "data" in record and not {"source_platform", "nav_index"}.isdisjoint(record)


def _shape(item: Record) -> str:
    return next((platform for platform, fits in _SHAPES if fits(item)), "")
