"""When a page says it was published: its markup, read by our own reader before a library guesses.

Libraries make November of ``2016/6/29`` and UTC of ``CET``.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from crawlers.extract import html_text
from tocsin.core.dates import parse_time
from tocsin.core.documents import Precision
from tocsin.core.text import collapse_whitespace

_DATE_KEYS = (
    "article:published_time", "og:published_time", "datepublished", "dc.date.issued",
    "dcterms.created", "dcterms.issued", "parsely-pub-date", "sailthru.date", "pubdate",
    "publish-date", "publish_date", "publishdate", "publication_date", "article:published",
    "citation_publication_date", "article.published", "cxenseparse:recs:publishtime",
    "dc.date", "dcterms.date", "date",
)  # fmt: skip
"""Names of the metadata that say when, the surest first."""
_ZONE = re.compile(r"(?:[\dT:.]Z|[+-]\d\d:?(?:\d\d)?|\b[A-Z]{2,5}|[A-Za-z]+/[A-Z]\w+\]?)\)?$")
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){6,60}")')
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MONTH_FIRST = frozenset(["", "en", "en-us", "und"])
MAX_SCRIPT = 500_000


def page_date(root: Any, day: str | None, page: str) -> tuple[str | None, str]:
    """RFC 3339 time and precision: as the page's markup says, else the library's day, else a guess.

    Args:
        root: the parsed page, or None.
        day: the day (``2024-06-09``) that the library found.
        page: the page's HTML.
    """
    day_first = puts_day_first(html_text.declared_language(root) if root is not None else "")
    latest = datetime.now(UTC) + timedelta(days=1)
    for written in _declared_dates(root):
        found = parse_time(written, day_first=day_first)
        if found is None or not _EARLIEST <= found[0] <= latest:
            continue
        moment, precision = found
        if precision is Precision.DAY or not _ZONE.search(written):
            return f"{moment:%Y-%m-%d}T00:00:00+00:00", Precision.DAY.value
        return moment.isoformat(), precision.value
    if day:
        return f"{day}T00:00:00+00:00", Precision.DAY.value
    import htmldate

    guess = (
        htmldate.find_date(page, extensive_search=True, original_date=True)
        if len(page) < 2_000_000
        else None
    )
    return (f"{guess}T00:00:00+00:00", "guessed") if guess else (None, "exact")


def puts_day_first(language: str) -> bool:
    """Whether writers of a language (BCP 47) put the day before the month in ``3/4/2026``."""
    tag = language.lower().replace("_", "-")
    return tag not in _MONTH_FIRST and tag.partition("-")[0] not in ("zh", "ja", "ko")


def _declared_dates(root: Any) -> list[str]:
    if root is None:
        return []
    named: dict[str, list[str]] = {}
    for node in root.iter("meta"):
        key = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
        if key in _DATE_KEYS and node.get("content"):
            named.setdefault(key, []).append(node.get("content"))
    structured: list[str] = []
    for node in root.iter("script"):
        is_data = (node.get("type") or "").lower() == "application/ld+json"
        if is_data and node.text and len(node.text) < MAX_SCRIPT:
            structured += _PUBLISHED.findall(node.text)[:3]
    marked = [
        node.get("datetime") or node.get("content") or collapse_whitespace(node.text_content())
        for node in root.iter("time", "span", "abbr")
        if (node.get("itemprop") or "").lower() == "datepublished"
        or (node.tag == "time" and node.get("pubdate") is not None)
    ]
    sure, unsure = _DATE_KEYS[:-3], _DATE_KEYS[-3:]
    dates = [date for key in sure for date in named.get(key, ())]
    dates += structured + marked
    dates += [date for key in unsure for date in named.get(key, ())]
    return [_unquote(text) for text in dates]


def _unquote(text: str) -> str:
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return ""
    return text.strip()
