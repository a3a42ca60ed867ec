"""Times and keys of feeds, pages and sitemaps, crawled from a loopback server."""

from __future__ import annotations

import pytest

from tests.crawlers.conftest import Crawl, Web


def _item(title: str, link: str, date: str, guid: str = "") -> str:
    guid = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return (
        f"<item><title>{title}</title><link>{link}</link>{guid}"
        f"<description>What {title} is about, in a line.</description>"
        f"<pubDate>{date}</pubDate></item>"
    )


def _feed(*items: str, lang: str = "en") -> str:
    head = f"<title>Quay</title><link>http://quay.example/</link><language>{lang}</language>"
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
    )


def _times(crawl: Crawl) -> dict[str, str]:
    times = {}
    for document in crawl.documents_by_id().values():
        at, precision = document.published_at, document.published_precision
        times[document.title] = f"{at:%Y-%m-%dT%H:%M:%S} {precision.value}" if at else ""
    return times


def test_dates_of_a_feed_are_read_by_our_own_reader(web: Web, crawl: Crawl) -> None:
    written = {
        "a": ("2016/6/29", "2016-06-29T00:00:00 day"),
        "b": ("Mon, 02 Mar 2026 10:00:00 CET", "2026-03-02T09:00:00 exact"),
        "c": ("Mon, 02 Mar 2026 10:00:00 Europe/Paris", "2026-03-02T09:00:00 exact"),
        "d": ("lun. 2 mars 2026 10h05", "2026-03-02T10:05:00 minute"),
        "e": ("Mon, 02 Mar 2026 10:00:00 XQZT", ""),
        "f": ("02/03/2026 10:00", "2026-03-02T10:00:00 minute"),
        "g": ("20260302T100000Z", "2026-03-02T10:00:00 exact"),
    }
    items = [_item(t, web.url(f"/{t}"), date) for t, (date, _) in written.items()]
    web.put("/feed", _feed(*items, lang="fr"), "application/rss+xml")
    crawl.source("quay", "feed", web.url("/feed"), follow=False)
    crawl.run()
    assert _times(crawl) == {t: right for t, (_, right) in written.items()}


def test_one_guid_for_all_items_is_no_key(web: Web, crawl: Crawl) -> None:
    date = "Mon, 02 Mar 2026 10:00:00 GMT"
    items = [_item(f"Story {n}", web.url(f"/s{n}"), date, "quay-1") for n in range(4)]
    web.put("/feed", _feed(*items), "application/rss+xml")
    crawl.source("quay", "feed", web.url("/feed"), follow=False)
    report = crawl.run()
    assert sorted(_times(crawl)) == [f"Story {n}" for n in range(4)]
    assert "gives one id to several entries" in str(report)
    again = crawl.run()
    assert len(crawl.documents_by_id()) == 4, again


@pytest.mark.parametrize(
    ("head", "right"),
    [
        ('<meta property="article:published_time" content="2016/6/29">', "2016-06-29T00:00:00 day"),
        ('<meta name="date" content="2026-03-02 10:00 CET">', "2026-03-02T09:00:00 minute"),
        ('<script type="application/ld+json">{"@type":"NewsArticle","datePublished":'
         '"2026-03-02T10:00:00+01:00"}</script>', "2026-03-02T09:00:00 exact"),
        ('<meta name="pubdate" content="Mon, 02 Mar 2026 10:00:00 EST">',
         "2026-03-02T15:00:00 exact"),
    ],
)  # fmt: skip
def test_dates_of_a_page_are_read_by_our_own_reader(
    web: Web, crawl: Crawl, head: str, right: str
) -> None:
    web.article("/story", "The quay", "The quay was closed for the night, as they said.", head=head)
    crawl.source("quay", "site", web.url("/story"), follow=False, sitemaps=False)
    crawl.run()
    assert _times(crawl) == {"The quay": right}


def test_the_dates_of_a_news_sitemap_are_used(web: Web, crawl: Crawl) -> None:
    web.article("/story", "The quay", "The quay was closed for the night, as they said.")
    web.put(
        "/news.xml",
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        f"<loc>{web.url('/story')}</loc><news:news><news:publication><news:name>Q</news:name>"
        "<news:language>en</news:language></news:publication>"
        "<news:publication_date>2026-03-02T10:00:00+01:00</news:publication_date>"
        "<news:title>The quay</news:title></news:news></url></urlset>",
        "application/xml",
    )
    crawl.source("quay", "site", web.url("/news.xml"))
    crawl.run()
    assert _times(crawl) == {"The quay": "2026-03-02T09:00:00 exact"}


def test_a_folder_is_not_the_canonical_address_of_its_pages(web: Web, crawl: Crawl) -> None:
    for name in ("one", "two"):
        web.article(
            f"/news/{name}", f"Story {name}", f"The story {name} of the quay, told at length.",
            head=f'<link rel="canonical" href="{web.url("/news/")}">',
        )  # fmt: skip
    web.article(
        "/news/three/2", "Story three", "The second page of a story of the quay, told at length.",
        head=f'<link rel="canonical" href="{web.url("/news/three")}">',
    )  # fmt: skip
    pages = [web.url(f"/news/{name}") for name in ("one", "two", "three/2")]
    crawl.source("quay", "site", *pages, follow=False, sitemaps=False)
    crawl.run()
    found = {d.title: d.extra.get("canonical") for d in crawl.documents_by_id().values()}
    assert found == {"Story one": None, "Story two": None, "Story three": web.url("/news/three")}
