"""What models read of a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from nlp.text.cleaning import (
    LEAD_CHARACTERS,
    MAX_CHARACTERS,
    body,
    embedding_text,
    for_embedding,
    for_entities,
    for_language,
)
from nlp.text.terms import extract_terms
from tocsin.core.documents import Document, Kind


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (None, "RT @bob: RT @eve_1: Hello there https://t.co/abc #News", "Hello there #News"),
        ("Storm hits coast", "Storm hits coast and harbour", "Storm hits coast and harbour"),
        ("Storm hits coast", "Two boats sank.", "Storm hits coast. Two boats sank."),
        ("Only a title", "", "Only a title"),
        (None, "   \n\t ", ""),
        (None, "see www.example.org/x?y=1 now", "see now"),
        (
            "Q&amp;A",
            "Bread &lt; 2 &euro;&nbsp;&#8212; it&#x27;s said",
            "Q&A. Bread < 2 € — it's said",
        ),
        (
            None,
            "R&D at AT&T: &notanentity; &amp;amp; once",
            "R&D at AT&T: &notanentity; &amp; once",
        ),
        (None, "&#0;&#55296;x&#99999999;", "\ufffd\ufffdx&#99999999;"),
    ],
)
def test_body(title: str | None, text: str, expected: str) -> None:
    assert body(title, text) == expected


def test_a_megabyte_is_cut(document: Callable[..., Document]) -> None:
    assert len(body(None, "word " * 250_000)) <= MAX_CHARACTERS
    assert len(for_entities(document(1, "x" * 1_000_000))) <= MAX_CHARACTERS


def test_what_is_embedded() -> None:
    assert (
        embedding_text(None, "RT @x: #Paris is calling @ana https://t.co/z")
        == "Paris is calling ana"
    )
    assert embedding_text(None, "https://t.co/z !!! 123") == ""
    assert embedding_text(None, "🔥🔥") == "🔥🔥"


def test_of_an_article_title_and_lead_are_embedded(document: Callable[..., Document]) -> None:
    long = "A dam broke above the valley. " * 60
    post = document(1, long)
    article = dataclasses.replace(post, kind=Kind.ARTICLE, title="Flood")
    assert len(for_embedding(post)) > 900
    assert for_embedding(article).startswith("Flood. A dam broke")
    assert len(for_embedding(article)) <= LEAD_CHARACTERS


def test_what_the_language_is_told_from(document: Callable[..., Document]) -> None:
    assert (
        for_language(document(1, "@ana C'est l'été à #Nice ☀️ 2024 https://t.co/z"))
        == "C'est l'été à Nice"
    )


def test_terms_are_folded_words_and_pairs() -> None:
    found = extract_terms(
        None,
        "L'élection présidentielle à Paris, the Élection's results! "
        "#Macron2022 @someone I'm don't 2024",
    )
    assert found["election"] == "élection"
    assert found["election presidentielle"] == "élection présidentielle"
    assert "macron2022" in found
    assert "paris election" not in found, "a comma parts words"
    assert not {"i'm", "don't", "2024", "someone", "the", "l'election"} & set(found)
