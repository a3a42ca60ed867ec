"""From the bytes of a page to an article: text and metadata by trafilatura, the rest from the
page's own markup.

`extract_article` runs in a parser process (see `crawlers.extract.parser_pool`) and returns plain
data.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from crawlers.extract import html_text
from crawlers.extract.page_dates import page_date
from crawlers.extract.page_kinds import ARTICLE, kind_of_page
from tocsin.core.text import clean, collapse_whitespace, fold
from tocsin.core.urls import domain

VERSION = "2"
"""Of the extraction: pages that an older one read are asked for again without conditions."""
MAX_LINKS = 200
MAX_PAGE_LINKS = 2_000
_PART = re.compile(r"\d{1,3}|page|p\d+|amp|print|imprimer|full|all|comments?|commentaires", re.I)
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
        ``description``, ``tags``, ``kind`` (see `kind_of_page`), and ``links`` where asked.
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
    out: dict[str, Any] = {"text": "", "links": [], "kind": ARTICLE}
    if root is not None:
        base = _base(root, url)
        out |= {"lang": html_text.declared_language(root), "canonical": _canonical(root, base, url)}
        if with_links:
            out["links"] = _page_links(root, base)
    if extraction is None:
        return out
    text = clean(extraction.text or "").strip()
    if root is not None and text:
        out["kind"] = kind_of_page(root, text, url)
    date, precision = page_date(root, extraction.date, page)
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
            is_of_site = canonical and site_of(canonical) == site_of(url)
            return canonical if is_of_site and not _is_folder_of(canonical, url) else ""
    return ""


def _is_folder_of(canonical: str, url: str) -> bool:
    """Whether a canonical address is the front page or a folder above the page.

    A site that calls every page of a section by the section's name is mistaken. Parts of one page
    (``/story/2``, ``/story/amp``) are under it rightly.
    """
    above, own = (urlsplit(address).path.rstrip("/") for address in (canonical, url))
    if urlsplit(canonical).query:
        return False
    if not above:
        return bool(own)
    rest = own.removeprefix(above + "/") if own.startswith(above + "/") else ""
    return bool(rest) and not all(_PART.fullmatch(part) for part in rest.split("/"))


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


def feed_links(body: bytes, url: str) -> list[str]:
    """The feeds that a page names in its head. Runs in a parser process."""
    root = html_text.parse_html(html_text.decode_html(body))
    return [] if root is None else _feeds(root, _base(root, url))
