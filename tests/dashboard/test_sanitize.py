"""Outside text becomes harmless on its way to the context."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import sanitize
from dashboard.components import markup

MARKUP = st.text(
    alphabet=st.sampled_from(list("<>&\"'`=/\\![]()*_:$#|~{} \n\u202e\u0301\u200babjsx@")),
    max_size=400,
)


class Tags(HTMLParser):
    """Collects the tags and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(text)
    return parser.found


@given(MARKUP)
def test_no_tag_of_a_post_survives(text: str) -> None:
    made = sanitize.post_body(text, more="more", cut="cut", lang=text)
    assert {tag for tag, _ in tags(made)} <= {"div", "br", "details", "summary", "em"}
    assert all(set(attributes) <= {"class", "dir", "lang"} for _, attributes in tags(made))


@given(MARKUP)
def test_no_tag_of_a_line_survives(text: str) -> None:
    assert [tag for tag, _ in tags(sanitize.escaped_line(text))] == ["bdi"]
    assert tags(f'<p title="{sanitize.escaped_attribute(text)}">')[0] == (
        "p",
        {"title": sanitize.single_line(text)},
    )


@given(MARKUP)
def test_only_http_links_are_links(text: str) -> None:
    for url in (text, f"javascript:{text}", f"http://{text}", f"https://a.example/{text}"):
        for tag, attributes in tags(sanitize.external_link(url)):
            assert tag in ("a", "bdi")
            if tag == "a":
                assert re.match(r"https?://", attributes["href"] or "")
                assert attributes["rel"] == "noopener noreferrer nofollow"
                assert set(attributes) == {"class", "href", "target", "rel", "title"}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "http://user:password@bank.example/",
        "http://bank.example@evil.example/",
        "http:///nohost",
        "//evil.example",
        "http://[::1",
        "http://a\u202eb.example/",
        "http://evil.example\\@bank.example/",
        "",
        None,
        "x" * 5_000,
    ],
)
def test_no_link_leads_there(url: str | None) -> None:
    assert sanitize.safe_url(url) is None
    assert "<a " not in sanitize.external_link(url)


def test_a_link_shows_where_it_leads() -> None:
    assert ">news.example<" in sanitize.external_link("https://www.news.example/very/long/path?x=1")
    assert "xn--" in sanitize.external_link("https://аpple.example/")  # a Cyrillic a


def test_directions_and_piles_of_marks_stay_inside() -> None:
    shown = sanitize.plain_text(
        "a\u202egnp.exe\u202c \u2066b z" + "\u0301" * 500 + "\u200b\u00adc\u0000d"
    )
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u00ad\u0000]", shown)
    assert shown.count("\u0301") == 3
    assert sanitize.plain_text("👩‍👩‍👧 สวัสดี नमस्ते été") == "👩‍👩‍👧 สวัสดี नमस्ते été"


def test_long_posts_are_folded_and_bounded() -> None:
    made = sanitize.post_body("word " * 200_000, more="Read all", cut="too long", preview=100)
    assert len(made) < 2 * sanitize.MAX_POST
    assert made.count("<details") == 1
    assert "too long" in made
    assert "<details" not in sanitize.post_body("short", more="m", cut="c")
    assert sanitize.post_body("a\n\n\n\n\nb", more="m", cut="c").count("<br>") == 2


def test_a_line_is_one_line() -> None:
    assert sanitize.single_line("a\n b\t c" * 100, 20) == "a b ca b ca b ca b…"
    assert sanitize.single_line(None) == ""
    assert sanitize.single_line("Lecture\u202f: 5\u202f%\u202f\n x") == "Lecture\u202f: 5\u202f% x"


def test_labels_are_no_markdown() -> None:
    made = sanitize.markdown_label(
        "![x](http://t.example/a.png) [l](javascript:1) **b** :material/bolt: www.evil.example "
        "me@evil.example <b>",
        200,
    )
    assert not re.search(r"(?<!\\)[!\[\]()*<>`$]", made)
    for sign in (":m", "www.", "@e", "://"):
        assert sign not in made
    assert html.unescape(sanitize.markdown_label("plain name 12")) == "plain name 12"


@pytest.mark.parametrize(
    ("title", "written", "shown"),
    [
        ("No mercury found", "No mercury found\nThe board says so.", "The board says so."),
        ("No mercury found", "NO MERCURY FOUND. The board says so.", "The board says so."),
        ("No mercury found", "No mercury found", "No mercury found"),
        ("No mercury found", "The board says: no mercury.", "The board says: no mercury."),
        ("", "The board says so.", "The board says so."),
        ("  ", " The board says so.", " The board says so."),
    ],
)
def test_a_card_shows_a_title_once(title: str, written: str, shown: str) -> None:
    assert markup.without_title(written, title) == shown
