"""From the bytes of a page to an article: text and metadata by trafilatura, the rest from the
page's own markup.

`extract_article` runs in a parser process (see `crawlers.extract.parser_pool`) and returns plain
data.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.extract import html_text
from tocsin.core.text import clean, collapse_whitespace, fold
from tocsin.core.urls import domain

VERSION = "1"
"""Of the extraction: pages that an older one read are asked for again without conditions."""
MAX_LINKS = 200
MAX_PAGE_LINKS = 2_000
_DATE_KEYS = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.created",
    "parsely-pub-date",
)
_BLOCKS = ("p", "li", "blockquote", "td", "dd", "h2", "h3", "figcaption")


def extract_article(
    body: bytes, url: str, content_type: str = "", with_links: bool = False
) -> dict[str, Any]:
    """What a page holds.

    Args:
        body: the bytes as they came (unpacked).
        url: where they came from.
        content_type: the server's header.
        with_links: also give the links to other pages, for spiders that follow them.

    Returns:
        ``text`` (empty where the page has none), ``title``, ``author``, ``date`` and ``precision``,
        ``lang``, ``canonical`` (same site only), ``urls`` (links inside the text), ``site``,
        ``description``, ``tags``, and ``links`` where asked.
    """
    import trafilatura

    page = html_text.decode_html(body, content_type)
    extraction: Any = trafilatura.bare_extraction(
        page,
        url=url,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    root = html_text.parse_html(page)
    out: dict[str, Any] = {"text": "", "links": []}
    if root is not None:
        base = _base(root, url)
        out |= {"lang": html_text.declared_language(root), "canonical": _canonical(root, base, url)}
        if with_links:
            out["links"] = _page_links(root, base)
    if extraction is None:
        return out
    text = clean(extraction.text or "").strip()
    date, precision = _date(root, extraction.date, page)
    name = collapse_whitespace(clean(extraction.sitename or "", 300))
    author = collapse_whitespace(clean(extraction.author or "", 300))
    tags = [*(extraction.categories or []), *(extraction.tags or [])]
    out |= {
        "text": text,
        "title": _strip_site_name(collapse_whitespace(clean(extraction.title or "", 1000)), name),
        "author": "" if fold(author) == fold(name) else author,
        "date": date, "precision": precision, "site": name,
        "description": collapse_whitespace(clean(extraction.description or "", 2000)),
        "tags": [collapse_whitespace(clean(str(tag), 200)) for tag in tags][:50],
        "urls": _text_links(root, base, text) if root is not None else [],
    }  # fmt: skip
    return out


def _strip_site_name(title: str, name: str) -> str:
    """The title without the name of its site behind a dash or bar."""
    for mark in (" - ", " – ", " — ", " | ", " · "):
        head, _, tail = title.rpartition(mark)
        if head and name and fold(tail) == fold(name):
            return head.strip()
    return title


def _base(root: Any, url: str) -> str:
    for node in root.iter("base"):
        return html_text.absolute_url(url, node.get("href") or "") or url
    return url


def _canonical(root: Any, base: str, url: str) -> str:
    """The page's canonical address; only on the same site, lest a page take another's place."""
    for node in root.iter("link"):
        if "canonical" in (node.get("rel") or "").lower().split():
            canonical = html_text.absolute_url(base, node.get("href") or "")
            if (
                canonical
                and site_of(canonical) == site_of(url)
                and (urlsplit(canonical).path.strip("/") or not urlsplit(url).path.strip("/"))
            ):
                return (
                    canonical  # one that calls every page the front page is a mistake of the site's
                )
    return ""


def site_of(url: str) -> str:
    """Host and port as one site: ``www.`` and the like left out."""
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return domain(url) + (f":{port}" if port and port not in (80, 443) else "")


def _feeds(root: Any, base: str) -> list[str]:
    links = []
    for node in root.iter("link"):
        if "alternate" in (node.get("rel") or "").lower() and re.search(
            r"(rss|atom|feed\+json|rdf)", (node.get("type") or "").lower()
        ):
            links.append(html_text.absolute_url(base, node.get("href") or ""))
    return [url for url in dict.fromkeys(links) if url][:10]


def _page_links(root: Any, base: str) -> list[str]:
    links: dict[str, None] = {}
    for node in root.iter("a", "area"):
        if "nofollow" in (node.get("rel") or "").lower().split():
            continue
        if url := html_text.absolute_url(base, node.get("href") or ""):
            links.setdefault(url)
        if len(links) >= MAX_PAGE_LINKS:
            break
    return list(links)


def _text_links(root: Any, base: str, text: str) -> list[str]:
    """Links of the blocks whose words are in the article: navigation and teasers stay out."""
    words = collapse_whitespace(text)
    links: dict[str, None] = {}
    for node in root.iter("a"):
        block = next((up for up in node.iterancestors() if up.tag in _BLOCKS), None)
        if block is None or not (url := html_text.absolute_url(base, node.get("href") or "")):
            continue
        block_text = collapse_whitespace(clean("".join(block.itertext())))
        if len(block_text) >= 20 and block_text[:80] in words:
            links.setdefault(url)
        if len(links) >= MAX_LINKS:
            break
    return list(links)


def _date(root: Any, day: str | None, page: str) -> tuple[str | None, str]:
    """When the page says it was published: to the second where its markup does and the day agrees,
    else the day.
    """
    for declared in _declared_dates(root):
        moment = _parse_moment(declared)
        if moment is not None and (
            not day or abs((moment.date() - datetime.fromisoformat(day).date()).days) <= 1
        ):
            return moment.isoformat(), "exact"
    if day:
        return f"{day}T00:00:00+00:00", "day"
    import htmldate

    guess = (
        htmldate.find_date(page, extensive_search=True, original_date=True)
        if len(page) < 2_000_000
        else None
    )
    return (f"{guess}T00:00:00+00:00", "guessed") if guess else (None, "exact")


def _declared_dates(root: Any) -> list[str]:
    if root is None:
        return []
    dates = []
    for node in root.iter("meta"):
        key = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
        if key in _DATE_KEYS and node.get("content"):
            dates.append(node.get("content"))
    for node in root.iter("script"):
        if (
            (node.get("type") or "").lower() == "application/ld+json"
            and node.text
            and len(node.text) < 500_000
        ):
            dates += re.findall(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){8,40}")', node.text)[:3]
    dates += [
        node.get("datetime")
        for node in root.iter("time")
        if node.get("datetime") and node.get("itemprop") == "datePublished"
    ]
    return [_unquote(text) for text in dates]


def _unquote(text: str) -> str:
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return ""
    return text.strip()


def _parse_moment(text: str) -> datetime | None:
    """A full time with its zone; a time without one is not exact."""
    if "T" not in text and ":" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)


def feed_links(body: bytes, url: str) -> list[str]:
    """The feeds that a page names in its head. Runs in a parser process."""
    root = html_text.parse_html(html_text.decode_html(body))
    return [] if root is None else _feeds(root, _base(root, url))
