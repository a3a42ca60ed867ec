"""Ids of posts that have none, or none that can be trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.core.dates import parse_time
from tocsin.core.exchange import NOBODY

_IDS = ("id", "reply_to", "repost_of", "quote_of")


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


def keep_apart(row: dict[str, Any], space: str) -> None:
    """Ids of an unnamed platform hold within their file alone.

    What an author is called there stays the handle: people ask for it, erase by it, and it is
    looked for in texts that leave.
    """
    for key in _IDS:
        if (native := row.get(key)) not in (None, "") and not isinstance(native, bool):
            row[key] = f"{space}/{native}"
    author = row.get("author")
    if isinstance(author, (str, int)) and not isinstance(author, bool):
        row["author"] = author = {"id": author}
    native = author.get("id") if isinstance(author, dict) else None
    if native not in (None, "") and str(native).casefold() not in NOBODY:
        called = str(native).strip().lstrip("@")
        named = {} if called.isdecimal() else {"handle": called}
        if " " in called:
            named["name"] = called
        known = {key: value for key, value in row["author"].items() if value not in (None, "")}
        row["author"] = {**named, **known, "id": f"{space}/{native}"}
