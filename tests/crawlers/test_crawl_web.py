"""Feeds and sites from a loopback web, crawled twice: what is kept, what is asked for again, what
is said.
"""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

STAMP = "Mon, 02 Mar 2026 10:00:00 GMT"


def test_a_feed_and_a_site_and_nothing_unchanged_the_second_time(
    web: Any, crawl: Any, rss: Any, sitemap: Any, packed: Any
) -> None:
    text = (
        "The council voted on the harbour bridge tonight after a long debate about money and noise."
    )
    for n in range(6):
        web.article(
            f"/news/{n}.html",
            f"Bridge part {n}",
            f"{text} Part {n}.",
            links=("https://other.example/story?utm_source=x",),
            validator=STAMP,
        )
    web.article("/etag.html", "Tagged", f"{text} With a tag.", validator='"v1"')
    web.article("/bare.html", "Bare", f"{text} Without any validator.")
    web.article("/old.html", "Old", f"{text} Moved.")
    web.redirect("/moved.html", "/old.html", 301)
    web.put("/feed.xml",
        rss(*[(f"Bridge part {n}", web.url(f"/news/{n}.html"), "short") for n in range(3)],
    ("Moved", web.url("/moved.html"), "s"),
                             ("Gone", web.url("/gone.html"),
                                 "<p>What the feed <b>said</b> of it.</p>"),
                             ("Bare", web.url("/bare.html"), "b")),
            "application/rss+xml", validator=STAMP)  # fmt: skip
    web.put(
        "/sitemap.xml",
        sitemap(
            (web.url("/part1.xml.gz"), ""), ("https://elsewhere.example/s.xml", ""), index=True
        ),
        "application/xml",
        validator='"s"',
    )
    pages = [(web.url(f"/news/{n}.html"), "") for n in range(3, 6)] + [
        (web.url("/etag.html"), "2026-03-02"),
        ("https://elsewhere.example/x", ""),
    ]
    web.put("/part1.xml.gz", packed(sitemap(*pages).encode()), "application/gzip", validator='"p"')
    crawl.source("f", "feed", web.url("/feed.xml"), lawful_basis="journalism")
    crawl.source("s", "site", web.url("/sitemap.xml"))
    report = crawl.run()
    assert report["fates"] == {"created": 10, "failed": 1}, report
    assert report["seen"] == 11
    assert any("answered 404" in w for w in report["warnings"])
    assert any("another site" in w for w in report["warnings"])
    found = crawl.documents()
    page = found[web.url("/news/0.html")]
    assert page.id.startswith("web:")
    assert page.kind == "article"
    assert page.title == "Bridge part 0"
    assert page.published_precision == "exact"  # the feed knew the hour
    assert "Part 0. Paragraph 4" in page.text
    assert page.extra["crawl"] == "f"
    assert page.extra["lawful_basis"] == "journalism"
    original = (crawl.home / page.raw.path).read_bytes()
    assert hashlib.sha256(gzip.decompress(original)).hexdigest() == page.raw.sha256
    assert found[web.url("/gone.html")].text == "What the feed said of it."
    assert found[web.url("/gone.html")].platform == "feed"
    assert web.url("/old.html") in found

    web.asked.clear()
    again = crawl.run()
    assert web.fetched() == ["/old.html"], "only what has no validator and hides behind a redirect"
    assert again["fates"] == {"unchanged": 10}, again
    assert "/etag.html" not in web.fetched(None), "its sitemap says that it is as it was"
    assert set(web.fetched(304)) == {
        "/feed.xml",
        "/sitemap.xml",
        "/part1.xml.gz",
        *(f"/news/{n}.html" for n in range(6)),
    }

    web.article(
        "/news/1.html",
        "Bridge part 1, corrected",
        f"{text} Now different.",
        validator="Tue, 03 Mar 2026 10:00:00 GMT",
    )
    web.asked.clear()
    third = crawl.run("f")
    assert third["fates"]["replaced"] == 1
    assert "/news/1.html" in web.fetched()
    assert crawl.documents()[web.url("/news/1.html")].revision == 1


def test_links_within_a_site_are_walked_to_a_depth_and_robots_are_obeyed(
    web: Any, crawl: Any
) -> None:
    text = "Every day of this calendar has a page, and every page names the next day without end."
    web.article(
        "/",
        "Home",
        text,
        links=(
            "/day/1",
            "/closed/x",
            "/file.pdf",
            "https://elsewhere.example/",
            "/a/a/a/a/a/a",
            "/canonical?x=1",
        ),
    )
    web.pages["*"] = lambda request: _day(request, text)
    web.put(
        "/robots.txt",
        f"User-agent: *\nDisallow: /closed/\nCrawl-delay: 0\nSitemap: {web.url('/map.txt')}\n",
        "text/plain",
    )
    web.put("/map.txt", web.url("/listed.html") + "\n", "text/plain")
    web.article("/listed.html", "Listed", text + " Listed.", links=("/not-walked",))
    head = f'<link rel="canonical" href="{web.url("/canonical")}">'
    web.article("/canonical", "Canonical", text + " Once.", head=head)
    crawl.source("walk", "site", web.url("/"), max_depth=3, exclude=["/day/*/print"])
    report = crawl.run()
    found = crawl.documents()
    assert {url.removeprefix(web.url()) for url in found} == {
        "/day/1",
        "/day/2",
        "/day/3",
        "/listed.html",
        "/canonical?x=1",
    }
    assert report["fates"] == {"created": 5, "refused": 1}
    assert any("robots.txt" in w for w in report["warnings"])
    assert "/closed/x" not in web.fetched(None)
    assert "/file.pdf" not in web.fetched(None)
    assert "/not-walked" not in web.fetched(None)
    web.asked.clear()
    again = crawl.run()
    assert again["fates"] == {"unchanged": 5, "refused": 1}


def _day(request: Any, text: str) -> Any:
    if not request.path.startswith("/day/"):
        return 404, {}, b""
    number = int(request.path.rpartition("/")[2])
    page = (
        f"<html><body><article><h1>Day "
        f"{number}</h1>{f'<p>{text} Day {number} has its own words to say.</p>' * 3}</article>"
    )
    page += (
        f'<a href="/day/{number + 1}">next</a><a href="/day/{number}/print">print</a></body></html>'
    )
    return 200, {"Content-Type": "text/html"}, page.encode()


def test_max_pages_bounds_a_run_and_the_next_one_goes_on(
    web: Any, crawl: Any, sitemap: Any
) -> None:
    for n in range(12):
        web.article(
            f"/p{n:02d}",
            f"Page {n}",
            f"A page with a number of its own, which is {n}, and more than enough words.",
            validator=STAMP,
        )
    web.put(
        "/sitemap.xml",
        sitemap(*[(web.url(f"/p{n:02d}"), "") for n in range(12)]),
        "application/xml",
        validator=STAMP,
    )
    crawl.source("s", "site", web.url("/sitemap.xml"), max_pages=7)
    first = crawl.run()
    assert first["fates"] == {"created": 6}
    assert any("max_pages (7)" in w for w in first["warnings"])
    assert crawl.run("s", "--limit", "3")["fates"]["created"] == 3
    assert crawl.run()["fates"]["created"] == 3
    assert len(crawl.documents()) == 12


def test_entries_without_a_page_of_their_own_are_kept_as_the_feed_said(
    web: Any, crawl: Any, rss: Any
) -> None:
    web.put("/episode.mp3", b"ID3" + b"\x00" * 500, "audio/mpeg")
    web.article(
        "/changes",
        "All changes",
        "Every change of the program is told on this one page, from the newest to the oldest.",
    )
    items = [
        ("Episode", web.url("/episode.mp3"), "An hour about bridges."),
        ("1.1", web.url("/changes#1.1"), "Faster."),
        ("1.0", web.url("/changes#1.0"), "First."),
    ]
    web.put("/feed.xml", rss(*items), "application/rss+xml")
    crawl.source("f", "feed", web.url("/feed.xml"))
    crawl.source("plain", "feed", web.url("/feed.xml"), follow=False, enabled=False)
    report = crawl.run()
    assert report["fates"] == {"created": 3, "unreadable": 1}
    assert {(d.title, d.text) for d in crawl.documents_by_id().values()} == {
        (title, text) for title, _, text in items
    }
    web.asked.clear()
    assert crawl.run()["fates"] == {"unchanged": 3}
    assert web.fetched() == ["/feed.xml"]
    assert crawl.run("plain")["fates"] == {"unchanged": 3}


def test_original_bytes_are_kept_for_what_the_index_holds_and_no_others(
    web: Any, crawl: Any
) -> None:
    text = "The ferry timetable changes with the season, and the clerk writes it by hand each time."
    crawl.source("s", "site", web.url("/page"), follow=False, sitemaps=False)
    for stamp in ("<!-- rendered at 1 -->", "<!-- rendered at 2 -->"):
        web.article("/page", "Ferry", text, head=stamp)
        crawl.run()
    (kept,) = (crawl.home / "raw").rglob("*.gz")
    assert crawl.documents()[web.url("/page")].raw.sha256 in kept.name
    web.article("/page", "Ferry", text + " Not this year.")
    assert crawl.run()["fates"] == {"replaced": 1}
    both = {path.name for path in (crawl.home / "raw").rglob("*.gz")}
    versions = crawl.documents()[web.url("/page")].all_versions()
    assert both == {f"{version.raw.sha256}.gz" for version in versions}
    assert len(both) == 2


def test_a_disk_that_takes_no_more_stops_the_crawl_in_one_sentence(web: Any, crawl: Any) -> None:
    web.article(
        "/page",
        "Ferry",
        "The ferry timetable changes with the season, and the clerk writes it by hand.",
    )
    crawl.source("s", "site", web.url("/page"), follow=False, sitemaps=False)
    (crawl.home / "raw").write_bytes(b"in the way")
    code, _, err = crawl.terminal("--home", str(crawl.home), "--json", "crawl")
    assert code == 3
    assert "cannot keep an original" in err
    (crawl.home / "raw").unlink()
    assert crawl.run()["fates"] == {"created": 1}


def test_servers_that_close_kept_connections_cost_no_page(
    web: Any, crawl: Any, sitemap: Any
) -> None:
    for n in range(30):
        web.article(
            f"/p{n:02d}",
            f"Page {n}",
            f"A page with a number of its own, which is {n}, and more than enough words.",
        )
        web.pages[f"/p{n:02d}"] = _hanging_up(web.pages[f"/p{n:02d}"])
    web.put(
        "/sitemap.xml",
        sitemap(*[(web.url(f"/p{n:02d}"), "") for n in range(30)]),
        "application/xml",
    )
    crawl.source("s", "site", web.url("/sitemap.xml"))
    assert crawl.run()["fates"] == {"created": 30}


def _hanging_up(answer: Any) -> Any:
    def once(request: Any) -> Any:
        request.close_connection = (
            True  # without a word about it: the client thinks that it may go on
        )
        return answer(request)

    return once


def test_texts_that_are_cut_are_counted_in_the_report(web: Any, crawl: Any, rss: Any) -> None:
    items = [
        ("Short", web.url("/a"), "few words"),
        ("Long", web.url("/b"), "long words " * 150_000),
    ]
    web.put("/feed.xml", rss(*items), "application/rss+xml")
    crawl.source("f", "feed", web.url("/feed.xml"), follow=False)
    report = crawl.run()
    assert report["fates"] == {"created": 2}, report
    assert report["truncated"] == 1
    assert any("too long" in warning for warning in report["warnings"])
    long = next(d for d in crawl.documents().values() if d.title == "Long")
    assert len(long.text) == 1_000_000
