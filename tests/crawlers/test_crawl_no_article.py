"""Pages that are no article are kept as what the feed said, never as a text of their own."""

from __future__ import annotations

from typing import Any

import pytest

from crawlers.extract.html_text import decode_html
from tests.crawlers.conftest import Crawl, Web

LONG = "The harbour office said on Monday that the northern quay stays closed until the end of May."
NEWS = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x"%s}</script>'


def _feed(web: Web, *titles: str) -> None:
    items = "".join(
        f"<item><title>{title}</title><link>{web.url(f'/{n}')}</link>"
        f"<description>Summary of {title} by the feed.</description>"
        "<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"
        for n, title in enumerate(titles)
    )
    body = f"<channel><title>Quay</title><language>en</language>{items}</channel>"
    web.put("/feed", f'<?xml version="1.0"?><rss version="2.0">{body}</rss>', "application/rss+xml")


def _page(title: str, *paragraphs: str, head: str = "", heading: str = "") -> str:
    inner = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head><body><main>"
        f"<h1>{heading or title}</h1>{inner}</main></body></html>"
    )


CONSENT = _page(
    "The Quay",
    "We and our 842 partners store cookies on your device to show advertising that fits you.",
    "With your consent we process personal data. You may accept or reject, and change it later "
    "in our privacy settings, where all vendors are listed with their purposes.",
    "Accept all cookies, or subscribe to read without advertising and without trackers.",
)
SOFT_404 = _page("Page not found - The Quay", f"Sorry, there is nothing here. {LONG}", LONG)
SOFT_404_FR = _page(
    "Le Quai", "Le contenu a pu être déplacé.", LONG, heading="Cette page n'existe plus"
)
GATE = _page(
    "Just a moment...",
    "Enable JavaScript and cookies to continue. Checking your browser before you reach the site. "
    "This process is automatic, and your browser will be led on shortly.",
)
GATE_FR = _page(
    "Le Quai", f"Votre navigateur est vérifié avant la lecture, sans captcha. {LONG}",
    heading="Un instant…",
)  # fmt: skip
PAYWALL = _page("Quay", LONG, "Subscribe.", head=NEWS % ', "isAccessibleForFree": "False"')
INDEX = (
    "<!doctype html><html><head><title>All of the news</title></head><body><main>"
    + "".join(f"<div><a href='/n{n}'>{LONG} {n}</a></div>" for n in range(30))
    + "<p>News of the harbour, all of it, ordered by day and by quay and by ship, and more.</p>"
    "</main></body></html>"
)


@pytest.mark.parametrize(
    ("body", "why"),
    [(CONSENT, "consent"), (SOFT_404, "not_found"), (SOFT_404_FR, "not_found"),
     (PAYWALL, "paywall"), (GATE, "gate"), (GATE_FR, "gate"), (INDEX, "index")],
)  # fmt: skip
def test_what_is_no_article_is_kept_as_the_feed_said(
    web: Web, crawl: Crawl, body: str, why: str
) -> None:
    _feed(web, "The quay closes", "The ferry sails")
    web.put("/0", body)
    web.article("/1", "The ferry sails", f"The ferry sails again. {LONG}")
    crawl.source("quay", "feed", web.url("/feed"))
    report = crawl.run()
    found = {document.title: document for document in crawl.documents_by_id().values()}
    assert found["The quay closes"].text == "Summary of The quay closes by the feed."
    assert found["The quay closes"].extra["page"] == why
    assert "The ferry sails again" in found["The ferry sails"].text
    assert "its text was not kept" in str(report["warnings"])


@pytest.mark.parametrize(
    "body",
    [
        _page("Just a moment of glory", *[f"The quay won a prize. {LONG} {n}" for n in range(6)]),
        # an article about consent, one that was found after all, one that is free, a leaked one
        _page("Cookies on trial", *[f"The court weighed cookies, consent and privacy. {LONG} {n}"
              for n in range(12)], "Advertisers reject it, and partners accept.",
              head=NEWS % ""),
        _page("Lost ship not found after week of search", LONG, LONG + " Nothing.", head=NEWS % ""),
        _page("The quay", LONG, head=NEWS % ', "isAccessibleForFree": true'),
        _page("The quay", *[f"{LONG} Day {n}." for n in range(30)],
              head=NEWS % ', "isAccessibleForFree": false'),
    ],
)  # fmt: skip
def test_an_article_stays_one(web: Web, crawl: Crawl, body: str) -> None:
    _feed(web, "The quay")
    web.put("/0", body)
    crawl.source("quay", "feed", web.url("/feed"))
    crawl.run()
    (document,) = crawl.documents_by_id().values()
    assert LONG in document.text
    assert "page" not in document.extra


def test_a_dead_address_that_leads_to_the_front_page_is_no_article(web: Web, crawl: Crawl) -> None:
    _feed(web, "The quay closes")
    web.put("/0", "", status=302, Location="/")
    web.article("/", "The Quay", f"Welcome. {LONG}")
    crawl.source("quay", "feed", web.url("/feed"))
    crawl.run()
    (document,) = crawl.documents_by_id().values()
    assert document.text == "Summary of The quay closes by the feed."
    assert document.extra["page"] == "front"


def test_one_text_under_different_titles_is_of_neither(web: Web, crawl: Crawl) -> None:
    _feed(web, "The quay closes", "The ferry sails", "The crane falls")
    for n in range(3):
        web.article(f"/{n}", "The Quay", f"News of today and much else of the harbour. {LONG}")
    crawl.source("quay", "feed", web.url("/feed"))
    crawl.run()
    texts = {document.text for document in crawl.documents_by_id().values()}
    assert texts == {
        f"Summary of {title} by the feed."
        for title in ("The quay closes", "The ferry sails", "The crane falls")
    }


def _stories(crawl: Crawl) -> dict[str, Any]:
    return {d.title: d.url for d in crawl.documents_by_id().values()}


def test_a_canonical_address_that_pages_share_is_not_believed(web: Web, crawl: Crawl) -> None:
    _feed(web, "Zero", "One", "Two")
    head = f'<link rel="canonical" href="{web.url("/story-of-all")}">'
    for n, title in enumerate(("Zero", "One", "Two")):
        web.article(f"/{n}", title, f"This is the story of {title}, told at length.", head=head)
    crawl.source("quay", "feed", web.url("/feed"))
    report = crawl.run()
    assert _stories(crawl) == {t: web.url(f"/{n}") for n, t in enumerate(("Zero", "One", "Two"))}
    assert "was not believed" in str(report["warnings"])


FRENCH = "<p>" + "L'été dernier, les élus ont été reçus à l'hôtel où l'on parla d'égouts. " * 3
RUSSIAN = "<p>" + "Вчера вечером порт был закрыт из-за сильного ветра, сообщили власти. " * 3


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [(FRENCH, "cp1252", "utf-8"), (FRENCH, "utf-8", "iso-8859-1"), (FRENCH, "cp1252", "latin-1"),
     (RUSSIAN, "cp1251", "iso-8859-1"), (RUSSIAN, "koi8_r", "utf-8"),
     (RUSSIAN, "cp1251", "cp1251")],
)  # fmt: skip
def test_a_declared_charset_is_checked_against_the_bytes(
    text: str, encoding: str, declared: str
) -> None:
    assert decode_html(text.encode(encoding), f"text/html; charset={declared}") == text
