"""Mastodon's statuses to rows of the exchange format.

`parse` runs in a parser process and gives plain data.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from crawlers.extract import html_text
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

_PUBLIC = ("public", "unlisted")
_SHORT = re.compile(r"\d{1,14}")
"""Numbers of servers that count from 1; since 2017 they hold the time and have 18 digits."""
_HTML_LIMIT = 2_000_000
_QUOTED = re.compile(r'<(span|p) class="quote-inline">.*?</\1>', re.DOTALL)


def parse(body: bytes, instance: str, observed_at: str) -> dict[str, Any]:
    """A page of a timeline.

    Args:
        body: the JSON as it came.
        instance: host (and port) of the server that was asked.
        observed_at: RFC 3339 time at which the metrics held.

    Returns:
        ``ids`` (of the page, in its order) and ``rows``: the statuses, and after each the one it
        boosts or quotes. ``closed`` counts statuses that are not public, and are left out;
        ``broken`` what is not a status.

    Raises:
        Unreadable: no JSON, or no list of statuses.
    """
    try:
        statuses = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(Message("crawl.no_mastodon")) from None
    if not isinstance(statuses, list):
        error = statuses.get("error") if isinstance(statuses, dict) else None
        shown = repr(collapse_whitespace(clean(str(error), 200)))
        instead = Message("crawl.instead", {"text": shown}) if error else ""
        raise Unreadable(Message("crawl.no_posts", {"instead": instead}))
    ids: list[str] = []
    rows: dict[str, dict[str, Any]] = {}
    closed = broken = 0
    for status in statuses:
        if not isinstance(status, dict) or not _id(status.get("id")):
            broken += 1
            continue
        ids.append(_id(status["id"]))
        for part in _with_parts(status):
            if part.get("visibility", "public") not in _PUBLIC:
                closed += 1
                continue
            row = _row(part, instance, observed_at)
            rows.setdefault(row["id"], row)
    return {"ids": ids, "rows": list(rows.values()), "closed": closed, "broken": broken}


def rows_of(status: dict[str, Any], instance: str) -> list[dict[str, Any]]:
    """The rows of a status out of a file: its own, and after it that of the one it boosts or
    quotes. Messages to persons alone are left out; when metrics held is not known.

    Args:
        status: as a server's API gives it, with an ``id``.
        instance: host of the server that gave it: names without a server are of that one.
    """
    parts = (p for p in _with_parts(status) if p.get("visibility") not in ("direct", "unknown"))
    rows = [_row(part, instance, "") for part in parts]
    for row in rows:
        del row["metrics"]["observed_at"]
    return rows


def _with_parts(status: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield status
    for part in (status.get("reblog"), _quoted(status)):
        if isinstance(part, dict) and _id(part.get("id")):
            yield part


def _row(status: dict[str, Any], instance: str, observed_at: str) -> dict[str, Any]:
    boosted = _dict(status.get("reblog"))
    content = boosted or status
    html = _text(content.get("content"))[:_HTML_LIMIT]
    quoted = _quoted(content)
    if quoted is not None:
        html = _QUOTED.sub("", html)
    spoiler = collapse_whitespace(clean(_text(content.get("spoiler_text")), 1000))
    poll = _dict(content.get("poll"))
    tags = [_text(tag.get("name")) for tag in _dicts(content.get("tags"))]
    mentioned = [_text(mention.get("acct")) for mention in _dicts(content.get("mentions"))]
    account = _dict(status.get("account"))
    return {
        "id": post_id(status["id"], instance), "platform": "mastodon", "kind": "post",
        "source": _host(instance),
        "author": _author(account, instance),
        "text": html_text.plain_text(html), "title": spoiler or None,
        "lang": _text(content.get("language")) or "und", "published_at": status.get("created_at"),
        "url": status.get("url") or status.get("uri") or None, "urls": _urls(content, html, tags),
        "hashtags": tags,
        "mentions": [_acct(acct, instance) for acct in mentioned],
        "reply_to": post_id(status.get("in_reply_to_id"), instance),
        "repost_of": post_id(boosted.get("id"), instance),
        "quote_of": post_id(quoted.get("id"), instance) if quoted is not None else None,
        "media": _media(content),
        "metrics": {
            "likes": status.get("favourites_count"), "reposts": status.get("reblogs_count"),
            "replies": status.get("replies_count"),
            "quotes": status.get("quotes_count"), "observed_at": observed_at,
        },
        "extra": {
            "uri": status.get("uri"), "edited_at": content.get("edited_at"),
            "sensitive": content.get("sensitive") or None,
            "poll": [_text(option.get("title"))[:500] for option in _dicts(poll.get("options"))],
            "bot": account.get("bot") or None,
            "application": _dict(content.get("application")).get("name"),
        },
    }  # fmt: skip


def _author(account: dict[str, Any], instance: str) -> dict[str, Any] | None:
    acct = _text(account.get("acct")) or _text(account.get("username"))
    if not acct:
        return None
    return {
        "id": _acct(acct, instance), "handle": acct,
        "name": collapse_whitespace(clean(_text(account.get("display_name")), 300)) or None,
        "created_at": account.get("created_at"), "followers": account.get("followers_count"),
        "following": account.get("following_count"),
        "posts": account.get("statuses_count"),
        "description": html_text.plain_text(_text(account.get("note"))[:_HTML_LIMIT]) or None,
    }  # fmt: skip


def post_id(native: Any, instance: str) -> str | None:
    """The id of a post, by the number that its server gives it: numbers so short that several
    servers may give them are ``number@server``. None for what is no id.
    """
    own = _id(native)
    host = _name_of(instance)
    return f"{own}@{host}" if host and _SHORT.fullmatch(own) else own or None


def _acct(acct: str, instance: str) -> str:
    """An account's address.

    Servers leave their own name out; with it the account is the same from every server.
    """
    acct = clean(acct, 500).strip().lstrip("@")
    host = _name_of(instance)
    return acct if "@" in acct or not host else f"{acct}@{host}"


def _name_of(instance: str) -> str:
    """The name of a server; a bare IP address or a local name is none that others know."""
    host = _host(instance)
    if "." not in host:
        return ""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    return ""


def _host(instance: str) -> str:
    return (
        instance.rpartition(":")[0] if ":" in instance and not instance.endswith("]") else instance
    )


def _quoted(status: dict[str, Any]) -> dict[str, Any] | None:
    """The quoted status: under ``quote.quoted_status`` (Mastodon), or ``quote`` itself (its
    forks).
    """
    quote = status.get("quote")
    if not isinstance(quote, dict):
        return None
    inner = quote.get("quoted_status")
    if isinstance(inner, dict):
        return inner
    if quote.get("quoted_status_id"):
        return {"id": quote["quoted_status_id"], "visibility": "unknown"}
    return quote if quote.get("id") else None


def _urls(status: dict[str, Any], html: str, tags: list[str]) -> list[str]:
    urls: dict[str, None] = {}
    tag_and_mention_urls = {_text(m.get("url")) for m in _dicts(status.get("mentions"))} | {
        _text(t.get("url")) for t in _dicts(status.get("tags"))
    }
    names = {tag.casefold() for tag in tags}
    for href, kind in html_text.anchors(html):
        if "mention" in kind.split() or "hashtag" in kind.split() or href in tag_and_mention_urls:
            continue
        if urlsplit(href).path.rstrip("/").rpartition("/tags/")[2].casefold() in names:
            continue
        urls.setdefault(href)
    card = status.get("card")
    if isinstance(card, dict) and (address := html_text.absolute_url("", _text(card.get("url")))):
        urls.setdefault(address)
    return list(urls)[:200]


def _media(status: dict[str, Any]) -> list[dict[str, Any]]:
    media_list = []
    for part in _dicts(status.get("media_attachments"))[:20]:
        address = (
            _text(part.get("remote_url"))
            or _text(part.get("url"))
            or _text(part.get("preview_url"))
        )
        if address:
            media = {
                "url": address,
                "kind": _text(part.get("type")) or "unknown",
                "alt": clean(_text(part.get("description")), 5000),
            }
            media["blurhash"] = _text(part.get("blurhash"))[:100]
            media_list.append({key: value for key, value in media.items() if value})
    return media_list


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _id(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
