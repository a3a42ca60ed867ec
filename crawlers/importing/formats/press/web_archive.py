"""Web archives: WARC files, and WACZ, which pack them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from tocsin.core.dates import parse_time


class WebArchive(BaseProfile):
    """https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1

    A page is an article as a crawl of ours would have stored it; ``WARC-Date`` is when it was seen,
    and its bytes are kept.
    """

    name = "web-archive"
    title = "Web archives: pages of WARC files and WACZ"
    platform = "web"
    captures = True
    gives = (
        "id", "kind", "author.id", "author.handle", "author.name", "title", "text", "lang",
        "published_at", "published_precision", "url", "urls", "media", "source", "collected_at",
        "extra.canonical",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        return 1.0 if head.record_share("captured", "post", "raw") >= 0.8 else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        post = record.get("post")
        if not isinstance(post, dict):
            yield Skip("records without a page")
            return
        made = {**post, "extra": dict(fields.mapping(post.get("extra")))}
        captured = fields.text(record.get("captured"))
        if captured and parse_time(captured) is not None:
            made["collected_at"] = captured
        raw = fields.mapping(record.get("raw"))
        if raw:
            made["raw"] = {key: fields.text(raw.get(key)) for key in ("path", "sha256")}
        yield made
