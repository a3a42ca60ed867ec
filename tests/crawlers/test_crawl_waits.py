"""What a server may ask for: waits are granted up to a bound, and no page holds a crawl."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from crawlers.extract import sitemaps
from crawlers.extract.article import extract_article
from crawlers.fetch.middlewares import UNSAID_WAIT, retry_after
from tocsin.core.errors import Unreadable

TEXT = "The ferry timetable changes with the season, and the clerk writes it by hand each time."


def busy(web: Any, path: str, wait: str) -> None:
    web.pages[path] = lambda _: (429, {"Retry-After": wait}, b"later")


@pytest.mark.parametrize(
    ("wait", "sentence"),
    [
        ("259200", "asked to wait 3 days; left for the next crawl"),
        ("1e400", "asked to wait for ever; left for the next crawl"),
        ("date", "left for the next crawl"),
    ],
)
def test_long_waits_are_left_for_the_next_crawl(
    web: Any, crawl: Any, sitemap: Any, wait: str, sentence: str
) -> None:
    if wait == "date":
        wait = format_datetime(datetime.now(UTC) + timedelta(days=400), usegmt=True)
    pages = [f"/p{n}" for n in range(8)]
    for path in pages:
        busy(web, path, wait)
    web.put("/map.xml", sitemap(*[(web.url(path), "") for path in pages]), "application/xml")
    crawl.source("s", "site", web.url("/map.xml"))
    started = time.monotonic()
    report = crawl.run()
    assert time.monotonic() - started < 15
    assert report["status"] == "done"
    assert report["fates"] == {"failed": 8}
    assert any(sentence in warning for warning in report["warnings"])
    assert any("and 5 more pages left for the next crawl" in w for w in report["warnings"])
    for path in pages:
        web.article(path, path, f"{TEXT} {path}")
    assert crawl.run()["fates"] == {"created": 8}


def test_short_waits_are_granted_and_add_up(
    web: Any, crawl: Any, sitemap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.article("/fine", "Fine", TEXT)
    ready = web.pages["/fine"]
    answers = iter([(503, {"Retry-After": "1"}, b"busy")])
    web.pages["/fine"] = lambda request: next(answers, None) or ready(request)
    crawl.source("s", "site", web.url("/fine"), follow=False, sitemaps=False)
    assert crawl.run()["fates"] == {"created": 1}
    pages = [f"/p{n}" for n in range(8)]
    for path in pages:
        busy(web, path, "1")
    web.put("/map.xml", sitemap(*[(web.url(path), "") for path in pages]), "application/xml")
    crawl.source("s", "site", web.url("/map.xml"))
    crawl.installed = crawl.home.parent  # a process of its own, with a setting of its own
    monkeypatch.setenv("TOCSIN_CRAWL__LONGEST_WAIT", "2")
    started = time.monotonic()
    report = crawl.run()
    assert time.monotonic() - started < 20
    assert report["fates"] == {"failed": 8}
    assert any("asked to wait 1 second; left for the next crawl" in w for w in report["warnings"])


def test_a_crawl_delay_of_hours_costs_one_page_a_crawl(web: Any, crawl: Any, sitemap: Any) -> None:
    web.put("/robots.txt", "User-agent: *\nCrawl-delay: 36000\n", "text/plain")
    for n in range(5):
        web.article(f"/p{n}", f"Page {n}", f"{TEXT} {n}")
    web.put("/map.xml", sitemap(*[(web.url(f"/p{n}"), "") for n in range(5)]), "application/xml")
    crawl.source("s", "site", web.url("/map.xml"))
    started = time.monotonic()
    report = crawl.run()
    assert time.monotonic() - started < 15
    assert report["fates"] == {"failed": 5}
    assert any("asked to wait 10 hours; left for the next crawl" in w for w in report["warnings"])
    assert web.fetched() == ["/map.xml"]


def test_what_retry_after_may_hold() -> None:
    assert retry_after(None) == 0
    assert retry_after(b"7") == 7
    assert retry_after(b"-5") == 0
    assert retry_after(b"soon") == UNSAID_WAIT
    assert retry_after(b"nan") == UNSAID_WAIT
    assert retry_after(b"inf") == float("inf")
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after(in_a_minute.encode()) <= 60
    assert retry_after(b"Mon, 02 Mar 2020 10:00:00 GMT") == 0


PAGE = f"<article><h1>Ferry</h1>{f'<p>{TEXT}</p>' * 5}</article>"
ATTRIBUTES = " ".join(f'a{n}="{n}"' for n in range(100_000))
ENORMOUS = {
    "long attribute": f'<div data-x="{"x" * 7_000_000}">{PAGE}</div>',
    "long style": f'<div style="{"a:b;" * 1_500_000}">{PAGE}</div>',
    "long link": f'<a href="{"x/" * 3_500_000}">a</a>{PAGE}',
    "long link text": f'<a href="/x">{"word " * 1_400_000}</a>{PAGE}',
    "many attributes": f"<div {ATTRIBUTES}>{PAGE}</div>",
    "many metas": '<meta name="x" content="y">' * 200_000 + PAGE,
    "many links": '<a href="/x">x</a>' * 300_000 + PAGE,
    "many paragraphs": "<p>" * 2_000_000 + PAGE,
}


@pytest.mark.parametrize("kind", ENORMOUS)
def test_pages_of_one_enormous_thing_are_read_in_seconds(kind: str) -> None:
    page = f"<html><body>{ENORMOUS[kind]}</body></html>"
    started = time.monotonic()
    if kind in ("many links", "many paragraphs"):
        with pytest.raises(Unreadable, match="tags"):
            extract_article(page.encode(), "http://x.example/story", "text/html", True)
    else:
        article = extract_article(page.encode(), "http://x.example/story", "text/html", True)
        assert TEXT in article["text"]
    assert time.monotonic() - started < 20


def test_a_sitemap_that_is_a_bomb_is_refused_in_seconds(packed: Any) -> None:
    started = time.monotonic()
    for body in (b"<urlset>" + b" " * 60_000_000, b"<urlset>" + b"<url>" * 9_000_000):
        with pytest.raises(Unreadable):
            sitemaps.parse(packed(body), "http://x.example/s.xml", 40_000_000)
    assert time.monotonic() - started < 20


SLOW = """
import time

from crawlers.extract.parser_pool import ParserPool
from crawlers.spiders.base import BaseSpider


def sleep(body):
    time.sleep(60)


class SlowSpider(BaseSpider):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.session.parsers = ParserPool(timeout=3.0)

    async def parse(self, response):
        from tocsin.core.errors import Unreadable

        try:
            await self.read_in_process(sleep, response.body)
        except Unreadable as error:
            self.count_unreadable(response.url, error)
        yield None
"""


def test_a_source_of_pages_that_take_too_long_is_left(web: Any, crawl: Any) -> None:
    web.put("/page", "<html>slow</html>")
    crawl.install("slow", SLOW, "spiders", slow="slow:SlowSpider")
    crawl.source("s", "slow", *(web.url(f"/page?{n}") for n in range(40)))
    started = time.monotonic()
    report = crawl.run()
    assert time.monotonic() - started < 30, "all would take a minute"
    assert report["fates"].keys() == {"unreadable"}
    assert any("3 pages took too long to read" in w for w in report["warnings"])
    assert any("took longer than" in w for w in report["warnings"])
