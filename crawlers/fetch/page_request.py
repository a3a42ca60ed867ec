"""What a request is for, kept beside it in ``request.meta``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

META_KEY = "page_request"


@dataclass(slots=True)
class PageRequest:
    """One page on its way.

    ``change_tag`` is what its announcer said of it (see `PageState`). ``listing`` pages (feeds,
    sitemaps, timelines) are not items of their own: they count only where they fail. ``optional``
    ones are guesses; where they are absent, nothing is said. ``conditional``: validators of the
    last crawl are sent. ``follow_links``: the page's links are wanted. ``counted``: it is counted
    against ``max_pages``. ``entry`` is what a feed said of it, ``said`` what a news sitemap
    did.
    """

    url: str
    change_tag: str = ""
    listing: bool = False
    optional: bool = False
    conditional: bool = True
    depth: int = 0
    follow_links: bool = False
    counted: bool = False
    entry: dict[str, Any] | None = None
    said: dict[str, Any] | None = None


def page_request(request: Any) -> PageRequest:
    """What a Scrapy request, or the request of a response, is for."""
    known = request.meta.get(META_KEY)
    if known is None:  # a plain request of a spider that knows nothing of this
        known = request.meta[META_KEY] = PageRequest(request.url, listing=True, conditional=False)
    return known  # type: ignore[no-any-return]
