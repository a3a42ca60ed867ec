"""Ids of posts that have none, or none that can be trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.core.dates import parse_time


def make_id(row: Mapping[str, Any]) -> str:
    """24 hex digits of platform, author, time and text: the same row, the same id.

    Title and address count where they stand for the text.
    """
    author = row.get("author")
    if isinstance(author, Mapping):
        author = author.get("id")
    moment = row.get("published_at")
    if not isinstance(moment, datetime):
        parsed = parse_time(moment)
        moment = parsed[0] if parsed else moment
    at = f"{moment.timestamp():.3f}" if isinstance(moment, datetime) else moment
    title, text = row.get("title") or "", row.get("text") or ""
    content = f"{row.get('platform')}\x1f{author}\x1f{at}\x1f{title}\x1f{text}"
    if not text and not title:
        content += f"\x1f{row.get('url')}\x1f{row.get('repost_of')}"
        if not row.get("url") and not row.get("repost_of"):
            content += f"\x1f{row.get('quote_of')}\x1f{row.get('media')}\x1f{row.get('urls')}"
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
