"""Sitemaps (https://www.sitemaps.org): sets of pages, indices of sitemaps, plain text lists, packed
or not.

`parse` runs in a parser process (see `crawlers.extract.parser_pool`) and gives plain data.
"""

from __future__ import annotations

import zlib
from typing import Any

from lxml import etree

from crawlers.extract import html_text
from tocsin.core.dates import parse_time
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

MAX_URLS = 50_000


def parse(body: bytes, url: str, limit: int) -> dict[str, Any] | None:
    """What a sitemap names, or None where these bytes are not one.

    Args:
        body: the bytes, perhaps packed with gzip.
        url: where they came from.
        limit: bytes it may unpack to.

    Returns:
        ``pages`` and ``sitemaps`` as ``[address, lastmod or ""]``, ``news`` (of a news sitemap:
        address -> what it says of the article, its ``title``, ``published`` and ``precision``),
        and ``problem``: empty, or what was wrong.

    Raises:
        Unreadable: it unpacks to more than the limit, or is packed but broken from the start.
    """
    body = unpacked(body, limit)
    head = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"<") and body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return _text_list(body, url)
    # No entity is expanded, no document type or outside file loaded; what is torn is read as far as
    # it goes.
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    name = _name(root) if root is not None else ""
    if name not in ("urlset", "sitemapindex"):
        return None
    pages: list[list[str]] = []
    sitemaps: list[list[str]] = []
    news: dict[str, dict[str, Any]] = {}
    for node in root:
        kind = _name(node)
        target = {"url": pages, "sitemap": sitemaps}.get(kind)
        if target is None:
            continue
        values = {_name(child): (child.text or "").strip() for child in node}
        address = html_text.absolute_url(url, values.get("loc", ""))
        if address and len(target) < MAX_URLS:
            said = _news(node)
            tag = values.get("lastmod", "") or (said or {}).get("published") or ""
            target.append([address, tag[:64]])
            if said is not None:
                news[address] = said
    fatal = any(error.level_name in ("FATAL", "ERROR") for error in parser.error_log)
    return {
        "pages": _deduplicate(pages),
        "sitemaps": _deduplicate(sitemaps),
        "news": news,
        "problem": Message("crawl.malformed") if fatal else "",
    }


def _news(node: Any) -> dict[str, Any] | None:
    """What a news sitemap says of a page (https://www.google.com/schemas/sitemap-news/0.9)."""
    said = next((child for child in node if _name(child) == "news"), None)
    if said is None:
        return None
    values = {_name(child): (child.text or "").strip() for child in said}
    found = parse_time(values.get("publication_date", ""))
    return {
        "title": collapse_whitespace(clean(values.get("title", ""), 1000)),
        "published": found[0].isoformat() if found else None,
        "precision": found[1].value if found else "exact",
    }


def unpacked(body: bytes, limit: int) -> bytes:
    """The bytes behind gzip, if they are packed; a torn end is taken as far as it goes.

    Raises Unreadable.
    """
    if body[:2] != b"\x1f\x8b":
        return body
    engine = zlib.decompressobj(wbits=31)
    try:
        out = engine.decompress(body, limit)
    except zlib.error:
        raise Unreadable(Message("crawl.broken_gzip")) from None
    if engine.unconsumed_tail:
        raise Unreadable(Message("crawl.unpacks_large", {"n": limit}))
    return out


def _text_list(body: bytes, url: str) -> dict[str, Any] | None:
    lines = body.decode("utf-8-sig", "replace").split("\n", MAX_URLS)[:MAX_URLS]
    addresses = [line.strip() for line in lines if line.strip()]
    if not addresses or not all(
        address.startswith(("http://", "https://")) and " " not in address for address in addresses
    ):
        return None
    pages = [html_text.absolute_url(url, address) for address in addresses]
    return {
        "pages": _deduplicate([[page, ""] for page in pages if page]),
        "sitemaps": [],
        "news": {},
        "problem": "",
    }


def _deduplicate(pairs: list[list[str]]) -> list[list[str]]:
    lastmods: dict[str, str] = {}
    for address, lastmod in pairs:
        lastmods.setdefault(address, lastmod)
    return [[address, lastmod] for address, lastmod in lastmods.items()]


def _name(node: Any) -> str:
    return etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""
