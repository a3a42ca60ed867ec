"""The query language: what it reads, what it refuses and where."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.connect import open_index
from index.fields import DeclaredField
from index.query import (
    MAX_DEPTH,
    MAX_LENGTH,
    And,
    Everything,
    Exists,
    FieldPrefix,
    Not,
    Or,
    Phrase,
    Prefix,
    QueryError,
    Range,
    Term,
    Word,
    parse,
)
from tocsin.core.language.words import ENGLISH, Words
from tocsin.core.workspace import Workspace

FRENCH = Words("fr")
a, b, c = Word("a"), Word("b"), Word("c")


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc]


GOOD: list[tuple[str, Any]] = [
    ("", Everything()),
    ("   \n", Everything()),
    ("a", a),
    ("A", a),
    ("Été", Word("ete")),
    ("Œuvre", Word("oeuvre")),
    ("a b", And((a, b))),
    ("a AND b", And((a, b))),
    ("a and b", And((a, Word("and"), b))),
    ("a OR b", Or((a, b))),
    ("a b OR c", Or((And((a, b)), c))),
    ("a OR b c", Or((a, And((b, c))))),
    ("a (b OR c)", And((a, Or((b, c))))),
    ("(a)", a),
    ("((a b))", And((a, b))),
    ("NOT a", Not(a)),
    ("-a", Not(a)),
    ("+a", a),
    ("a -b", And((a, Not(b)))),
    ("a AND NOT b", And((a, Not(b)))),
    ("a OR -b", Or((a, Not(b)))),
    ("-(a b)", Not(And((a, b)))),
    ("NOT NOT a", a),
    ("--a", a),
    ("a - b", And((a, b))),
    ("a && b", And((a, b))),
    ("a-b", Phrase(("a", "b"))),
    ("don't", Phrase(("don", "t"))),
    ('"a b"', Phrase(("a", "b"))),
    ('"a"', a),
    ('"A, b!"', Phrase(("a", "b"))),
    ('"a \\"b\\""', Phrase(("a", "b"))),
    ('a"b"', And((a, b))),
    ("a(b)", And((a, b))),
    ("日本", Phrase(("日", "本"))),
    ("🔥", Word("🔥")),
    ("#Tag @Who", And((Word("#tag"), Word("@who")))),
    ("cli*", Prefix("cli")),
    ("#Cli*", Prefix("#cli")),
    ("ORDER ANDES NOTE", And((Word("order"), Word("andes"), Word("note")))),
    ("author:x:12", Term("author", "x:12")),
    ("author:*", Exists("author")),
    ("AUTHOR:x", Term("author", "x")),
    ("handle:@Ana", Term("handle", "ana")),
    ("hashtag:#COP28", Term("hashtag", "cop28")),
    ("hashtag:C*", FieldPrefix("hashtag", "c")),
    ('source:"a b"', Term("source", "a b")),
    ('source:"a*"', Term("source", "a*")),
    ("domain:www.Site.example", Term("domain", "site.example")),
    ("url:http://www.a.example/x/?utm_source=y", Term("url", "https://a.example/x")),
    ("http://www.a.example/x/?utm_source=y", Term("url", "https://a.example/x")),
    ("platform:X kind:POST", And((Term("platform", "x"), Term("kind", "post")))),
    ("-lang:fr", Not(Term("lang", "fr"))),
    ("exists:narrative", Exists("narrative")),
    ("likes:5", Range("likes", 5, 6)),
    ("likes:>5", Range("likes", 6, None)),
    ("likes:>=5", Range("likes", 5, None)),
    ("likes:<5", Range("likes", None, 5)),
    ("likes:<=5", Range("likes", None, 6)),
    ("likes:[1 TO 5]", Range("likes", 1, 6)),
    ("likes:{1 TO 5}", Range("likes", 2, 5)),
    ("likes:[1 TO *]", Range("likes", 1, None)),
    ("likes:[* TO 5}", Range("likes", None, 5)),
    ("after:2024-01-31", Range("published", ms(2024, 1, 31), None)),
    ("before:2024-01-31T12:00:00Z", Range("published", None, ms(2024, 1, 31, 12))),
    ('before:"2024-01-31T12:00:00+01:00"', Range("published", None, ms(2024, 1, 31, 11))),
    ("published:2024-01-31", Range("published", ms(2024, 1, 31), ms(2024, 2, 1))),
    ("published:[2024-01-01 TO 2024-01-31]", Range("published", ms(2024, 1, 1), ms(2024, 2, 1))),
    (
        "published:{2024-01-01 TO 2024-01-31}",
        Range("published", ms(2024, 1, 1) + 1, ms(2024, 1, 31)),
    ),
    ("12:30", Phrase(("12", "30"))),
    ("50%", Word("50")),
    ("a !!! b", And((a, b))),
]

BAD: list[tuple[str, int, str]] = [
    ("(a", 1, "never closed"),
    ("a)", 2, "no opening"),
    ("a (b (c)", 3, "never closed"),
    ("()", 2, "missing"),
    ('a "b', 3, "quotation"),
    ("a AND", 6, "missing"),
    ("AND a", 1, "missing"),
    ("a OR", 5, "missing"),
    ("OR", 1, "missing"),
    ("NOT", 4, "missing"),
    ("a AND OR b", 7, "missing"),
    ("a autor:x", 3, "did you mean author:"),
    ("Breaking: news", 1, "no field 'breaking'"),
    ("lang:", 1, "no value"),
    ('lang:""', 1, "no value"),
    ("lang: fr", 1, "no value"),
    ("exists:colour", 8, "no field 'colour'"),
    ("after:yesterday", 7, "not a time"),
    ("published:[a TO b]", 11, "not a time"),
    ("likes:many", 7, "whole number"),
    ("likes:-1", 7, "whole number"),
    ("likes:99999999999999999999", 7, "whole number"),
    ("*", 1, "prefix"),
    ("a-b*", 1, "prefix"),
    ("!!!", 1, "no word"),
    ("(!!!)", 1, "no word"),
]


@pytest.mark.parametrize(("text", "tree"), GOOD)
def test_what_it_reads(text: str, tree: Any) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(("text", "column", "words"), BAD)
def test_what_it_refuses_and_at_which_column(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        parse(text)
    assert caught.value.column == column
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("text", "column", "words"), BAD)
def test_a_refusal_is_a_message_in_both_languages(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert str(error) == f"query, column {column}: {ENGLISH.say(error.message)}"
    assert FRENCH.say(error.message) != ENGLISH.say(error.message)


def test_the_index_of_known_fields_ends_with_the_declared_ones() -> None:
    declared = {"zeal": DeclaredField("asks", "number")}
    with pytest.raises(QueryError, match="views, followers, deleted_at, zeal; quote it"):
        parse("xyzzy:1", declared)
    assert parse("exists:zeal", declared) == Exists("zeal")
    assert parse("zeal:[-1 TO 1e3}", declared) == Range("zeal", -1.0, 1_000.0)


def test_a_tree_comes_back_as_it_is() -> None:
    assert parse(And((a, b))) == And((a, b))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100 + "a" + ")" * 100,
        "a " * 5_000,
        "a" * (MAX_LENGTH + 1),
        "(" * 5_000,
        "-" * 15_000 + "a b",
        '"' * 9_999,
        "NOT " * 4_000,
        "likes:[" * 2_000,
    ],
)
def test_size_and_depth_are_bounded(text: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(QueryError):
        parse(text)
    assert time.monotonic() - started < 5


def test_depth_up_to_the_bound_is_read() -> None:
    depth = MAX_DEPTH - 1
    assert parse("(" * depth + "a" + ")" * depth) == a
    with pytest.raises(QueryError, match="deeper"):
        parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "(",
        ")",
        '"',
        " ",
        "AND",
        "OR",
        "NOT",
        "-",
        "+",
        "*",
        ":",
        "lang:",
        "likes:",
        "after:",
        "[",
        "]",
        "{",
        "TO",
        ">",
        "2024-01-01",
        "\\",
        "é",
        "日",
        "\x00",
        "x:y",
    ]
)


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(PIECES, max_size=25).map("".join),
        st.lists(PIECES, max_size=25).map(" ".join),
    )
)
@settings(max_examples=800, deadline=None)
def test_anything_is_read_or_refused_in_a_sentence(text: str) -> None:
    refusal = None
    try:
        hash(parse(text))
    except QueryError as error:
        refusal = error
    assert refusal is None or (
        1 <= refusal.column <= len(text) + 1 and str(refusal).startswith("query, column ")
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An empty index to ask."""
    opened = open_index(Workspace(tmp_path_factory.mktemp("empty")))
    yield opened
    opened.close()


@given(text=st.lists(PIECES, max_size=15).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_what_is_read_can_be_asked(text: str, empty: Any) -> None:
    with contextlib.suppress(QueryError):
        assert empty.count(parse(text)) == 0


@pytest.mark.parametrize(
    ("asked", "field"), [("auteur:jean", "author"), ("langue:fr", "lang"), ("depuis:2024", "after")]
)
def test_a_field_by_its_french_name_is_offered(asked: str, field: str) -> None:
    with pytest.raises(QueryError, match=f"did you mean {field}:"):
        parse(asked)
