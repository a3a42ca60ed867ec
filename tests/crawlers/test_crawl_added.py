"""A source is added and crawled by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawlers.source_files import add_source, load_sources
from tocsin.core.errors import ConfigError
from tocsin.core.settings import CrawlSettings


def test_one_command_adds_a_source_and_crawls_it(web: Any, crawl: Any, rss: Any) -> None:
    web.article("/news/1.html", "Bridge", "The council voted on the harbour bridge tonight.")
    web.put("/feed.xml", rss(("Bridge", web.url("/news/1.html"), "s")), "application/rss+xml")
    (crawl.home / "sources").mkdir(parents=True, exist_ok=True)
    (crawl.home / "tocsin.toml").write_text("[crawl]\nallow_private = true\ndelay = 0.0\n")
    report = crawl.run("--add", web.url("/feed.xml"), "--basis", 'journal"ism')
    assert report["fates"]["created"] == 1
    (source,) = load_sources(crawl.home / "sources", CrawlSettings())
    assert report["added"] == source.name
    assert (source.spider, source.start) == ("feed", [web.url("/feed.xml")])
    assert source.lawful_basis == 'journal"ism'
    assert [d.source for d in crawl.documents().values()] == [source.name]


def test_what_cannot_be_a_source_is_said_and_not_written(tmp_path: Path) -> None:
    settings = CrawlSettings()
    first = add_source(tmp_path, settings, "https://www.news.example/a.xml", spider="feed")
    second = add_source(tmp_path, settings, "https://news.example/b.xml", spider="site")
    assert [first.name, second.name] == ["news.example", "news.example-2"]
    for url, spider, said in (
        ("https://news.example/b.xml", "feed", "news.example-2 reads"),
        ("ftp://news.example/", "feed", "https://"),
        ("no address", "feed", "https://"),
        ("https://other.example/", "fed", "feed"),
    ):
        with pytest.raises(ConfigError, match=said):
            add_source(tmp_path, settings, url, spider=spider)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["news.example-2.toml", "news.example.toml"]
