"""A spider of another package: one class, its options, a source file.

And whatever breaks in it is said.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

BOARD = '''
from pydantic import Field

from crawlers.sources import Source
from crawlers.spiders.base import BaseSpider


class BoardSource(Source):
    topic: str = Field(description="The topic to read.")


class BoardSpider(BaseSpider):
    """Posts of a message board, page by page from its JSON API."""

    options = BoardSource
    platform = "board"

    def parse(self, response):
        answer = response.json()
        for post in answer["posts"]:
            if post["topic"] == self.source.topic:
                yield {
                    "id": post["id"],
                    "author": {"id": post["by"]},
                    "text": post["body"],
                    "published_at": post["time"],
                    "url": response.urljoin(f"/posts/{post['id']}"),
                }
        if answer["next"]:
            yield response.follow(answer["next"])
'''


def board(web: Any, *pages: list[dict[str, Any]]) -> None:
    """A message board that pages through its posts."""
    for number, posts in enumerate(pages):
        following = f"/api?page={number + 1}" if number + 1 < len(pages) else None
        answer = json.dumps({"posts": posts, "next": following})
        web.put(f"/api?page={number}", answer, "application/json")


def post(number: int, **keys: Any) -> dict[str, Any]:
    return {
        "id": number,
        "by": "ada",
        "topic": "harbour",
        "body": f"Post {number} says something",
        "time": "2026-03-02T10:00:00Z",
    } | keys


def said(report: dict[str, Any], *words: str) -> str:
    """The one warning with these words."""
    found = [w for w in report["warnings"] if all(word in w for word in words)]
    assert len(found) == 1, [words, *report["warnings"]]
    return str(found[0])


def test_the_smallest_spider_of_another_package(web: Any, crawl: Any) -> None:
    board(web, [post(1), post(2, topic="other")], [post(3)], [post(4)])
    crawl.install("board", BOARD, "spiders", board="board:BoardSpider")
    crawl.source("harbour", "board", web.url("/api?page=0"), topic="harbour", lawful_basis="l")
    report = crawl.run()
    assert report["status"] == "done"
    assert report["fates"] == {"created": 3}
    documents = crawl.documents()
    first = documents[web.url("/posts/1")]
    assert (first.id, first.author.id, first.platform) == ("board:1", "board:ada", "board")
    assert first.text == "Post 1 says something"
    assert first.published_at is not None
    assert first.extra == {"crawl": "harbour", "lawful_basis": "l"}
    assert crawl.run()["fates"] == {"duplicate": 3}
    crawl.source("harbour", "board", web.url("/api?page=0"), topik="harbour")
    assert "unknown key topik; did you mean topic?" in crawl.run(code=2)["stderr"]
    crawl.source("harbour", "bord", web.url("/api?page=0"))
    assert "did you mean board?" in crawl.run(code=2)["stderr"]


def test_its_requests_are_counted_guarded_and_explained(web: Any, crawl: Any) -> None:
    board(web, [post(1)], [post(2)], [post(3)])
    crawl.install("board", BOARD, "spiders", board="board:BoardSpider")
    crawl.source("few", "board", web.url("/api?page=0"), topic="harbour", max_pages=2)
    crawl.source("gone", "board", web.url("/gone"), topic="harbour")
    crawl.source("closed", "board", web.url("/api?page=0"), topic="x", allow_private=None)
    report = crawl.run()
    assert report["fates"] == {"created": 2, "failed": 1, "refused": 1}
    said(report, "few: max_pages (2) was reached and 1 address waits")
    said(report, "gone:", web.url("/gone"), "answered 404")
    said(report, "closed:", "loopback")


def test_rows_that_cannot_be_taken_name_their_key(web: Any, crawl: Any) -> None:
    code = BOARD.replace('"text": post["body"]', '**post["row"]').replace('"id": post["id"],', "")
    rows = [
        {"text": "no id"},
        {"id": 1},
        {"id": 2, "text": "odd", "published_at": "the day before", "lnag": "en"},
        {"id": 3, "text": "no platform", "platform": 7},
        {"id": 4, "text": "fine"},
    ]
    board(web, [post(n, row=row) for n, row in enumerate(rows)])
    code = code.replace('"url": response.urljoin(f"/posts/{post[\'id\']}"),', "")
    crawl.install(
        "board",
        code.replace('"published_at": post["time"],', ""),
        "spiders",
        board="board:BoardSpider",
    )
    crawl.source("b", "board", web.url("/api?page=0"), topic="harbour")
    report = crawl.run(code=1)
    assert report["fates"] == {"created": 2, "rejected": 3}
    assert list(report["failed"]) == ["b"]
    said(report, "rejected", "key 'id' is missing")
    said(report, "the item 1 was rejected", "'text'")
    said(report, "the item 3 was rejected", "key 'platform'")
    said(report, "the item 2", "key 'published_at'", "'the day before'")
    said(report, "the item 2", "key 'lnag'", "did you mean 'lang'?")
    assert "stderr" not in report


BROKEN = """
from scrapy.exceptions import DropItem

from crawlers.sources import Source
from crawlers.spiders.base import BaseSpider


class Good(BaseSpider):
    platform = "board"

    def parse(self, response):
        for n in range(2):
            yield {"id": f"{self.name}-{n}", "text": "a post", "url": f"{response.url}#{n}"}


class Callback(Good):
    def parse(self, response):
        yield from super().parse(response)
        raise KeyError("posts")


class Start(Good):
    async def start(self):
        async for request in super().start():
            yield request
        raise ValueError("no start")


class Init(Good):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        raise RuntimeError("no beginning")


class Errback(Good):
    async def start(self):
        yield self.request_to("/gone")

    def request_to(self, path):
        import scrapy
        return scrapy.Request(self.source.start[0] + path, self.parse, errback=self.on_error)

    def on_error(self, failure):
        raise LookupError("in the errback")


class Closed(Good):
    def closed(self, reason):
        raise RuntimeError("at the end")


class AsyncClosed(Good):
    async def closed(self, reason):
        raise RuntimeError("at the end")


class NoItem(Good):
    def parse(self, response):
        yield from super().parse(response)
        yield "not an item"


class Pipeline:
    def process_item(self, item):
        if any(row["id"].endswith("-1") for row in item.rows):
            raise ZeroDivisionError("in a pipeline")
        return item


class BrokenPipeline(Good):
    custom_settings = {"ITEM_PIPELINES": {Pipeline: 300}}


class Dropping:
    def process_item(self, item):
        if any(row["id"].endswith("-1") for row in item.rows):
            raise DropItem("not wanted")
        return item


class DroppingPipeline(Good):
    custom_settings = {"ITEM_PIPELINES": {Dropping: 300}}


class NoPipeline:
    def open_spider(self):
        raise RuntimeError("cannot open")


class UnopenedPipeline(Good):
    custom_settings = {"ITEM_PIPELINES": {NoPipeline: 300}}


class Downloader:
    def process_response(self, request, response):
        if request.url.endswith("/page"):
            raise AttributeError("in a downloader middleware")
        return response


class BrokenDownloader(Good):
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {Downloader: 900}}


class Confused:
    def process_response(self, request, response):
        return "no response"


class ConfusedDownloader(Good):
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {Confused: 900}}


class SpiderMiddleware:
    async def process_spider_output(self, response, result):
        async for output in result:
            yield output
        raise OverflowError("in a spider middleware")


class BrokenSpiderMiddleware(Good):
    custom_settings = {"SPIDER_MIDDLEWARES": {SpiderMiddleware: 500}}


def parse_page(body):
    raise FloatingPointError("in a parser process")


def give_up(body):
    return lambda: None


class Parser(Good):
    function = staticmethod(parse_page)

    async def parse(self, response):
        rows = await self.read_in_process(self.function, response.body)
        yield rows


class Unpicklable(Parser):
    function = staticmethod(give_up)


class Lambda(Parser):
    function = staticmethod(lambda body: body)
"""


BREAKS = [
    ("Callback", {"created": 2, "failed": 1},
        ("failed at", "/page", "KeyError: 'posts'", "broken.py, line")),
    ("Start", {"created": 2, "failed": 1}, ("failed at the start", "ValueError: no start")),
    ("Init", {"failed": 1}, ("the source failed", "RuntimeError: no beginning")),
    ("Errback", {"failed": 1}, ("failed at", "/page/gone", "LookupError: in the errback")),
    ("Closed", {"created": 2, "failed": 1}, ("its closed() failed", "RuntimeError: at the end")),
    ("AsyncClosed", {"created": 2, "failed": 1},
        ("its closed() failed", "RuntimeError: at the end")),
    ("NoItem", {"created": 2, "failed": 1},
        ("the item pipeline failed at", "/page", "not str; yield a dict")),
    ("BrokenPipeline", {"created": 1, "failed": 1},
        ("the item pipeline failed at", "/page", "ZeroDivisionError: in a pipeline")),
    ("UnopenedPipeline", {"failed": 1}, ("the source failed", "RuntimeError: cannot open")),
    ("BrokenDownloader", {"failed": 1},
        ("middleware", "failed at", "/page", "AttributeError: in a downloader middleware")),
    ("ConfusedDownloader", {"failed": 1}, ("middleware", "failed at", "/page", "must return")),
    ("BrokenSpiderMiddleware", {"created": 2, "failed": 1},
        ("failed at", "/page", "OverflowError: in a spider middleware")),
    ("Parser", {"failed": 1}, ("failed at", "/page", "FloatingPointError: in a parser process")),
    ("Unpicklable", {"failed": 1}, ("failed at", "/page", "cannot be handed back")),
    ("Lambda", {"failed": 1}, ("failed at", "/page", "cannot be handed to a parser process")),
]  # fmt: skip
"""Spider, what becomes of its page and items, and what the report says of it."""


def test_whatever_breaks_is_counted_and_said_and_the_other_sources_go_on(
    web: Any, crawl: Any
) -> None:
    points = {spider: f"broken:{spider}" for spider, _, _ in BREAKS}
    crawl.install("broken", BROKEN, "spiders", Good="broken:Good", **points)
    for spider in ("Good", *points):
        web.put(f"/{spider}/page", "<html>a page</html>")
        crawl.source(spider.lower(), spider, web.url(f"/{spider}/page"))
    report = crawl.run(code=1)
    expected = Counter(created=2)
    for spider, fates, words in BREAKS:
        expected.update(fates)
        of_source = [w for w in report["warnings"] if w.startswith(f"{spider.lower()}:")]
        said({"warnings": of_source}, *words)
        assert all(word in report["failed"][spider.lower()] for word in words)
    assert report["fates"] == expected
    assert sum(report["fates"].values()) == report["seen"]
    assert len(report["failed"]) == len(BREAKS)
    assert "stderr" not in report


def test_items_that_a_pipeline_drops_are_no_error(web: Any, crawl: Any) -> None:
    web.put("/page", "<html>a page</html>")
    crawl.install("broken", BROKEN, "spiders", it="broken:DroppingPipeline")
    crawl.source("bad", "it", web.url("/page"))
    report = crawl.run()
    assert report["fates"] == {"created": 1, "refused": 1}
    said(report, "bad: an item of", "was dropped: not wanted")


def test_many_errors_are_summed_up(web: Any, crawl: Any) -> None:
    starts = [web.url(f"/page?{n}") for n in range(12)]
    web.put("/page", "<html>a page</html>")
    crawl.install("broken", BROKEN, "spiders", it="broken:Callback")
    crawl.source("bad", "it", *starts)
    report = crawl.run(code=1)
    assert report["fates"] == {"created": 2, "duplicate": 22, "failed": 12}
    assert len([w for w in report["warnings"] if "KeyError" in w]) == 3
    said(report, "bad: and 9 more errors in the spider")


def test_a_package_that_does_not_load_is_one_sentence(web: Any, crawl: Any) -> None:
    crawl.install("broken", "import nothing_such", "spiders", it="broken:Spider")
    crawl.source("bad", "it", web.url("/page"))
    assert "broken cannot be loaded" in crawl.run(code=2)["stderr"]
    (crawl.installed / "broken.py").write_text("class Spider:\n    pass\n", encoding="utf-8")
    assert "BaseSpider" in crawl.run(code=2)["stderr"]
