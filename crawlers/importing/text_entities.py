"""Hashtags, mentions and addresses that stand in a text, for rows that do not list them.

The rule (docs/importing.md): only where the key is absent, never where it is an empty list; only
for posts and comments; addresses everywhere, hashtags not where ``#`` begins a heading or a number
(reddit, usenet, web, feed), mentions by the platform's own rule for handles.
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.core.exchange import MAX_LINKS

_URL = re.compile(r"https?://[^\s<>\"“”«»|\\^`{}\x00-\x1f]{1,2000}", re.IGNORECASE)
_TAIL = ".,;:!?'’*_~"
_HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")
_DEFAULT = re.compile(
    r"(?<![\w@/.])[@＠]([A-Za-z0-9_][A-Za-z0-9_.]{0,28}[A-Za-z0-9_]|[A-Za-z0-9])(?![\w@])"
)
_MENTIONS = {
    "x": re.compile(r"(?<![\w@/])[@＠]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])"),
    "mastodon": re.compile(
        r"(?<![\w@/])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,60}[A-Za-z0-9_])?(?:@[A-Za-z0-9.-]{1,250}[A-Za-z0-9])?)(?![\w@])"
    ),
    "bluesky": re.compile(r"(?<![\w@/])@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})"),
    "telegram": re.compile(r"(?<![\w@/])@([A-Za-z][A-Za-z0-9_]{3,31})(?![\w@])"),
    "reddit": re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w])"),
}
_MENTIONS["twitter"] = _MENTIONS["x"]
_NO_HASHTAGS = frozenset({"reddit", "usenet", "web", "feed"})
_NO_MENTIONS = frozenset({"usenet", "web", "feed"})
_REPOSTED = re.compile(r"RT @([A-Za-z0-9_]{1,30}):? ")


def find_urls(text: str) -> list[str]:
    """Addresses without the sentence's own punctuation; one that ends in an ellipsis was cut off
    and is left out.
    """
    found_urls = []
    for match in _URL.finditer(text):
        url = match[0]
        if "…" in url or url.endswith("..."):
            continue
        url = url.rstrip(_TAIL)
        while url[-1:] in ")]" and url.count(url[-1]) > url.count("(" if url[-1] == ")" else "["):
            url = url[:-1].rstrip(_TAIL)
        if len(url) > len("https://") + 2:
            found_urls.append(url)
    return found_urls[:MAX_LINKS]


def find_hashtags(text: str) -> list[str]:
    """Words after ``#`` that have a letter in them, in order, addresses left out."""
    text = _URL.sub(" ", text) if "://" in text else text
    begin = _first_sign(text, "#", "＃")
    return [] if begin < 0 else _HASHTAG.findall(text, begin)[:MAX_LINKS]


def find_mentions(text: str, platform: str) -> list[str]:
    """Handles by the platform's rule, in order, addresses left out."""
    pattern = _MENTIONS.get(platform, _DEFAULT)
    text = _URL.sub(" ", text) if "://" in text else text
    begin = 0 if platform == "reddit" else _first_sign(text, "@", "＠")
    return [] if begin < 0 else pattern.findall(text, begin)[:MAX_LINKS]


def _first_sign(text: str, narrow: str, wide: str) -> int:
    """Where the first of the two signs stands; -1 where none does. What lies before is not searched
    by patterns, which are far slower.
    """
    begin, other = text.find(narrow), text.find(wide)
    return max(begin, other) if min(begin, other) < 0 else min(begin, other)


def fill_from_text(row: dict[str, Any], platform: str) -> None:
    """Set ``urls``, ``hashtags`` and ``mentions`` where the row does not have the key, and whom an
    ``RT @name:`` repeats.

    The id of the repeated post is not known from its text, so no ``repost_of`` is made up: the name
    stands in ``extra["repost_of_handle"]``.
    """
    text = row.get("text")
    if not isinstance(text, str) or row.get("kind") == "article":
        return
    if "://" in text and row.get("urls") is None:
        row["urls"] = find_urls(text)
    if (
        ("#" in text or "＃" in text)
        and row.get("hashtags") is None
        and platform not in _NO_HASHTAGS
    ):
        row["hashtags"] = find_hashtags(text)
    if (
        ("@" in text or "u/" in text or "＠" in text)
        and row.get("mentions") is None
        and platform not in _NO_MENTIONS
    ):
        row["mentions"] = find_mentions(text, platform)
    if (
        text.startswith("RT @")
        and row.get("repost_of") is None
        and (repeated := _REPOSTED.match(text))
    ):
        extra = row.get("extra")
        if extra is None or isinstance(extra, dict):
            row["extra"] = {"repost_of_handle": repeated[1], **(extra or {})}
