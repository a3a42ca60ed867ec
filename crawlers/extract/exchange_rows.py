"""Rows of the exchange format from articles and feed entries."""

from __future__ import annotations

import re
from typing import Any

from tocsin.core.documents import url_id
from tocsin.core.text import collapse_whitespace, fold
from tocsin.core.urls import canonical_url, domain


def article_row(
    page: dict[str, Any], url: str, entry: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """The row of a page, or None where it holds no text.

    What a feed said of it fills what the page leaves open, and takes precedence over it where it is
    more exact.
    """
    entry = entry or {}
    text = page.get("text") or entry.get("text") or ""
    if not text:
        return None
    address = page.get("canonical") or url
    published, precision = page.get("date"), page.get("precision", "exact")
    if entry.get("published") and (not published or precision != "exact"):
        published, precision = entry["published"], entry["precision"]
    return {
        "id": url_id(canonical_url(address)), "platform": "web", "kind": "article", "url": url,
        "source": domain(url),
        "title": page.get("title") or entry.get("title"), "text": text,
        "lang": page.get("lang") or entry.get("lang") or "und",
        "author": byline(page.get("author") or entry.get("author"), domain(url)),
        "published_at": published, "published_precision": precision,
        "urls": page.get("urls") or [], "media": entry.get("media") or [],
        "extra": {
            "site": page.get("site"), "description": page.get("description"),
            "tags": page.get("tags") or entry.get("tags"),
            "canonical": address if canonical_url(address) != canonical_url(url) else None,
        },
    }  # fmt: skip


def entry_row(item: dict[str, Any], feed: str, title: str) -> dict[str, Any] | None:
    """The row of a feed's entry by itself, for feeds that are not followed and pages that did not
    come.
    """
    if not item["text"] and not item["title"]:
        return None
    page_url = item["link"] or feed
    has_own_page = item["link"] and not item.get("shared")
    native = url_id(
        canonical_url(item["link"]) if has_own_page else f"{canonical_url(feed)}#{item['key']}"
    )
    return {
        "id": native, "platform": "feed", "kind": "article", "url": item["link"] or None,
        "source": domain(page_url), "title": item["title"] or None,
        "text": item["text"] or item["title"], "lang": item["lang"] or "und",
        "author": byline(item["author"], domain(page_url)),
        "published_at": item["published"], "published_precision": item["precision"],
        "urls": item["urls"], "media": item["media"],
        "extra": {"feed": feed, "feed_title": title, "tags": item["tags"]},
    }  # fmt: skip


def byline(name: str | None, host: str) -> dict[str, Any] | None:
    """The author of a page: a byline is a person only within its site, so the site is part of the
    id.
    """
    name = collapse_whitespace(name or "")
    if not name:
        return None
    slug = "-".join(re.findall(r"\w+", fold(name)))[:120] or "unnamed"
    return {"id": f"{host}/{slug}", "handle": name[:200], "name": name[:200]}
