"""Queries as forms and back, and what a click makes of a query."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from index.query import parse
from index.query.builder import SimpleQuery, read_simple, split_terms, write_query
from index.query.editing import excluded, narrowed, with_forms

FORMS: dict[str, tuple[Any, ...]] = {
    "all_of": ((), ("eau",), ("~carburant", '"prix du pain"', "climat*", "domain:example.org")),
    "any_of": ((), ("water", "eau"), ("#cop28", '"a OR b"', "~pomme")),
    "none_of": ((), ("jus", "author:x:1"), ('"Orange Juice"',)),
    "authors": ((), ("x:123", "ana lee")),
    "languages": ((), ("fr",), ("fr", "en")),
    "since": ("", "2026-01-31", "2026-01-31T12:30:00Z"),
    "narrative": ("", "n-12"),
    "signal": ("", "s-9"),
}


@pytest.mark.parametrize("names", list(itertools.combinations(FORMS, 3)))
def test_a_form_comes_back_as_it_was_written(names: tuple[str, ...]) -> None:
    for values in itertools.product(*(FORMS[name] for name in names)):
        simple = SimpleQuery(**dict(zip(names, values, strict=True)))
        text = write_query(simple)
        read = read_simple(text)
        assert read is not None, text
        assert parse(write_query(read)) == parse(text), text
        assert write_query(read).casefold() == text.casefold()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", SimpleQuery()),
        ("eau pain", SimpleQuery(all_of=("eau", "pain"))),
        ("(eau OR water) -jus", SimpleQuery(any_of=("eau", "water"), none_of=("jus",))),
        ("-(jus OR fruit) orange", SimpleQuery(all_of=("orange",), none_of=("jus", "fruit"))),
        ("NOT author:x:1 eau", SimpleQuery(all_of=("eau",), none_of=("author:x:1",))),
        ("~eau lang:fr OR lang:en", None),
        ("eau (lang:fr OR lang:en)", SimpleQuery(all_of=("eau",), languages=("fr", "en"))),
        ("(a OR b) (c OR d)", None),
        ("(a b) OR c", None),
        ("-(a b)", None),
        ("likes:>=10", None),
        ("lang:fr lang:en", None),
        ("cluster:c1 cluster:c2", None),
        ("published:[2026-01-01 TO 2026-01-31]",
         SimpleQuery(since="2026-01-01", until="2026-02-01")),
    ],
)  # fmt: skip
def test_what_a_form_can_say_is_read_and_nothing_else(text: str, form: SimpleQuery | None) -> None:
    assert read_simple(text) == form
    if form is not None:
        assert read_simple(write_query(form)) == form


def test_what_people_type_between_commas_is_a_term_or_quoted() -> None:
    assert split_terms('eau, prix du pain ; "a, b"\n~carburant, climat*, #cop28, eau') == (
        "eau", '"prix du pain"', '"a, b"', "~carburant", "climat*", "#cop28",
    )  # fmt: skip
    hostile = 'OR, (a, b), -x, foo:bar, "open, a\\", <script>, $(x), \' OR 1=1 --, !!!'
    terms = split_terms(hostile)
    for simple in (
        SimpleQuery(all_of=terms), SimpleQuery(any_of=terms), SimpleQuery(none_of=terms)
    ):  # fmt: skip
        parse(write_query(simple))


def test_a_click_narrows_the_whole_query_and_not_its_last_part() -> None:
    assert narrowed("eau OR water", "lang:fr") == "(eau OR water) lang:fr"
    assert narrowed('"this OR that"', "lang:fr") == '"this OR that" lang:fr'
    assert narrowed("(a OR b) c", "lang:fr") == "(a OR b) c lang:fr"
    assert narrowed("eau lang:fr", "lang:fr") == "eau lang:fr"
    assert narrowed("lang:french", "lang:fr") == "lang:french lang:fr"
    assert narrowed("", "lang:fr") == "lang:fr"
    assert excluded("orange", "jus") == "orange -jus"
    assert excluded("jus OR orange", "author:x:1") == "(jus OR orange) -author:x:1"
    assert parse(excluded("~prix", "lang:fr")) == parse("~prix -lang:fr")


def test_a_word_is_asked_in_all_its_forms_where_it_stands_alone() -> None:
    assert with_forms("carburant", "carburant") == "~carburant"
    text = 'Carburant OR "prix carburant" (-carburant author:carburant carburant*)'
    changed = with_forms(text, "carburant")
    assert changed == '~Carburant OR "prix carburant" (-~carburant author:carburant carburant*)'
    assert with_forms("~carburant", "carburant") == "~carburant"
    parse(changed)
