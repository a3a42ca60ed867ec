"""The lexical channel: texts that share most of their wording, whatever the alphabet, typos, additions and order.

Candidates share a rare passage (`nlp.copies.fingerprints`); an edit ratio without spaces sifts them; the alignment of
their letters, their words and their figures decide. An embedding is not asked: it loses copies with
look-alike letters and many with typos.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from nlp.copies.alignment import Alignment, align
from nlp.copies.figures import contradict
from nlp.copies.fingerprints import Ints, shared_passages
from nlp.copies.links import LinkKind, TextLink, Texts
from nlp.copies.negation import reverses
from nlp.copies.words import Agreement, agreement

SIFT = 45.0
"""Edit ratio (Indel, percent) below which a pair is not looked at."""
SORTED, INSIDE = 66.0, 85.0
"""Edit ratio of the words in alphabetical order, and of the words that both have to all of one, below which they are not compared."""
STEP = 500_000

EDITED, EDITED_REPLACED = 0.84, 0.07
"""A copy with edits: least edit ratio, and greatest share of letters in place of others."""
EXTENDED, EXTENDED_GAPS = 0.78, 2
"""A copy with passages added or left out and nothing replaced: least edit ratio, and most such passages."""
COMMENTED, COMMENTED_WORDS, COMMENTED_ORDER, COMMENTED_LETTERS = 0.6, 0.97, 0.9, 60
"""A copy with a comment: least edit ratio, share of the shorter text's words found in the longer, and of its letters found in
their order, letters of the shorter."""
SHUFFLED, SHUFFLED_WORDS, SHUFFLED_LETTERS = 0.7, 0.75, 40
"""The same words in another order: least share of words in both, in the poorer text, and letters of the shorter."""
WORDS_ALONE = 0.75
"""Score from which the same words in another order are a rewording where no vector is asked."""


def lexical_links(texts: Texts, weight: Mapping[str, float]) -> Iterator[TextLink]:
    """Copies, and rewordings that kept most of the words, in order of their texts."""
    first, second, _ = shared_passages(texts.graphemes)
    for start in range(0, len(first), STEP):
        a, b = first[start : start + STEP], second[start : start + STEP]
        left, right = [texts.graphemes[i] for i in a], [texts.graphemes[i] for i in b]
        ratio = cpdist(left, right, scorer=fuzz.ratio, dtype=np.float32, workers=-1)
        for at in np.flatnonzero(_worth_reading(texts, a, b, ratio)):
            i, j = int(a[at]), int(b[at])
            found = compare(texts.skeletons[i], texts.skeletons[j], weight, float(ratio[at]) / 100)
            if found is not None:
                yield TextLink(i, j, *found)


def _worth_reading(texts: Texts, a: Ints, b: Ints, ratio: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pairs that `compare` may accept, by measures that are quick to take of many."""
    worth = ratio >= 100 * EXTENDED
    unsure = np.flatnonzero((ratio >= SIFT) & ~worth)
    left, right = [texts.skeletons[i] for i in a[unsure]], [texts.skeletons[i] for i in b[unsure]]
    same_words = cpdist(left, right, scorer=fuzz.token_sort_ratio, dtype=np.float32, workers=-1) >= SORTED
    inside = cpdist(left, right, scorer=fuzz.token_set_ratio, dtype=np.float32, workers=-1) >= INSIDE
    worth[unsure] = same_words | (inside & (ratio[unsure] >= 100 * COMMENTED))
    return worth


def compare(a: str, b: str, weight: Mapping[str, float], ratio: float | None = None) -> tuple[LinkKind, float] | None:
    """What two skeletons are to each other by their wording alone: kind and score (0 to 1), or None.

    ``ratio`` is the edit ratio (Indel, 0 to 1) of their letters, where it is known already.
    """
    x, y = a.replace(" ", ""), b.replace(" ", "")
    if ratio is None:
        ratio = fuzz.ratio(x, y) / 100
    shorter = min(len(x), len(y))
    slips = 0
    if ratio >= EXTENDED:
        lined = align(x, y)
        slips = lined.slips
        if near(lined, ratio, shorter):
            return None if contradict(a, b, slips=slips) or reverses(a, b) else ("copy", round(ratio, 4))
    words = agreement(a, b, weight, least=SHUFFLED if ratio < COMMENTED else 0.0)
    inside = ratio * (len(x) + len(y)) / 2 >= COMMENTED_ORDER * shorter
    commented = inside and ratio >= COMMENTED and words.contained >= COMMENTED_WORDS and shorter >= COMMENTED_LETTERS
    if (not commented and not shuffled(words, shorter)) or contradict(a, b, slips=slips):
        return None
    return ("copy", round(ratio, 4)) if commented else ("reworded", round(min(words.dice, words.contained), 4))


def near(lined: Alignment, ratio: float, shorter: int) -> bool:
    """Whether an alignment is that of a copy: slips and additions, hardly anything replaced."""
    if ratio >= EDITED:
        return lined.replaced <= EDITED_REPLACED * shorter
    return ratio >= EXTENDED and lined.mixed == 0 and lined.gaps <= EXTENDED_GAPS


def shuffled(words: Agreement, shorter: int) -> bool:
    """Whether two texts say mostly the same words, in whatever order."""
    return words.dice >= SHUFFLED and words.contained >= SHUFFLED_WORDS and shorter >= SHUFFLED_LETTERS
