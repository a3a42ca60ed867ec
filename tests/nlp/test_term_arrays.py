"""The words of many texts at once are those of one text after the other, in any script."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np

from nlp.signals.features import extract_features
from nlp.text.cleaning import body, without_links
from nlp.text.corpus import read_corpus
from nlp.text.term_arrays import TokenVocabulary
from nlp.text.terms import _ASCII_TOKEN, _TOKEN, tokenise
from tocsin.core.documents import Link, LinkKind

PIECES = [
    *"ab c d'’-_@#..,\n\t  éÉœ中文字か🙂अि\u0301\u200dٱ12ǅ",
    "RT @x: ",
    "https://t.co/x ",
    "www.A.b ",
    "don't ",
    "l'été ",
    "t.co/a",
    "HTTP://b",
]


def texts(seed: int, number: int) -> list[str]:
    chance = random.Random(seed)
    return [
        "".join(chance.choices(PIECES, k=chance.choice([0, 1, 5, 30, 200]))) for _ in range(number)
    ]


def together(bodies: list[str]) -> list[list[tuple[str, str] | None]]:
    """What `TokenVocabulary` finds, as `tokenise` gives it: None where two words are separated."""
    tokens = TokenVocabulary()
    found = tokens.tokenise(bodies)
    made: list[list[tuple[str, str] | None]] = [[] for _ in bodies]
    for text, token, adjacent in zip(
        found.text.tolist(), found.token.tolist(), found.adjacent.tolist(), strict=True
    ):
        if not adjacent and made[text]:
            made[text].append(None)
        known = token >= 0 and tokens.word_of_token[token] >= 0
        made[text].append(
            (tokens.words[tokens.word_of_token[token]], tokens.forms[token]) if known else None
        )
    return made


def parts(found: list[tuple[str, str] | None]) -> list[tuple[str, str] | None]:
    """Without a None at the head, and one where several stand."""
    return [
        word
        for at, word in enumerate(found)
        if word is not None or (at and found[at - 1] is not None)
    ]


def test_words_of_many_texts_are_those_of_each() -> None:
    bodies = [body(None, text) for text in texts(1, 3_000)]
    for mine, text in zip(together(bodies), bodies, strict=True):
        assert parts(mine) == parts(tokenise(None, text)), text


def test_a_long_text_ends_at_the_same_word() -> None:
    bodies = [
        " ".join(
            f"word{chr(97 + n % 26)}{chr(97 + n // 26)}{',' if n % 3 else ''}" for n in range(700)
        ),
        "after it",
        "",
    ]
    mine = together(bodies)
    assert [parts(found) for found in mine] == [parts(tokenise(None, text)) for text in bodies]
    assert len(parts(mine[0])) < 700


def test_one_name_has_one_key_however_it_is_made() -> None:
    tokens = TokenVocabulary()
    tokens.tokenise(["a中b a 中b"])
    assert "a 中 b" in tokens.words
    spaced = tokens.words.index("a 中 b")
    assert tokens.keys()[spaced] == tokens.key("a 中 b") == tokens.key(" ".join(["a", "中 b"]))
    assert tokens.spaced()[spaced]


def test_links_of_ascii_texts_are_those_of_all_texts() -> None:
    for text in texts(2, 3_000):
        plain = re.sub(r"[^\x00-\x7f]", "x", text)
        assert without_links(plain + " é")[:-2] == without_links(plain), plain


def test_words_of_ascii_texts_are_those_of_all_texts() -> None:
    for text in texts(11, 2_000):
        plain = text.encode("ascii", "ignore").decode()
        assert _ASCII_TOKEN.split(plain) == _TOKEN.split(plain), plain


def test_extract_gives_what_each_document_gives(
    document: Any, index: Any, features_of_document: Any
) -> None:
    chance = random.Random(4)
    links = [Link(LinkKind.HASHTAG, tag) for tag in ("élection", "election", "Été", "-")]
    links += [
        Link(LinkKind.URL, url)
        for url in (
            "https://www.example.org/a?x=1",
            "https://t.co/1",
            "http://Sub.example.org:80/b",
        )
    ]
    made = [
        document(n, text, links=tuple(chance.sample(links, chance.randrange(4))))
        for n, text in enumerate(texts(3, 900))
    ]
    made[5] = document(5, "no author here", author=None)
    index.put(made)
    corpus = read_corpus(index)
    features = extract_features(corpus)
    names: dict[str, int] = {}
    shown: list[str] = []
    pairs = set()
    columns = zip(
        *(corpus.column(name) for name in ("title", "text", "hashtags", "urls")), strict=True
    )
    for row, (title, text, tags, urls) in enumerate(columns):
        if corpus.authors[row] < 0:
            continue
        for name, form in features_of_document(title, text or "", tags or (), urls or ()).items():
            code = names.setdefault(name, len(names))
            shown += [form] if code == len(shown) else []
            pairs.add((row, code))
    assert list(features.names) == list(names)
    assert list(features.forms) == shown
    assert list(zip(features.rows.tolist(), features.codes.tolist(), strict=True)) == sorted(pairs)
    assert np.array_equal(np.unique(features.codes), np.arange(len(names)))
