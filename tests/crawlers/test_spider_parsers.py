"""What the parsers make of bytes: feeds of every dialect, sitemaps, statuses, pages.

No network, no process.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawlers.extract import article as extract
from crawlers.extract import exchange_rows as rows
from crawlers.extract import feeds, html_text, sitemaps
from crawlers.extract import mastodon as statuses
from tocsin.core.errors import Unreadable

AT = "http://news.example/feed"
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"
xml:lang="fr" xml:base="http://news.example/a/"> <title>Les
&lt;nouvelles&gt;</title><entry><id>tag:1</id><title type="html">Le &lt;b&gt;pont&lt;/b&gt;
&amp;amp; le port</title><link href="pont.html"/>
<author><name>Zoé</name></author><author><name>Max</name></author><updated>2026-03-02T11:00:00+01:00</updated>
<content type="html">&lt;p&gt;Un&lt;/p&gt;&lt;p&gt;Deux &lt;a
href="/x"&gt;ici&lt;/a&gt;&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</content><category
term="port"/></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"> <channel
rdf:about="http://x/"><title>R</title></channel><item
rdf:about="http://news.example/1"><title>One</title><link>http://news.example/1</link>
<dc:date>2026-03-02</dc:date><dc:creator>Ada</dc:creator></item></rdf:RDF>"""
JSON = {
    "version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "en",
    "authors": [{"name": "House"}],
    "items": [
        {"id": 1, "url": "/one", "title": "1 < 2", "content_html": "<p>Hi<br>there</p>",
            "date_published": "2026-03-02T10:00:00-05:00", "tags": ["a"],
         "attachments": [{"url": "http://x.example/a.mp3", "mime_type": "audio/mpeg"}]},
        {"id": "2", "content_text": "plain & simple", "date_published": "2026-03-02"}, {"id": "3"},
        "junk",
    ],
}  # fmt: skip


def test_atom() -> None:
    found = feeds.parse(ATOM.encode(), AT, "application/atom+xml")
    (entry,) = found["entries"]
    assert (found["title"], found["lang"], found["problem"]) == ("Les <nouvelles>", "fr", "")
    assert entry["title"] == "Le pont & le port"
    assert entry["link"] == "http://news.example/a/pont.html"
    assert entry["text"] == "Un\n\nDeux ici"
    assert entry["author"] == "Zoé; Max"
    assert (entry["published"], entry["precision"]) == ("2026-03-02T10:00:00+00:00", "exact")
    assert (entry["lang"], entry["tags"]) == ("fr", ["port"])


def test_rdf_and_a_day_without_an_hour() -> None:
    (entry,) = feeds.parse(RDF.encode(), AT)["entries"]
    assert (entry["title"], entry["author"], entry["precision"]) == ("One", "Ada", "day")


def test_json_feed() -> None:
    found = feeds.parse(json.dumps(JSON).encode(), AT)
    one, two = found["entries"]
    assert (one["link"], one["title"], one["text"], one["author"]) == (
        "http://news.example/one",
        "1 < 2",
        "Hi\nthere",
        "House",
    )
    assert (one["published"], one["media"]) == (
        "2026-03-02T15:00:00+00:00",
        [{"url": "http://x.example/a.mp3", "kind": "audio"}],
    )
    assert (two["text"], two["precision"], two["link"]) == ("plain & simple", "day", "")
    for body, why in (
        (b'{"items": [', "breaks off"),
        (b'{"a": 1}', "not a JSON feed"),
        (b'{"items": ' + b"[" * 100_000, "breaks off"),
    ):
        with pytest.raises(Unreadable, match=why):
            feeds.parse(body, AT)


CZECH = "<rss><channel><item><title>Žluťoučký kůň</title></item></channel></rss>"


@pytest.mark.parametrize(
    ("declared", "written", "kind"),
    [
        ("", "windows-1250", "text/xml; charset=windows-1250"),
        ("windows-1250", "windows-1250", "text/xml"),
        ("", "utf-16", "application/octet-stream"),
        ("us-ascii", "utf-8", "text/html; charset=ascii"),
    ],
)
def test_charsets(declared: str, written: str, kind: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (declaration + CZECH).encode(written)
    assert feeds.parse(body, AT, kind)["entries"][0]["title"] == "Žluťoučký kůň"


def test_the_change_tag_of_an_entry_changes_with_it_alone() -> None:
    first = feeds.parse(ATOM.encode(), AT)["entries"][0]["change_tag"]
    assert (
        feeds.parse(ATOM.replace("nouvelles", "autres").encode(), AT)["entries"][0]["change_tag"]
        == first
    )
    assert (
        feeds.parse(ATOM.replace("Deux", "Trois").encode(), AT)["entries"][0]["change_tag"] != first
    )


def test_sitemaps() -> None:
    urlset = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> '
        "http://x.example/a </loc><lastmod>2026-01-01</lastmod></url>{}</urlset>"
    )
    found = sitemaps.parse(
        urlset.format(
            "<url><loc>/b</loc></url><url><loc>http://x.example/a</loc></url><url/>"
        ).encode(),
        "http://x.example/s.xml",
        10**6,
    )
    assert found is not None
    assert found["pages"] == [["http://x.example/a", "2026-01-01"], ["http://x.example/b", ""]]
    has_invalid_bytes = sitemaps.parse(
        urlset.format("<url><loc>/b</loc></url><url><loc>/c")[:-9].encode(),
        "http://x.example/",
        10**6,
    )
    assert has_invalid_bytes is not None
    assert (len(has_invalid_bytes["pages"]), str(has_invalid_bytes["problem"])) == (
        3,
        "is not well formed",
    )
    bomb = (
        '<!DOCTYPE u [<!ENTITY a "http://x.example/"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
        "<urlset><url><loc>&a;</loc></url><url><loc>http://x.example/&f;</loc></url></urlset>"
    )
    assert all(
        "&" not in url and "host" not in url
        for url, _ in (sitemaps.parse(bomb.encode(), "http://x.example/", 10**6) or {"pages": []})[
            "pages"
        ]
    )
    listed = sitemaps.parse(
        "http://x.example/ä\n\nhttps://x.example/2\r\n".encode(), "http://x.example/s.txt", 10**6
    )
    assert listed is not None
    assert [url for url, _ in listed["pages"]] == ["http://x.example/ä", "https://x.example/2"]
    for other in (b"<html><body/></html>", b"plain words\nhttp://x", b"", b"\x00\x01"):
        assert sitemaps.parse(other, "http://x.example/", 10**6) is None


def test_statuses() -> None:
    account = {
        "acct": "ada",
        "display_name": "Ada \u200b\x00L",
        "note": "<p>a<br>b</p>",
        "followers_count": 3,
        "created_at": "2020-01-01T00:00:00Z",
    }
    link = (
        '<a href="https://www.example.org/long/path"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.org/lo</span><span class="invisible">ng/path</span></a>'
    )
    said = (
        f'<p><span class="h-card"><a href="https://s.example/@bob" class="u-url mention">@<span>'
        f'bob</span></a></span> see {link} <a href="https://s.example/tags/Pont" class="mention '
        f'hashtag">#<span>Pont</span></a></p>'
    )
    quoted = {
        "id": "7",
        "content": "<p>Q</p>",
        "account": {"acct": "q@far.example"},
        "visibility": "public",
    }
    status = {
        "id": "8", "content": said + '<p class="quote-inline">RE: <a href="https://x">x</a></p>',
        "account": account, "visibility": "public", "language": "fr",
        "created_at": "2026-03-02T10:00:00.000Z",
        "tags": [{"name": "Pont", "url": "https://s.example/tags/Pont"}],
        "mentions": [{"acct": "bob", "url": "https://s.example/@bob"}],
        "media_attachments": [{"url": "https://f.example/1.png", "type": "image",
            "description": "a bridge", "blurhash": "U"}],
        "quote": {"state": "accepted", "quoted_status": quoted},
        "favourites_count": 2, "spoiler_text": "CW", "poll": {"options": [{"title": "yes"}]},
    }  # fmt: skip
    closed = {"id": "9", "visibility": "private", "content": "no", "account": account}
    found = statuses.parse(
        json.dumps([status, closed, {"content": "no id"}, 5]).encode(),
        "s.example",
        "2026-03-03T00:00:00Z",
    )
    assert (found["ids"], found["closed"], found["broken"]) == (["8", "9"], 1, 2)
    row, other = found["rows"]
    assert row["text"] == "@bob see https://www.example.org/long/path #Pont"
    assert row["urls"] == ["https://www.example.org/long/path"]
    assert (row["hashtags"], row["mentions"], row["quote_of"], row["title"]) == (
        ["Pont"],
        ["bob@s.example"],
        "7@s.example",
        "CW",
    )
    assert row["author"]["id"] == "ada@s.example"
    assert row["author"]["description"] == "a\nb"
    assert row["media"][0]["alt"] == "a bridge"
    assert row["metrics"]["likes"] == 2
    assert other["author"]["id"] == "q@far.example"
    local = statuses.parse(json.dumps([status]).encode(), "127.0.0.1:8000", "2026-03-03T00:00:00Z")[
        "rows"
    ][0]
    assert (local["author"]["id"], local["id"]) == ("ada", "8")
    for body, why in (
        (b"<html>", "not JSON"),
        (b'{"error": "This method requires an authenticated user"}', "authenticated"),
        (b"[" * 200_000, "not JSON"),
    ):
        with pytest.raises(Unreadable, match=why):
            statuses.parse(body, "s.example", "")


def test_statuses_of_odd_types_never_raise() -> None:
    odd: list[Any] = [None, 5, "x", [], {}, True, [{}], {"id": None}]
    for key in (
        "account",
        "reblog",
        "quote",
        "tags",
        "mentions",
        "media_attachments",
        "poll",
        "card",
        "content",
        "created_at",
        "language",
        "in_reply_to_id",
    ):
        for value in odd:
            found = statuses.parse(
                json.dumps(
                    [{"id": "1", "content": "<p>x</p>", "account": {"acct": "a"}, key: value}]
                ).encode(),
                "s.example",
                "",
            )
            assert found["ids"] == ["1"]


def test_pages() -> None:
    body = "".join(
        f"<p>Paragraph {n} of the story is long enough to be taken for a part of an article by "
        f"anybody.</p>"
        for n in range(5)
    )
    link = (
        '<p>As we wrote before in <a href="../older?id=1#top">an older story about this '
        "bridge</a> there is more to say about it.</p>"
    )
    head = (
        '<html lang="en_GB"><head><title>T | Site</title><link rel="canonical" href="/story">'
        '<meta property="article:published_time" content="2026-03-02T23:30:00-05:00">'
        '<meta name="author" content="Ada L"><base href="http://x.example/a/b/">'
    )
    page = (
        f'{head}</head><body><nav><a href="/nav">Navigation is not part of the story at all</a>'
        f"</nav><article><h1>T</h1>{body}{link}</article></body></html>"
    )
    found = extract.extract_article(
        page.encode(), "http://x.example/story?utm_source=y", "text/html", True
    )
    assert (found["lang"], found["canonical"], found["author"]) == (
        "en-GB",
        "http://x.example/story",
        "Ada L",
    )
    assert (found["date"], found["precision"]) == ("2026-03-03T04:30:00+00:00", "exact")
    assert found["urls"] == ["http://x.example/a/older?id=1"]
    assert set(found["links"]) == {"http://x.example/nav", "http://x.example/a/older?id=1"}
    row = rows.article_row(found, "http://x.example/story?utm_source=y")
    assert row is not None
    assert row["author"] == {"id": "x.example/ada-l", "handle": "Ada L", "name": "Ada L"}
    stolen = page.replace('href="/story"', 'href="http://victim.example/story"')
    assert extract.extract_article(stolen.encode(), "http://x.example/story")["canonical"] == ""
    assert extract.extract_article(b"", "http://x.example/")["text"] == ""
    assert extract.extract_article(b"\x00\xff" * 1000, "http://x.example/")["text"] is not None


def test_plain_text_of_markup() -> None:
    assert html_text.plain_text("a &amp; b") == "a & b"
    assert (
        html_text.plain_text("<ul><li>one</li><li>two</li></ul><script>x</script>")
        == "- one\n- two"
    )
    assert html_text.plain_text("<p>a</p>\n\n\n<p>b<br/>c</p>") == "a\n\nb\nc"
    assert html_text.plain_text("<div>" * 5000 + "deep") is not None
    assert html_text.decode_html("déjà".encode(), "text/html; charset=iso-8859-1") == "déjà"
    assert (
        html_text.decode_html("déjà".encode("latin-1"), "text/html; charset=iso-8859-1") == "déjà"
    )
    assert html_text.absolute_url("http://a.example/", "") == ""
    assert html_text.absolute_url("http://a.example/", "mailto:x@y") == ""
    assert html_text.absolute_url("http://a.example/", "http://[::1") == ""
