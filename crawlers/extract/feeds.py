"""Feeds of every dialect to plain entries: RSS, Atom, RDF and CDF by feedparser, JSON Feed by hand.

`parse` runs in a parser process (see `crawlers.extract.parser_pool`) and gives plain data.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from crawlers.extract import html_text
from crawlers.extract.page_dates import puts_day_first
from tocsin.core.dates import parse_time, slashed_parts
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

MAX_ENTRIES = 5_000
_ENTITY = re.compile(
    r"<!ENTITY\s+(%\s+)?([^\s>]+)\s+((?:SYSTEM|PUBLIC)\b[^>]*|\"[^\"]*\"|'[^']*')[^>]*>",
    re.IGNORECASE,
)
_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_NO_TIME = re.compile(r"^\s*\d{4}-\d{2}-\d{2}\s*$|^\s*\d{1,2}[ /-]\w+[ /-]\d{4}\s*$")
_NAMED_ZONE = re.compile(r"\d\s+\(?[A-Za-z]{2,}(?:/\w+)?\)?$")
_ODD_ZONE = re.compile(r"\b(GMT|UTC)([+-])(\d)$")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]+)", re.IGNORECASE)


def parse(body: bytes, url: str, content_type: str = "") -> dict[str, Any]:
    """The entries of a feed.

    Returns:
        ``title``, ``lang``, ``version`` (feedparser's name of the dialect), ``problem`` (a sentence
        part where it was not well formed, else empty), and ``entries``: dicts with ``key`` (unique
        in the feed), ``link``, ``title``, ``text``, ``author``, ``published`` (RFC 3339 or None),
        ``precision``, ``lang``, ``tags``, ``media`` and ``change_tag`` (changes when the entry
        does).

    Raises:
        Unreadable: these bytes are not a feed; the message says what they are.
    """
    if not body.strip():
        raise Unreadable(Message("crawl.empty_feed"))
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return _json_feed(body, url)
    import feedparser

    body, defused = _drop_harmful_entities(body)
    feed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": _xml_type(body, content_type), "content-location": url},
    )
    day_first = _puts_day_first(feed)
    entries = [_entry(item, url, feed.feed, day_first) for item in feed.entries[:MAX_ENTRIES]]
    if not entries and not feed.version:
        raise Unreadable(_describe_non_feed(body))
    problem: str | Message = defused
    if feed.bozo and not isinstance(
        feed.get("bozo_exception"),
        (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride),
    ):
        problem = problem or Message("crawl.malformed")
    unique, shared = _unique_entries(entries)
    problem = problem or shared
    if len(feed.entries) > MAX_ENTRIES:
        problem = problem or Message("crawl.many_entries", {"n": MAX_ENTRIES})
    return {
        "title": _title(feed.feed)[:500], "lang": _language_tag(feed.feed.get("language")),
        "version": feed.version,
        "problem": problem, "entries": unique,
    }  # fmt: skip


def _puts_day_first(feed: Any) -> bool:
    """Whether dates such as ``3/4/2026`` have the day first: as one of them shows, else by
    language.
    """
    written = [
        _text(item.get(key))
        for item in feed.entries[:MAX_ENTRIES]
        for key in ("published", "created", "updated")
        if key in item
    ]
    parts = [part for text in written if (part := slashed_parts(text)) is not None]
    if any(part[1] > 12 for part in parts):
        return False
    return any(part[0] > 12 for part in parts) or puts_day_first(
        _language_tag(feed.feed.get("language"))
    )


def _xml_type(body: bytes, content_type: str) -> str:
    """Servers call feeds many things; what counts is what is in them, so only the charset is kept.

    Bytes that are UTF-8 beyond ASCII are UTF-8, whatever header and declaration say.
    """
    charset = _CHARSET.search(content_type)
    name = charset[1] if charset else ""
    if not body.isascii():
        try:
            body.decode("utf-8")
            name = "utf-8"
        except UnicodeDecodeError:
            pass
    return "application/xml" + (f"; charset={name}" if name else "")


def _drop_harmful_entities(body: bytes) -> tuple[bytes, str | Message]:
    """Drop a document type that declares nested, external or long entities: they only ever come to
    harm.
    """
    text = None
    if b"<!ENTITY" in body or b"<!entity" in body:
        text, encoding = body.decode("latin-1"), "latin-1"
    elif body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text, encoding = body.decode("utf-16", "replace"), "utf-16"
    if text is None or "<!ENTITY" not in text.upper():
        return body, ""
    declared = _ENTITY.findall(text)
    are_harmless = all(
        value[:6].upper() == "PUBLIC" and "//W3C//" in value
        if parameter  # the HTML entities that RSS 1.0 feeds declare, which nobody loads
        else value[:1] in "\"'" and len(value) < 1000 and not re.search(r"&(?!#)|%", value)
        for parameter, _, value in declared
    )
    if are_harmless and len(declared) <= 500 and len(declared) == text.upper().count("<!ENTITY"):
        return body, ""
    return _SUBSET.sub("", text).encode(encoding), Message("crawl.entities")


def _describe_non_feed(body: bytes) -> Message:
    head = body[:2000].lower()
    if b"<html" in head or b"<!doctype html" in head or b"<head" in head:
        return Message("crawl.is_page")
    return Message("crawl.no_feed")


def _entry(item: Any, base: str, feed: Any, day_first: bool) -> dict[str, Any]:
    link = item.get("feedburner_origlink") or item.get("link") or ""
    if (
        not link
        and str(item.get("id", "")).startswith(("http://", "https://"))
        and item.get("guidislink", True)
    ):
        link = item.id
    html, plain_type = "", False
    for part in [*(item.get("content") or []), item.get("summary_detail") or {}]:
        value = _text(part.get("value"))
        if len(value) > len(html):
            html, plain_type = value, part.get("type") == "text/plain"
    text = (
        clean(html).strip()  # what is too long is cut, and said, where all documents are made
        if plain_type and "<" not in html
        else html_text.plain_text(html)
    )
    published, precision = _entry_date(item, day_first)
    authors = [
        collapse_whitespace(clean(_text(a.get("name") or a.get("email")), 200))
        for a in item.get("authors") or []
        if a
    ]
    lang = next(
        (
            _language_tag(d.get("language"))
            for d in (item.get("title_detail") or {}, item.get("summary_detail") or {})
            if d.get("language")
        ),
        "",
    )
    author = "; ".join(a for a in authors if a)
    if not author:
        author = collapse_whitespace(clean(_text(item.get("author") or feed.get("author")), 300))
    terms = [_text(tag.get("term")) for tag in (item.get("tags") or [])[:50]]
    tags = [collapse_whitespace(clean(term, 200)) for term in terms if term]
    return {
        "id": clean(_text(item.get("id")), 1000).strip(),
        "link": html_text.absolute_url(base, link),
        "title": _title(item),
        "text": text, "author": author,
        "published": published, "precision": precision,
        "lang": lang or _language_tag(feed.get("language")),
        "tags": tags,
        "media": _media(item, base),
        "urls": [href for href, _ in html_text.anchors(html, base)][:200],
    }  # fmt: skip


def _title(item: Any) -> str:
    title = _text(item.get("title"))
    if (item.get("title_detail") or {}).get("type") == "text/plain" and not re.search(
        r"&#?\w+;", title
    ):
        return collapse_whitespace(clean(title, 1000))  # its angle brackets are meant
    return collapse_whitespace(html_text.plain_text(title, 1000))


def _media(item: Any, base: str) -> list[dict[str, str]]:
    media: dict[str, dict[str, str]] = {}
    for part in [
        *(item.get("media_content") or []),
        *(item.get("enclosures") or []),
        *(item.get("media_thumbnail") or []),
    ][:20]:
        address = html_text.absolute_url(base, _text(part.get("url") or part.get("href")))
        if address:
            kind = _text(part.get("medium") or _text(part.get("type")).partition("/")[0]) or "image"
            media.setdefault(address, {"url": address, "kind": kind[:20]})
    return list(media.values())


def _entry_date(item: Any, day_first: bool) -> tuple[str | None, str]:
    """By our own reader; feedparser, which takes every zone it does not know for UTC, is asked for
    what ours cannot read and has no zone by name.
    """
    for key in ("published", "created", "updated"):
        if key not in item:
            continue
        written = _text(item.get(key)).strip()
        if found := parse_time(_ODD_ZONE.sub(r"\1\g<2>0\3:00", written), day_first=day_first):
            return found[0].isoformat(), found[1].value
        if _NAMED_ZONE.search(written):
            continue
        try:
            parsed = item.get(f"{key}_parsed")
            moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
        except (ValueError, OverflowError, OSError):
            moment = None
        if moment is not None:
            return moment.isoformat(), "day" if _NO_TIME.match(written) else "exact"
    return None, "exact"


def _json_feed(body: bytes, url: str) -> dict[str, Any]:
    """JSON Feed 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise Unreadable(Message("crawl.torn_json")) from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise Unreadable(Message("crawl.no_json_feed"))
    entries = [
        _json_entry(item, url, feed)
        for item in feed["items"][:MAX_ENTRIES]
        if isinstance(item, dict)
    ]
    unique, shared = _unique_entries(entries)
    version = "json11" if "1.1" in _text(feed.get("version")) else "json1"
    return {
        "title": collapse_whitespace(clean(_text(feed.get("title")), 500)),
        "lang": _language_tag(feed.get("language")), "version": version, "problem": shared,
        "entries": unique,
    }  # fmt: skip


def _json_entry(item: dict[str, Any], base: str, feed: dict[str, Any]) -> dict[str, Any]:
    html, text = (
        _text(item.get("content_html")),
        _text(item.get("content_text")) or _text(item.get("summary")),
    )
    authors = (
        item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author") or []
    )
    names = [
        _text(a.get("name") or a.get("url"))
        for a in (authors if isinstance(authors, list) else [authors])
        if isinstance(a, dict)
    ]
    written = _text(item.get("date_published") or item.get("date_modified"))
    language = _language_tag(item.get("language")) or _language_tag(feed.get("language"))
    found = parse_time(written, day_first=puts_day_first(language))
    published, precision = (found[0].isoformat(), found[1].value) if found else (None, "exact")
    media = [
        {"url": address, "kind": _text(a.get("mime_type")).partition("/")[0] or "file"}
        for a in (item.get("attachments") or [])[:20]
        if isinstance(a, dict) and (address := html_text.absolute_url(base, _text(a.get("url"))))
    ]
    if image := html_text.absolute_url(base, _text(item.get("image"))):
        media.append({"url": image, "kind": "image"})
    link = _text(item.get("url")) or _text(item.get("external_url"))
    given_tags = item.get("tags")
    tags: list[Any] = given_tags if isinstance(given_tags, list) else []
    return {
        "id": clean(_text(item.get("id")), 1000),
        "link": html_text.absolute_url(base, link),
        "title": collapse_whitespace(clean(_text(item.get("title")), 1000)),
        "text": html_text.plain_text(html) if html else clean(text).strip(),
        "author": collapse_whitespace(clean("; ".join(n for n in names if n), 300)),
        "published": published,
        "precision": precision,
        "lang": language,
        "tags": [collapse_whitespace(clean(_text(tag), 200)) for tag in tags[:50] if tag],
        "media": media,
        "urls": [href for href, _ in html_text.anchors(html, base)][:200],
    }  # fmt: skip


def _unique_entries(entries: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str | Message]:
    """Each entry once, with its key and its change tag; and a sentence part where ids were no ids.

    The key is the id, else the link, else a hash of title and text. An id that entries with
    different links or titles share is not one: their links tell them apart.
    """
    unique: dict[str, dict[str, Any]] = {}
    claims: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        claims.setdefault(entry["id"], set()).add((entry["link"], entry["title"]))
    links = Counter(entry["link"] for entry in entries)
    shared = {
        key
        for key, claimed in claims.items()
        if key and len(claimed) > 1 and (len({link for link, _ in claimed}) > 1 or len(claimed) > 2)
    }
    for entry in entries:
        own = entry.pop("id")
        key = own if own not in shared else ""
        content = _hash(entry["title"], entry["text"])
        if own in shared and entry["link"] and links[entry["link"]] > 1:
            key = f"{entry['link']}#{content}"
        key = key or entry["link"] or content
        if not entry["link"] and not entry["title"] and not entry["text"]:
            continue
        change_tag = _hash(
            *(
                json.dumps(entry[k], sort_keys=True)
                for k in ("link", "title", "text", "author", "published", "tags")
            )
        )
        unique.setdefault(key, entry | {"key": key, "change_tag": change_tag})
    problem = Message("crawl.shared_ids")
    return list(unique.values()), problem if shared else ""


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    is_number = value is not None and not isinstance(value, (dict, list, bool))
    return str(value) if is_number else ""


def _language_tag(value: Any) -> str:
    tag = collapse_whitespace(_text(value)).replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag) else ""
