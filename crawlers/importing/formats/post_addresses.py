"""What the address of a post says: the platform, and the post's id as the platform's own exports
and our spiders write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from tocsin.core.urls import domain

_HOSTS = {
    "twitter.com": "x", "x.com": "x", "facebook.com": "facebook", "fb.com": "facebook",
    "fb.watch": "facebook", "instagram.com": "instagram", "youtube.com": "youtube",
    "youtu.be": "youtube", "tiktok.com": "tiktok", "reddit.com": "reddit", "redd.it": "reddit",
    "bsky.app": "bluesky", "threads.net": "threads", "threads.com": "threads", "t.me": "telegram",
    "telegram.me": "telegram", "linkedin.com": "linkedin", "vk.com": "vk",
}  # fmt: skip
_IDS = {
    "x": re.compile(r"/(?:[^/?#]+/)+status(?:es)?/(\d+)"),
    "youtube": re.compile(
        r"(?:youtube\.com/(?:watch\?(?:.*&)?v=|shorts/|live/|embed/)|youtu\.be/)([\w-]{11})"
    ),
    "tiktok": re.compile(r"/@[^/]+/(?:video|photo)/(\d+)"),
    "instagram": re.compile(r"\.com/(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)"),
    "threads": re.compile(r"/@[^/]+/post/([\w-]+)"),
}
_REDDIT = re.compile(r"/(?:r|u|user)/[^/]+/comments/(\w+)(?:/[^/?#]*/(\w+))?")
_BLUESKY = re.compile(r"//bsky\.app/profile/(did:[\w:.%-]+)/post/(\w+)")
_BLUESKY_KEY = re.compile(r"//bsky\.app/profile/[^/?#]+/post/(\w+)")
_TELEGRAM = re.compile(r"//(?:t|telegram)\.me/(?:s/|c/)?([\w-]+)/(?:\d+/)?(\d+)")
_FACEBOOK_PATH = re.compile(
    r"/(?:groups/)?([^/]+)/(?:posts|permalink|videos|photos|reels)/(?:[^/]*/)?([\w.-]+?)/?$"
)
_FACEBOOK_ALONE = re.compile(r"/(?:reel|videos|watch/live)/(\d+)/?")


_PARTS = re.compile(r"[/?=&@]+")
_HANDLES = {
    "x": re.compile(r"\.com/(?!i/)(\w{1,30})/status"),
    "tiktok": re.compile(r"/@([\w.-]+)/"),
    "threads": re.compile(r"/@([\w.]+)/"),
    "bluesky": re.compile(r"/profile/(?!did:)([\w.-]+)/"),
}


@lru_cache(maxsize=1_000)
def platform_at(address: str) -> str | None:
    """The platform of a post at this address; None for other sites."""
    site = domain(address) if address else ""
    for host, name in _HOSTS.items():
        if site == host or site.endswith(f".{host}"):
            return name
    return None


def platform_of_rows(rows: Iterable[Mapping[str, Any]]) -> str | None:
    """The platform that the addresses of all these posts name; None where they do not.

    A column of addresses may be what posts link to: each address has to hold the post's id or its
    author as well, in nine of ten rows.

    Args:
        rows: objects of the exchange format.
    """
    platforms: set[str | None] = set()
    known = number = 0
    for row in rows:
        number += 1
        address = str(row.get("url") or "").lower()
        platforms.add(platform_at(address))
        author = row.get("author")
        who = (author.get("id"), author.get("handle")) if isinstance(author, Mapping) else ()
        own = {str(value).lstrip("@").lower() for value in (row.get("id"), *who) if value}
        known += not own.isdisjoint(_PARTS.split(address))
    return platforms.pop() if len(platforms) == 1 and known >= 0.9 * number else None


def post_id(address: str, author: str = "") -> str | None:
    """The id in a post's address, where it has one.

    Args:
        author: the id of its author, where that is known: an address of Bluesky may name the
            handle alone.
    """
    platform = platform_at(address)
    if pattern := _IDS.get(platform or ""):
        match = pattern.search(address)
        return match[1] if match else None
    if platform == "reddit" and (match := _REDDIT.search(address)):
        return f"t1_{match[2]}" if match[2] else f"t3_{match[1]}"
    if platform == "telegram" and (match := _TELEGRAM.search(address)):
        return f"{match[1]}/{match[2]}"
    if platform == "bluesky":
        if match := _BLUESKY.search(address):
            return f"at://{match[1]}/app.bsky.feed.post/{match[2]}"
        if author.startswith("did:") and (match := _BLUESKY_KEY.search(address)):
            return f"at://{author}/app.bsky.feed.post/{match[1]}"
    if platform == "facebook":
        owner, number = facebook_post(address)
        return f"{owner}_{number}" if owner and number else None
    return None


def handle_at(address: str) -> str | None:
    """The handle of a post's author in its address, where it has one."""
    pattern = _HANDLES.get(platform_at(address) or "")
    match = pattern.search(address) if pattern else None
    return match[1] if match else None


def facebook_post(address: str) -> tuple[str | None, str | None]:
    """Whose post, and its number, at an address of Facebook: the page's or group's name or number
    as it stands there. The owner is None where the address does not say it, both are for other
    addresses.
    """
    if platform_at(address) != "facebook":
        return None, None
    path = f"/{address.partition('://')[2].partition('/')[2].partition('#')[0]}"
    path, _, query = path.partition("?")
    if query:
        try:
            asked = parse_qs(query)
        except ValueError:
            return None, None
        numbers = (asked[key][0] for key in ("story_fbid", "fbid", "v") if asked.get(key))
        if number := next(numbers, None):
            return asked.get("id", [None])[0], number
    if match := _FACEBOOK_ALONE.fullmatch(path):
        return None, match[1]
    if match := _FACEBOOK_PATH.fullmatch(path):
        return match[1], match[2]
    return None, None
