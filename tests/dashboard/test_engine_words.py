"""Sentences from the rooms below are known in French, so that a new one is noticed here."""

from __future__ import annotations

import polars as pl
import pytest

from dashboard.engine_words import known, translated
from dashboard.i18n import Words, catalogue
from graph.assemble import CAVEATS
from graph.explanations import READINGS, Case
from graph.signals import SIGNALS
from index.query import QueryError, parse

BAD = (
    "(a", "a)", '"a', "a AND", "NOT", "nope:x", "autor:x", "author:", "after:yesterdayish", "likes:>=many", "*", "a b*c*", "()", "-", "((((" * 20,
    " ".join(f"(w{n})" for n in range(2_000)), "x" * 20_001, "lang:fr OR OR",
)  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_the_parsers_complaints_are_known(query: str) -> None:
    try:
        parse(query)
    except QueryError as error:
        sentence = str(error).partition(": ")[2]
        assert known(sentence), sentence
        assert translated(sentence, Words("fr")) != sentence
        assert translated(sentence, Words("en")) == sentence


def _case(minute: bool) -> Case:
    events = pl.DataFrame(
        {"signal": ["link", "copy"], "object": ["https://a.example", "c1"], "accounts": [[0, 1], [0, 1]], "posts": [[0, 1], [0, 1]], "outsiders": [20, 0], "target": [None, None]},
        schema_overrides={"target": pl.String},
    )  # fmt: skip
    posts = pl.DataFrame(
        {
            "post": [0, 1], "account": [0, 1], "published_at": [60_000, 61_000], "text": ["AFP - storm", "AFP - storm"], "urls": [["https://a.example"], ["https://b.example"]],
            "hashtags": [["x"], ["x"]], "verified": [True, None], "author_description": ["official", None],
        }
    )  # fmt: skip
    return Case(2, events, 1, posts, 60_000 if minute else 1)


@pytest.mark.parametrize("minute", [False, True])
def test_innocent_readings_are_known(minute: bool) -> None:
    for reading in READINGS:
        made = reading(_case(minute))
        assert known(made.because), made.because
        assert f"explanation.{made.kind}" in catalogue("fr")
        assert f"refuted.{made.kind}" in catalogue("fr")


def test_caveats_and_signals_are_known() -> None:
    assert all(known(sentence) for sentence in CAVEATS)
    assert {f"signal.{name}" for name in SIGNALS} <= set(catalogue("fr"))
    assert {f"object.{name}.one" for name in SIGNALS} <= set(catalogue("fr"))


def test_the_query_errors_in_french_name_the_field() -> None:
    assert "vouliez-vous dire author" in translated("there is no field 'autor'; did you mean author:?", Words("fr"))
