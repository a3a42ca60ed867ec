"""Worlds to fit and to judge the semantic channel on: families of copies among sentences that are merely alike.

Made from an aligned sentence-similarity set (STS benchmark in several languages, files ``stsb_LANG_SPLIT.csv.gz``: two
sentences and a score from 0 to 5, rows aligned over languages). Sentence pairs that people scored 4.6 and
more are rewordings, aligned rows are translations, pairs of 1.5 to 3.4 are alike and no copies. The data is read where it lies and never enters the project.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from dataclasses import dataclass
from pathlib import Path

LANGS = ("en", "fr", "de", "es", "it", "ru")
REWORDED, ALIKE = 4.6, (1.5, 3.4)
SHORTEST, LONGEST = 35, 260
_PREFIXES = ("", "", "", "BREAKING: ", "Look: ", "Wow. ", "URGENT - ", "À lire : ")
_TAILS = ("", "", " !!!", " #share", " pass it on", " 🔥")


@dataclass
class World:
    """Texts with their language and the family they belong to (-1: none)."""

    texts: list[str]
    langs: list[str]
    families: list[int]


def make_world(
    folder: Path, split: str, seed: int, *, languages: tuple[str, ...] = LANGS, families: int = 80
) -> World:
    """A world of a split: families of one language each with copies, a rewording and translations, and alike sentences."""
    rng = random.Random(seed)  # noqa: S311
    rows = {lang: _rows(folder / f"stsb_{lang}_{split}.csv.gz") for lang in languages}
    english = rows["en"]
    order = [
        i
        for i in range(min(map(len, rows.values())))
        if len({rows[lang][i][2] for lang in languages}) == 1
    ]
    rng.shuffle(order)
    used: set[str] = set()
    world = World([], [], [])

    def add(text: str, lang: str, family: int) -> None:
        world.texts.append(text)
        world.langs.append(lang)
        world.families.append(family)

    made = 0
    for i in order:
        a, b, score = english[i]
        if not (SHORTEST <= len(a) <= LONGEST and SHORTEST <= len(b) <= LONGEST) or used & {
            _bare(a),
            _bare(b),
        }:
            continue
        lang, other = rng.choice(languages), rng.choice(languages)
        if score >= REWORDED and _bare(a) != _bare(b) and made < families:
            add(rows[lang][i][0], lang, i)
            add(noisy(rng, rows[lang][i][0]), lang, i)
            add(rows[lang][i][1], lang, i)
            for foreign in rng.sample(
                [x for x in languages if x != lang], min(3, len(languages) - 1)
            ):
                first, second, _ = rows[foreign][i]
                add(rng.choice((first, first, first, second)), foreign, i)
            made += 1
        elif ALIKE[0] <= score <= ALIKE[1]:
            add(rows[lang][i][0], lang, -1)
            other = rng.choice((lang, lang, other))
            add(rows[other][i][1], other, -1)
        else:
            continue
        used |= {_bare(a), _bare(b)}
    return world


def noisy(rng: random.Random, text: str) -> str:
    """A copy with a prefix, a tail and one to three typos, or with a word left out."""
    if rng.random() < 0.4:
        words = text.split()
        if len(words) > 6:
            del words[rng.randrange(1, len(words) - 1)]
        return " ".join(words) + rng.choice(_TAILS)
    letters = list(text)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(1, len(letters) - 1)
        roll = rng.random()
        if roll < 0.35:
            letters[at], letters[at - 1] = letters[at - 1], letters[at]
        elif roll < 0.7:
            letters.insert(at, rng.choice("aeiourstn"))
        else:
            del letters[at]
    return rng.choice(_PREFIXES) + "".join(letters) + rng.choice(_TAILS)


def _rows(path: Path) -> list[tuple[str, str, float]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(row[0], row[1], _score(row)) for row in csv.reader(lines)]


def _score(row: list[str]) -> float:
    try:
        return float(row[2])
    except (ValueError, IndexError):
        return -1.0


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())
