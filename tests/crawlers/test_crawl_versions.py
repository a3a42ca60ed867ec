"""A page that changes keeps what it was, and one that goes is said to be gone: real crawls against
a server on loopback."""

from __future__ import annotations

import gzip
import hashlib
import itertools
from pathlib import Path
from typing import Any

WORDS = "It says at some length what happened, to whom, and why it matters to everybody here. " * 6


def page(title: str, text: str) -> str:
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"<p>{text}</p><p>{WORDS}</p></article></body></html>"
    )


def serve(web: Any, sitemap: Any, **pages: str) -> None:
    web.put(
        "/sitemap.xml", sitemap(*((web.url(f"/{name}"), "") for name in pages)), "application/xml"
    )
    for name, body in pages.items():
        web.put(f"/{name}", body)


def test_every_version_of_a_page_is_kept_and_a_gone_page_said(
    web: Any, crawl: Any, sitemap: Any
) -> None:
    crawl.source("site", "site", web.url("/sitemap.xml"))
    address = web.url("/a")
    told = [page("The bridge", f"The bridge was closed {n} times, they say.") for n in (1, 2, 3)]
    other = page("Another", "Another story that stays as it is.")
    for body in told:
        serve(web, sitemap, a=body, b=other)
        crawl.run()
    serve(web, sitemap, a=told[2], b=other)
    assert crawl.run()["fates"] == {"unchanged": 2}

    answer = crawl.run(address, command="versions")
    versions = answer["versions"]
    assert [v["version"] for v in versions] == [1, 2, 3]
    for number, (version, body) in enumerate(zip(versions, told, strict=True), 1):
        assert f"closed {number} times" in version["text"]
        digest = hashlib.sha256(body.encode()).hexdigest()
        assert version["raw_sha256"] == digest
        kept = Path(crawl.home) / "raw" / digest[:2] / f"{digest}.gz"
        assert gzip.decompress(kept.read_bytes()) == body.encode()
        assert version["first_seen"] <= version["last_seen"]
    assert versions[2]["first_seen"] < versions[2]["last_seen"]  # the fourth crawl saw it again
    assert versions[0]["previous"] is None
    for before, after in itertools.pairwise(versions):
        assert after["previous"] == before["chained_sha256"]
        assert before["last_seen"] <= after["first_seen"]
    assert answer["gone_since"] is None

    web.put("/a", "not here", status=404)
    report = crawl.run()
    assert report["fates"] == {"gone": 1, "unchanged": 1}
    gone = crawl.run(answer["id"], command="versions")
    assert (gone["gone_status"], gone["versions"]) == (404, versions)
    since = gone["gone_since"]
    web.put("/a", "not here", status=410)
    crawl.run()
    assert crawl.run(address, command="versions")["gone_since"] == since

    serve(web, sitemap, a=told[2], b=other)
    crawl.run()
    back = crawl.run(address, command="versions")
    assert (back["gone_since"], len(back["versions"])) == (None, 3)

    (hit,) = crawl.run('"closed 3 times"', command="search")["hits"]
    assert hit["sha256"] == versions[2]["sha256"]
    assert (hit["versions"], hit["first_seen"]) == (3, versions[0]["first_seen"])
    assert crawl.run('"closed 1 times"', command="search")["total"] == 0


def test_a_feed_does_not_replace_an_article_that_is_gone_by_its_summary(
    web: Any, crawl: Any, rss: Any
) -> None:
    crawl.source("feed", "feed", web.url("/feed.xml"))
    entry = ("The bridge", web.url("/a"), "In short.")
    web.put("/feed.xml", rss(entry), "application/rss+xml")
    web.put("/a", page("The bridge", "The bridge was closed, they say."))
    crawl.run()
    web.put("/a", "not here", status=410)
    web.put("/feed.xml", rss((*entry[:2], "In short, again.")), "application/rss+xml")
    crawl.run()
    answer = crawl.run(web.url("/a"), command="versions")
    assert answer["gone_status"] == 410
    (version,) = answer["versions"]
    assert "The bridge was closed" in version["text"]


def test_an_id_that_nobody_has_is_one_sentence(web: Any, crawl: Any, sitemap: Any) -> None:
    crawl.source("site", "site", web.url("/sitemap.xml"))
    serve(web, sitemap, a=page("The bridge", "The bridge was closed."))
    crawl.run()
    assert "no post or page" in crawl.run("web:none", command="versions", code=2)["stderr"]
