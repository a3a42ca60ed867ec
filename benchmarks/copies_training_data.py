"""Texts to fit the pair model of copies on: sets of copies among sentences that are merely alike.

Made from an aligned set of sentence similarity (STS benchmark in several languages, files
``stsb_LANG_SPLIT.csv.gz``: two sentences and a score from 0 to 5, rows aligned over languages).
Sentence pairs that people scored 4.6 and more are rewordings, aligned rows are translations, pairs
of 1.5 to 3.4 are alike and not copies. The data is read where it lies and never enters the project.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

LANGS = ("en", "fr", "de", "es", "it", "ru")
REWORDED, ALIKE = 4.6, (1.5, 3.4)
MIN_LENGTH, MAX_LENGTH = 35, 260
"""Characters of a sentence."""
COPY_SETS = 80
MAX_TRANSLATIONS = 3
_PREFIXES = ("", "", "", "BREAKING: ", "Look: ", "Wow. ", "URGENT - ", "À lire : ")
_SUFFIXES = ("", "", " !!!", " #share", " pass it on", " 🔥")


@dataclass
class TrainingCorpus:
    """Texts with their language and the row that a set of copies is made from, -1 for others."""

    texts: list[str] = field(default_factory=list)
    langs: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)

    def add(self, text: str, lang: str, origin: int = -1) -> None:
        """Append a text."""
        self.texts.append(text)
        self.langs.append(lang)
        self.origins.append(origin)


def make_corpus(folder: Path, split: str, seed: int) -> TrainingCorpus:
    """A corpus of a split: sets of copies, and pairs of alike sentences that are not copies.

    A set has a sentence with a noisy copy and a rewording of it in one language, and translations.
    """
    rng = random.Random(seed)
    rows = {lang: _rows(folder / f"stsb_{lang}_{split}.csv.gz") for lang in LANGS}
    aligned = [
        row
        for row in range(min(map(len, rows.values())))
        if len({rows[lang][row][2] for lang in LANGS}) == 1
    ]
    rng.shuffle(aligned)
    used: set[str] = set()
    corpus = TrainingCorpus()
    sets = 0
    for row in aligned:
        a, b, score = rows["en"][row]
        if not all(MIN_LENGTH <= len(text) <= MAX_LENGTH for text in (a, b)):
            continue
        bare = {_bare(a), _bare(b)}
        if used & bare:
            continue
        lang, other = rng.choice(LANGS), rng.choice(LANGS)
        if score >= REWORDED and len(bare) == 2 and sets < COPY_SETS:
            first, second, _ = rows[lang][row]
            corpus.add(first, lang, row)
            corpus.add(add_noise(rng, first), lang, row)
            corpus.add(second, lang, row)
            for foreign in rng.sample([x for x in LANGS if x != lang], MAX_TRANSLATIONS):
                first, second, _ = rows[foreign][row]
                corpus.add(rng.choice((first, first, first, second)), foreign, row)
            sets += 1
        elif ALIKE[0] <= score <= ALIKE[1]:
            corpus.add(rows[lang][row][0], lang)
            other = rng.choice((lang, lang, other))
            corpus.add(rows[other][row][1], other)
        else:
            continue
        used |= bare
    return corpus


def add_noise(rng: random.Random, text: str) -> str:
    """A copy with a prefix, a suffix and one to three typos, or with a word left out."""
    if rng.random() < 0.4:
        words = text.split()
        if len(words) > 6:
            del words[rng.randrange(1, len(words) - 1)]
        return " ".join(words) + rng.choice(_SUFFIXES)
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
    return rng.choice(_PREFIXES) + "".join(letters) + rng.choice(_SUFFIXES)


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
