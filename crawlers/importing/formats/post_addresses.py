"""What the address of a post says: the platform, and the post's id as the platform's own exports
and our spiders write it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from tocsin.core.urls import domain

_HOSTS = {
    "twitter.com": "x", "x.com": "x", "facebook.com": "facebook", "fb.com": "facebook",
    "fb.watch": "facebook", "instagram.com": "instagram", "youtube.com": "youtube",
    "youtu.be": "youtube", "tiktok.com": "tiktok", "reddit.com": "reddit", "redd.it": "reddit",
    "bsky.app": "bluesky", "threads.net": "threads", "threads.com": "threads", "t.me": "telegram",
    "telegram.me": "telegram", "linkedin.com": "linkedin", "vk.com": "vk",
}  # fmt: skip
_IDS = (
    re.compile(r"//(?:[\w-]+\.)?(?:twitter|x)\.com/(?:[^/?#]+/)+status(?:es)?/(\d+)"),
    re.compile(
        r"//(?:[\w-]+\.)?youtube\.com/(?:watch\?(?:.*&)?v=|shorts/|live/|embed/)([\w-]{11})"
    ),
    re.compile(r"//youtu\.be/([\w-]{11})"),
    re.compile(r"//(?:[\w-]+\.)?tiktok\.com/@[^/]+/(?:video|photo)/(\d+)"),
    re.compile(r"//(?:[\w-]+\.)?instagram\.com/(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)"),
    re.compile(r"//(?:[\w-]+\.)?threads\.(?:net|com)/@[^/]+/post/([\w-]+)"),
)
_REDDIT = re.compile(
    r"//(?:[\w-]+\.)?reddit\.com/(?:r|u|user)/[^/]+/comments/(\w+)(?:/[^/?#]*/(\w+))?"
)
_BLUESKY = re.compile(r"//bsky\.app/profile/(did:[\w:.%-]+)/post/(\w+)")
_BLUESKY_KEY = re.compile(r"//bsky\.app/profile/[^/?#]+/post/(\w+)")
_TELEGRAM = re.compile(r"//(?:t|telegram)\.me/(?:s/|c/)?([\w-]+)/(?:\d+/)?(\d+)")
_FACEBOOK_PATH = re.compile(
    r"/(?:groups/)?([^/]+)/(?:posts|permalink|videos|photos|reels)/(?:[^/]*/)?([\w.-]+?)/?$"
)
_FACEBOOK_ALONE = re.compile(r"/(?:reel|videos|watch/live)/(\d+)/?")


_HANDLES = (
    re.compile(r"//(?:[\w-]+\.)?(?:twitter|x)\.com/(?!i/)(\w{1,30})/status"),
    re.compile(r"//(?:[\w-]+\.)?tiktok\.com/@([\w.-]+)/"),
    re.compile(r"//(?:[\w-]+\.)?threads\.(?:net|com)/@([\w.]+)/"),
    re.compile(r"//bsky\.app/profile/(?!did:)([\w.-]+)/"),
)


def platform_at(address: str) -> str | None:
    """The platform of a post at this address; None for other sites."""
    site = domain(address) if address else ""
    for host, name in _HOSTS.items():
        if site == host or site.endswith(f".{host}"):
            return name
    return None


def post_id(address: str, author: str = "") -> str | None:
    """The id in a post's address, where it has one.

    Args:
        author: the id of its author, where that is known: an address of Bluesky may name the
            handle alone.
    """
    for pattern in _IDS:
        if match := pattern.search(address):
            return match[1]
    if match := _REDDIT.search(address):
        return f"t1_{match[2]}" if match[2] else f"t3_{match[1]}"
    if match := _BLUESKY.search(address):
        return f"at://{match[1]}/app.bsky.feed.post/{match[2]}"
    if author.startswith("did:") and (match := _BLUESKY_KEY.search(address)):
        return f"at://{author}/app.bsky.feed.post/{match[1]}"
    if match := _TELEGRAM.search(address):
        return f"{match[1]}/{match[2]}"
    owner, number = facebook_post(address)
    return f"{owner}_{number}" if owner and number else None


def handle_at(address: str) -> str | None:
    """The handle of a post's author in its address, where it has one."""
    found = (match[1] for pattern in _HANDLES if (match := pattern.search(address)))
    return next(found, None)


def facebook_post(address: str) -> tuple[str | None, str | None]:
    """Whose post, and its number, at an address of Facebook: the page's or group's name or number
    as it stands there. The owner is None where the address does not say it, both are for other
    addresses.
    """
    if platform_at(address) != "facebook":
        return None, None
    try:
        parts = urlsplit(address)
        asked = parse_qs(parts.query)
    except ValueError:
        return None, None
    number = next((asked[key][0] for key in ("story_fbid", "fbid", "v") if asked.get(key)), None)
    if number:
        return asked.get("id", [None])[0], number
    if match := _FACEBOOK_ALONE.fullmatch(parts.path):
        return None, match[1]
    if match := _FACEBOOK_PATH.fullmatch(parts.path):
        return match[1], match[2]
    return None, None
