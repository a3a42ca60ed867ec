"""Rows of the exchange format from articles and feed entries."""

from __future__ import annotations

import re
from typing import Any

from tocsin.core.documents import url_id
from tocsin.core.text import fold, squash
from tocsin.core.urls import canonical_url, domain


def article(
    found: dict[str, Any], url: str, entry: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """The row of a page, or None where it holds no text.

    What a feed said of it fills what the page leaves open, and goes before the page where it is
    more exact.
    """
    entry = entry or {}
    text = found.get("text") or entry.get("text") or ""
    if not text:
        return None
    address = found.get("canonical") or url
    published, precision = found.get("date"), found.get("precision", "exact")
    if entry.get("published") and (not published or precision != "exact"):
        published, precision = entry["published"], entry["precision"]
    return {
        "id": url_id(canonical_url(address)), "platform": "web", "kind": "article", "url": url,
        "source": domain(url),
        "title": found.get("title") or entry.get("title"), "text": text,
        "lang": found.get("lang") or entry.get("lang") or "und",
        "author": byline(found.get("author") or entry.get("author"), domain(url)),
        "published_at": published, "published_precision": precision,
        "urls": found.get("urls") or [], "media": entry.get("media") or [],
        "extra": {
            "site": found.get("site"), "description": found.get("description"),
            "tags": found.get("tags") or entry.get("tags"),
            "canonical": address if canonical_url(address) != canonical_url(url) else None,
        },
    }  # fmt: skip


def entry(found: dict[str, Any], feed: str, title: str) -> dict[str, Any] | None:
    """The row of a feed's entry by itself, for feeds that are not followed and pages that did not
    come.
    """
    if not found["text"] and not found["title"]:
        return None
    where = found["link"] or feed
    own = found["link"] and not found.get("shared")
    native = url_id(
        canonical_url(found["link"]) if own else f"{canonical_url(feed)}#{found['key']}"
    )
    return {
        "id": native, "platform": "feed", "kind": "article", "url": found["link"] or None,
        "source": domain(where), "title": found["title"] or None,
        "text": found["text"] or found["title"], "lang": found["lang"] or "und",
        "author": byline(found["author"], domain(where)),
        "published_at": found["published"], "published_precision": found["precision"],
        "urls": found["urls"], "media": found["media"],
        "extra": {"feed": feed, "feed_title": title, "tags": found["tags"]},
    }  # fmt: skip


def byline(name: str | None, host: str) -> dict[str, Any] | None:
    """The author of a page: a byline is a person only within its site, so the site is part of the
    id.
    """
    name = squash(name or "")
    if not name:
        return None
    slug = "-".join(re.findall(r"\w+", fold(name)))[:120] or "unnamed"
    return {"id": f"{host}/{slug}", "handle": name[:200], "name": name[:200]}
