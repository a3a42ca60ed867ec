"""Bodies of many texts at once are those of each."""

from __future__ import annotations

import random

import pyarrow as pa

from nlp.text.bodies import bodies
from nlp.text.cleaning import body

PARTS = (
    *("RT @", "rt  @", "MT @a_b:", "@naïve", ": ", ":", "@u", "b:", "a", "é", "e\u0301", "²", "_"),
    *(" ", "\n", "\t", "\x0b", "\x85", "\xa0", "\u2028", "\u200d", "\ufeff", "\x7f", "\x01"),
    *("https://x.y/z", "HTTPS://É", "http\u017f://x", "www.", "WWW.a", " t.co/a", "ét.co/a"),
    *("e\u0301t.co/b", "bıt.ly/q", "pic.twitter.com/é", "bit.ly/", "&amp;", "&", "İ", "#t", "😀"),
)


def test_bodies_of_many_texts_are_those_of_each() -> None:
    """Whatever scripts, signs and white space stand in them, and however long they are."""
    draw = random.Random(5)

    def made(longest: int) -> str | None:
        parts = (draw.choice(PARTS) for _ in range(draw.randint(0, longest)))
        return None if draw.random() < 0.1 else "".join(parts)

    texts = [*(made(9) for _ in range(6_000)), "a " * 2_050 + "https://b/" + "c" * 50, "é" * 4_001]
    titles = [made(3) if draw.random() < 0.2 else None for _ in texts]
    found = bodies(pa.array(titles, pa.string()), pa.array(texts, pa.large_string()))
    expected = [body(title, text or "") for title, text in zip(titles, texts, strict=True)]
    assert found == expected


def test_no_texts() -> None:
    """Nothing gives nothing."""
    assert bodies(pa.array([], pa.string()), pa.array([], pa.large_string())) == []
