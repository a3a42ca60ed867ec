"""The Mastodon spider: public, local and hashtag timelines and accounts of servers that speak its
API.

A timeline is read from its newest post back to where the last crawl began. What lies between is
remembered as *gaps*: a crawl that is interrupted on its way down fills the rest at the next start.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from pydantic import Field

from crawlers.extract import mastodon as statuses
from crawlers.fetch.exceptions import PageLimitReached
from crawlers.fetch.page_request import PageRequest
from crawlers.pipeline.crawl_state import StateUpdate
from crawlers.pipeline.items import CrawlItem
from crawlers.sources import Source
from crawlers.spiders.base import BaseSpider
from tocsin.core.errors import Unreadable
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message

PAGE_SIZE = 40
_NEXT_LINK = re.compile(r'<([^>]+)>\s*;[^,]*rel="?next"?')
Gap = tuple[str, "str | None"]
"""Posts older than the first id and newer than the second (None: back to the beginning) have not
been read.
"""


class MastodonSource(Source):
    """Keys of a Mastodon source."""

    public: bool | None = Field(
        None,
        description="Read the public timeline. Left out: unless hashtags or accounts are.",
    )
    local: bool = Field(False, description="Of the public timeline only the server's own posts.")
    hashtags: list[str] = Field(
        [], max_length=500, description="Hashtags to read, with or without #."
    )
    accounts: list[str] = Field(
        [], max_length=5000, description="Accounts to read: name, or name@server."
    )
    token_env: str = Field(
        "",
        max_length=200,
        description="Name of the environment variable that holds an access token.",
    )


@dataclass(slots=True)
class Timeline:
    """One timeline of one server, and how far it has been read."""

    server: str
    name: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    top: str | None = None
    gaps: list[Gap] = field(default_factory=list)


class MastodonSpider(BaseSpider):
    """``start`` are servers (`https://mastodon.social`)."""

    options: ClassVar[type[Source]] = MastodonSource
    source: MastodonSource

    async def start(self) -> AsyncIterator[Any]:
        """The first page of every timeline, and what earlier crawls left open."""
        for server in dict.fromkeys(urljoin(url, "/") for url in self.source.start):
            for timeline in self.timelines(server):
                yield self.first_request(timeline)
            for name in dict.fromkeys(
                account.strip().lstrip("@") for account in self.source.accounts
            ):
                url = f"{server}api/v1/accounts/lookup?acct={quote(name, safe='@')}"
                yield self.api_request(
                    PageRequest(url, listing=True, conditional=False),
                    self.parse_account,
                    name=name,
                    server=server,
                )

    def timelines(self, server: str) -> list[Timeline]:
        """The public and hashtag timelines that the source names."""
        timelines = []
        if self.source.public or (
            self.source.public is None and not self.source.hashtags and not self.source.accounts
        ):
            query = {"local": "true"} if self.source.local else {}
            timelines.append(
                Timeline(
                    server,
                    "local" if self.source.local else "public",
                    "api/v1/timelines/public",
                    query,
                )
            )
        for tag in dict.fromkeys(
            tag.strip().lstrip("#").casefold() for tag in self.source.hashtags
        ):
            timelines.append(
                Timeline(server, f"tag/{tag}", f"api/v1/timelines/tag/{quote(tag, safe='')}")
            )
        return timelines

    def first_request(self, timeline: Timeline) -> Any:
        """The request for what is new on a timeline."""
        read_so_far = self.session.state.cursor(self.source.name, self.cursor_name(timeline)) or {}
        timeline.top = read_so_far.get("top")
        timeline.gaps = [(upper, lower) for upper, lower in read_so_far.get("gaps", [])]
        return self.next_request(timeline, None, timeline.top)

    def next_request(
        self, timeline: Timeline, upper: str | None, lower: str | None, url: str = ""
    ) -> Any:
        """The request for the page below ``upper`` and above ``lower``."""
        if not url:
            bounds = {"max_id": upper, "since_id": lower}
            query = (
                {"limit": str(PAGE_SIZE)}
                | timeline.query
                | {key: value for key, value in bounds.items() if value}
            )
            url = f"{timeline.server}{timeline.path}?{urlencode(query)}"
        return self.api_request(
            PageRequest(url, listing=True, conditional=False),
            self.parse_timeline,
            timeline=timeline,
            upper=upper,
            lower=lower,
        )

    def api_request(self, page: PageRequest, callback: Any, **arguments: Any) -> Any:
        """A request to the server's API, with the source's token if it has one."""
        headers = {"Accept": "application/json"}
        token = os.environ.get(self.source.token_env, "") if self.source.token_env else ""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = self.request(page, callback, headers=headers)
        request.cb_kwargs.update(arguments)
        return request

    async def parse_account(self, response: Any, name: str, server: str) -> AsyncIterator[Any]:
        """An account's number, by which its timeline is asked for."""
        try:
            number = response.json().get("id")
        except (ValueError, AttributeError, RecursionError):
            number = None
        if not isinstance(number, (str, int)) or not re.fullmatch(r"\w{1,64}", str(number)):
            self.count_unreadable(response.url, Message("crawl.no_account"))
            return
        yield self.first_request(
            Timeline(server, f"account/{name.casefold()}", f"api/v1/accounts/{number}/statuses")
        )

    async def parse_timeline(
        self, response: Any, timeline: Timeline, upper: str | None, lower: str | None
    ) -> AsyncIterator[Any]:
        """A page: its posts with how far the timeline is now read, then the next page."""
        server = urlsplit(timeline.server).netloc
        observed_at = rfc3339(datetime.now(UTC))
        try:
            page = await self.read_in_process(statuses.parse, response.body, server, observed_at)
        except Unreadable as error:
            self.count_unreadable(response.url, error)
            return
        if page["broken"]:
            self.count_fate("unreadable", page["broken"])
            sentence = Message("crawl.posts_without_id", {"n": page["broken"], "url": response.url})
            self.session.note(self.source, "unreadable", sentence)
        self.count_fate("refused", page["closed"])
        ids = page["ids"]
        if ids and upper is None:
            timeline.top = max([*ids, *([timeline.top] if timeline.top else [])], key=age)
        last = min(ids, key=age) if ids else None
        link_header = (response.headers.get("Link") or b"").decode("latin-1")
        next_link = _NEXT_LINK.search(link_header)
        goes_down = (
            last is not None
            and (upper is None or age(last) < age(upper))
            and (lower is None or age(last) > age(lower))
        )
        is_full = not link_header and len(ids) >= PAGE_SIZE
        has_more = goes_down and (next_link is not None or is_full)
        rest: list[Gap] = [(str(last), lower)] if has_more else []
        yield CrawlItem(page["rows"], StateUpdate(cursors=[self.cursor(timeline, rest)]))
        if has_more:
            address = urljoin(response.url, next_link[1]) if next_link else ""
            url = address if self.goes_on(address, timeline) else ""
            yield self.next_request(timeline, last, lower, url)
        elif timeline.gaps:
            yield self.next_request(timeline, *timeline.gaps.pop(0))

    async def request_failed(self, failure: Any) -> AsyncIterator[Any]:
        """A page that did not come.

        Where the budget ended the way down into the past, that way is given up; a gap stays.
        """
        self.report_failure(failure)
        arguments = failure.request.cb_kwargs
        if (
            isinstance(failure.value, PageLimitReached)
            and arguments.get("upper") is not None
            and arguments.get("lower") is None
        ):
            yield CrawlItem(state=StateUpdate(cursors=[self.cursor(arguments["timeline"], [])]))
        status = getattr(getattr(failure.value, "response", None), "status", 0)
        if status in (401, 403, 422):
            server = urlsplit(failure.request.url).netloc
            told = {"server": server, "variable": self.source.token_env}
            code = "crawl.wrong_token" if self.source.token_env else "crawl.no_token"
            self.session.say(self.source, Message(code, told))

    # -- what is remembered
    def cursor_name(self, timeline: Timeline) -> str:
        """Its name in the crawl state."""
        return f"{urlsplit(timeline.server).netloc}/{timeline.name}"

    def cursor(self, timeline: Timeline, rest: list[Gap]) -> tuple[str, str, Any]:
        """How far the timeline is read, once this page is in the index."""
        return (
            self.source.name,
            self.cursor_name(timeline),
            {"top": timeline.top, "gaps": [list(gap) for gap in [*rest, *timeline.gaps]]},
        )

    def goes_on(self, url: str, timeline: Timeline) -> bool:
        """Whether a Link header stays with the server, and goes on downwards."""
        parts = urlsplit(url)
        return url.startswith(timeline.server) and "max_id" in parse_qs(parts.query)


def age(identifier: str) -> tuple[int, str]:
    """Sort key of ids: they are numbers, or sortable names of one length."""
    return len(identifier), identifier
