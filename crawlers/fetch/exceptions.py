"""Why a request was not made; each is Scrapy's IgnoreRequest, so that nothing is tried again."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class GuardRefused(IgnoreRequest):
    """The guard refused an address; the message says why."""


class RunStopping(IgnoreRequest):
    """The run is stopping; the page stays for the next one."""


class PageLimitReached(IgnoreRequest):
    """The source has fetched ``max_pages`` pages in this run."""


class RobotsRefused(IgnoreRequest):
    """robots.txt forbids the page, or could not be had from a server in trouble."""


class HostLeft(IgnoreRequest):
    """The host asked to wait longer than a crawl waits; the page stays for the next one."""
