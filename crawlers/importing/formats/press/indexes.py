"""Lists of articles from Media Cloud and GDELT: an address, a title, a time, and no text.

An article has the id that the spiders give its page. Its title stands for the text, as with entries
of feeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import (
    OBJECTS,
    TABLE,
    BaseProfile,
    Head,
    Record,
    Skip,
)
from tocsin.core.documents import url_id
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.urls import canonical_url, domain


def finish_article(row: dict[str, Any], address: Any) -> dict[str, Any]:
    """The row as an article of the web, keyed by its address. Changes the row.

    Raises:
        Unreadable: there is no address.
    """
    address = next(iter(fields.addresses(address)), None)
    if address is None:
        raise Unreadable(Message("reading.no_article_address"))
    row |= {
        "id": url_id(canonical_url(address)), "platform": "web", "kind": "article",
        "url": address, "source": fields.line(row.get("source")) or domain(address),
    }  # fmt: skip
    if not row.get("text") and row.get("title"):
        row["text"] = row["title"]
    return fields.without_empty(row)


class MediaCloud(ColumnProfile):
    """https://www.mediacloud.org/documentation

    The time of newer files is a day. Some older stories have no date (``undateable``).
    """

    name = "mediacloud"
    title = "Press: Media Cloud, CSV and stories of its API"
    platform = "web"
    takes = (TABLE, OBJECTS)
    gives = ("id", "kind", "title", "text", "lang", "published_at", "url", "source")
    marks = (
        ("media_name", "publish_date", "title", "url"),
        ("media_name", "media_url", "title", "url"),
        ("stories_id", "publish_date", "title", "url"),
    )
    columns: ClassVar = {
        "title": ("title",),
        "lang": ("language",),
        "published_at": ("publish_date",),
        "url": ("url",),
        "source": ("media_name", "media_url"),
        "extra.mediacloud_id": ("id", "stories_id"),
        "extra.indexed_at": ("indexed_date",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        if fields.text(record.get("publish_date")).strip().lower() == "undateable":
            row.pop("published_at", None)
            row.get("extra", {}).pop("invalid", None)
        return (finish_article(row, record.get("url")),)


class GdeltDoc(BaseProfile):
    """https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/

    The time is when GDELT saw the article, up to a quarter of an hour or a day after it appeared:
    it is marked as guessed.
    """

    name = "gdelt"
    title = "Press: GDELT DOC 2.0, lists of articles (JSON, CSV)"
    platform = "web"
    takes: ClassVar[tuple[str, ...]] = (OBJECTS, TABLE)
    lists: ClassVar[tuple[str, ...]] = ("articles",)
    gives = (
        "id", "kind", "title", "text", "lang", "published_at", "published_precision", "url",
        "media", "source",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        if head.record_share("url", "title", "seendate") >= 0.8:
            return 0.95
        # the CSV of the site itself
        return 0.9 if head.has("MobileURL", "Date", "Title", "URL") else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        title = fields.unescape(fields.first(record, "title", "Title"))
        row = {
            "title": title, "lang": fields.first(record, "language", "Language"),
            "published_at": fields.first(record, "seendate", "Date"),
            "published_precision": "guessed",
            "source": fields.first(record, "domain", "Domain"),
            "media": [
                m for m in [fields.media(fields.first(record, "socialimage"), "photo")] if m
            ],
        }  # fmt: skip
        fields.with_extra(row, country=fields.first(record, "sourcecountry", "SourceCountry"))
        yield finish_article(row, fields.first(record, "url", "URL"))


class GdeltArticles(GdeltDoc):
    """https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/"""

    name = "gdelt-articles"
    title = "Press: GDELT DOC 2.0, articles (lines or a list)"
    takes = (OBJECTS,)
    lists = ()
