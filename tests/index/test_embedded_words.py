"""What the full-text table holds is what `tocsin.core.text.tokens` says, and documents survive
their encoding."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import codec
from index.embedded import EmbeddedIndex
from index.embedded.columnar.arrays import NUMBERS, read_rows
from index.embedded.rows import searchable
from tocsin.core.documents import Document, Kind, Link, LinkKind, Precision, Raw
from tocsin.core.text import tokens

TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.sampled_from(list("ab1_#@ .-'\"\n\x00éÉœ’日🔥#@ ́ß")), max_size=40),
    st.lists(
        st.sampled_from(
            [
                "#tag",
                "##tag",
                "a#b",
                "me@site.org",
                "@me",
                "@",
                "#",
                "#.",
                "don't",
                "Œuvre",
                "日本",
                "🔥🔥",
            ]
        ),
        max_size=8,
    ).map(" ".join),
)


@pytest.fixture(scope="module")
def words() -> sqlite3.Connection:
    """A full-text table like the index's, with its vocabulary."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5(tok, content='', tokenize=\"ascii tokenchars "
        "'#@_'\")"
    )
    connection.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'instance')")
    return connection


@given(title=st.one_of(st.none(), TEXTS), text=TEXTS)
@settings(max_examples=600, deadline=None)
def test_the_engine_holds_just_the_words_of_tokens_in_order(
    words: sqlite3.Connection, title: str | None, text: str
) -> None:
    text = text.encode("utf-8", "replace").decode()
    given_ = searchable(title.encode("utf-8", "replace").decode() if title else title, text)
    words.execute("INSERT INTO words (words) VALUES ('delete-all')")
    words.execute("INSERT INTO words (rowid, tok) VALUES (1, ?)", (given_,))
    held = [
        term for _, term in sorted(words.execute("SELECT offset, term FROM vocabulary").fetchall())
    ]
    assert held == tokens(f"{title}\n{text}" if title else text)
    for word in held:
        assert words.execute(
            "SELECT count(*) FROM words WHERE words MATCH ?", (f'"{word}"',)
        ).fetchone() == (1,)


LINKS = st.lists(
    st.builds(Link, st.sampled_from(LinkKind), st.text(min_size=1, max_size=12)), max_size=8
).map(tuple)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**60), 2**60),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=10),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
TIMES = st.one_of(
    st.none(), st.integers(631152000000, 1893456000000).map(lambda ms: codec.moment(ms))
)
PLAIN = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)
DOCUMENTS = st.builds(
    Document,
    id=st.just("x:1"),
    platform=PLAIN,
    kind=st.sampled_from(Kind),
    source=st.one_of(st.none(), PLAIN),
    title=st.one_of(st.none(), PLAIN),
    text=PLAIN,
    lang=PLAIN,
    published_at=TIMES,
    published_precision=st.sampled_from(Precision),
    collected_at=TIMES,
    url=st.one_of(st.none(), PLAIN),
    links=LINKS.map(
        lambda links: tuple(Link(k, t.encode("utf-8", "replace").decode()) for k, t in links)
    ),
    media=st.lists(st.dictionaries(PLAIN, PLAIN, max_size=2), max_size=2).map(tuple),
    metrics=st.dictionaries(
        st.sampled_from([*NUMBERS, "score", "observed_at"]),
        st.one_of(st.integers(-(2**70), 2**70), PLAIN),
        max_size=4,
    ),
    content_hash=PLAIN,
    revision=st.integers(0, 9),
    raw=st.one_of(st.none(), st.builds(Raw, path=PLAIN, sha256=PLAIN)),
    extra=st.dictionaries(PLAIN, JSON, max_size=3).map(
        lambda d: json.loads(json.dumps(d).encode().decode("utf-8", "replace").replace("\\ud", "?"))
    ),
)


@given(DOCUMENTS)
@settings(max_examples=400, deadline=None)
def test_a_document_survives_its_encoding(document: Document) -> None:
    body = codec.encode(document)
    assert codec.document_problem(document) == ""
    assert (
        codec.decode(document.id, codec.milliseconds(document.published_at), body, None) == document
    )
    columns = read_rows([document.id], [body]).to_pylist()[0]
    assert (columns["text"], columns["title"], columns["source"], columns["lang"]) == (
        document.text,
        document.title,
        document.source,
        document.lang,
    )
    assert columns["hashtags"] == list(document.targets(LinkKind.HASHTAG))
    assert columns["repost_of"] == document.target(LinkKind.REPOST)
    likes = document.metrics.get("likes")
    assert columns["likes"] == (
        likes if isinstance(likes, int) and -(2**63) <= likes < 2**63 else None
    )


def test_what_json_cannot_hold_is_replaced_and_costs_nothing_else() -> None:
    odd = Document(
        id="x:1",
        platform="x",
        text="a\ud800b",
        extra={"when": datetime(2024, 1, 1, tzinfo=UTC), "nan": float("inf"), "set": {1}, 3: "k"},
    )
    back = codec.decode("x:1", None, codec.encode(odd), None)
    assert back.text == "a?b"
    assert back.extra == {"when": "2024-01-01 00:00:00+00:00", "nan": None, "set": [1], "3": "k"}


def test_the_newest_profile_wins_and_gaps_are_filled(
    index: EmbeddedIndex, made: Callable[..., Any]
) -> None:
    def seen(n: int, day: int, **profile: Any) -> Any:
        author = dataclasses.replace(
            made(1).author, handle=None, name=None, followers=None, **profile
        )
        return made(n, author=author, collected_at=datetime(2024, 1, day, tzinfo=UTC))

    index.put([seen(1, 5, description="fifth"), seen(2, 3, description="third", posts=3)])
    assert index.get(["x:1"])[0].author == dataclasses.replace(
        made(1).author, handle=None, name=None, followers=None, description="fifth", posts=3
    )  # type: ignore[union-attr]
    index.put([seen(3, 9, description="ninth")])
    index.put([seen(4, 7, description="seventh")])
    found = index.get(["x:2"])[0]
    assert found is not None
    assert found.author is not None
    assert (found.author.description, found.author.posts) == ("ninth", 3)
    assert {
        row["author_description"]
        for b in index.scan(["author_description"])
        for row in b.to_pylist()
    } == {"ninth"}
    index.put([seen(5, 10, description="tenth")])
    assert {
        row["author_description"]
        for b in index.scan(["author_description"])
        for row in b.to_pylist()
    } == {"tenth"}


def test_an_odd_row_costs_no_other_its_columns() -> None:
    rows = [
        b'{"text":"good","likes":3,"hashtags":["a"]}',
        b'{"text":"odd","likes":"many","hashtags":[1,"b"],"lang":5}',
        b'{"text":"good too"}',
    ]
    read = (
        read_rows(["1", "2", "3"], rows)
        .select(["id", "text", "likes", "hashtags", "lang"])
        .to_pylist()
    )
    assert read == [
        {"id": "1", "text": "good", "likes": 3, "hashtags": ["a"], "lang": None},
        {"id": "2", "text": "odd", "likes": None, "hashtags": ["b"], "lang": None},
        {"id": "3", "text": "good too", "likes": None, "hashtags": [], "lang": None},
    ]


def test_what_is_nested_too_deep_is_rejected_alone(
    index: EmbeddedIndex, made: Callable[..., Any]
) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    verdicts = index.put([made(1, extra={"deep": deep}), made(2)])
    assert [v.outcome for v in verdicts] == ["rejected", "created"]
    assert index.count() == 1
