"""Which names are found in texts and addresses, and which words are left alone."""

from __future__ import annotations

import pytest

from index.names.known import KnownNames
from index.privacy import Pseudonyms
from tocsin.core.messages import Message

ACCOUNTS = [
    ("x:1001001", "marked_name", "Marked Name"),
    ("x:1001002", "water", "Water"),
    ("mastodon:77", "zephyr", None),
    ("x:88", "zephyr", None),
    ("bluesky:did:plc:abc123", "jo.bsky.example", "Jo Ng"),
]


def people(texts: list[tuple[str, str]] | None = None) -> Pseudonyms:
    return Pseudonyms(b"key", names=lambda: KnownNames(ACCOUNTS, lambda: texts or []))


@pytest.mark.parametrize(
    "written",
    [
        "@marked_name",
        "@Marked_Name",
        "@marked_name@m.example",
        "MARKED_NAME",
        "marked  name",
        "Marked\nName",
        "1001001",
    ],
)
def test_a_known_name_becomes_the_pseudonym_of_its_account(written: str) -> None:
    names = people()
    assert names.text(f"so {written}, yes", "x") == f"so {names.account('x:1001001')}, yes"


def test_a_mention_of_nobody_known_becomes_a_pseudonym_too() -> None:
    names = people()
    assert names.text("hi @nobody.here!", "x") == f"hi {names.account('x:nobody.here')}!"
    assert names.text("write to press@outlet.example", "x") == "write to press@outlet.example"


def test_a_name_that_two_have_means_the_one_of_the_platform() -> None:
    names = people()
    for platform, author in (("x", "x:88"), ("mastodon", "mastodon:77")):
        assert names.text("ask zephyr", platform) == f"ask {names.account(author)}"


def test_a_handle_that_many_write_is_a_word_unless_it_is_mentioned() -> None:
    texts = [(f"x:{n}", "the water rises") for n in range(30)]
    names = people(texts)
    assert names.text("the water rises", "x") == "the water rises"
    assert names.text("@water rises", "x") == f"{names.account('x:1001002')} rises"
    few = people(texts[:5])
    assert few.text("the water rises", "x") == f"the {few.account('x:1001002')} rises"


def test_a_word_that_is_mentioned_as_often_is_a_name() -> None:
    texts = [(f"x:{n}", "water and @water") for n in range(30)]
    assert "water" not in people(texts).text("the water rises", "x")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/someone_else/status/1",
        "https://www.tiktok.com/@other/video/3",
        "https://m.example/@other/1",
        "https://m.example/users/other",
        "https://www.reddit.com/user/other/",
        "https://t.me/other",
        "https://news.example/by/marked_name",
        "https://news.example/by/Marked%20Name",
        "https://news.example/by/marked-name.html",
        "https://news.example/?by=%6darked_name",
        "https://marked_name.blog.example/2026",
        "https://img.example/marked_name-3.jpg",
        "https://news.example/water",
    ],
)
def test_an_address_that_names_an_account_is_left_out(url: str) -> None:
    names = people()
    assert names.mask.address(url) is None
    shown = names.text(f"see {url}, all", "x")
    assert shown.startswith("see https://")
    assert shown.endswith("/…, all")
    assert "arked" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/2026/flood-water-rises",
        "https://x.com/",
        "https://jo.bsky.example/about",
        "https://news.example/remarked_names",
    ],
)
def test_other_addresses_stay(url: str) -> None:
    names = people()
    assert names.mask.address(url) == url
    assert names.text(f"see {url}", "x") == f"see {url}"


def test_answers_keep_the_words_of_the_program() -> None:
    names = people()
    shown = names.account("x:1001001")
    answer = {
        "status": "marked_name",
        "why": Message("text.plain", {"text": "marked_name said"}),
        "assignments": {"marked_name_1": None, "marked_name/2": "n"},
        "sources": {"@marked_name@m.example": 2, "outlet.example": 3},
        "n": 1,
    }
    assert names.hide(answer) == {
        "status": "marked_name",
        "why": Message("text.plain", {"text": f"{shown} said"}),
        "assignments": {"marked_name_1": None, f"{shown}/2": "n"},
        "sources": {shown: 2, "outlet.example": 3},
        "n": 1,
    }


def test_without_pseudonyms_all_is_as_written() -> None:
    open_names = Pseudonyms(b"key", enabled=False, names=lambda: KnownNames(ACCOUNTS))
    assert open_names.text("@marked_name and Marked Name") == "@marked_name and Marked Name"
    assert open_names.hide({"text": "@marked_name"}) == {"text": "@marked_name"}


@pytest.mark.parametrize(
    ("tag", "hidden"),
    [
        ("teamMarked_Name2026", "team{}2026"),
        ("MarkedName", "{}"),
        ("JeSuisMarkedName", "JeSuis{}"),
        ("marketday", "marketday"),
        ("zephyrs", "zephyrs"),  # a short name is a part of too many words
    ],
)
def test_a_long_name_is_hidden_as_a_part_of_a_hashtag(tag: str, hidden: str) -> None:
    names = people()
    wanted = hidden.format(names.account("x:1001001"))
    assert names.mask.tag(tag, "x") == wanted
    assert names.text(f"see #{tag}!", "x") == f"see #{wanted}!"
