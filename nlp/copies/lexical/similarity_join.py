"""The lexical channel: texts that share most of their wording, whatever the alphabet, typos, additions and order.

Candidates share a rare passage (`nlp.copies.lexical.fingerprints`); an edit ratio without spaces sifts them; the alignment of
their letters, their words and their figures decide. An embedding is not asked: it loses copies with
look-alike letters and many with typos.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from nlp.copies.lexical.alignment import Alignment, align
from nlp.copies.lexical.fingerprints import Ints, shared_passages
from nlp.copies.lexical.upper_bounds import most
from nlp.copies.lexical.vocabulary import Vocabulary
from nlp.copies.lexical.word_agreement import Agreement, agreement
from nlp.copies.links import LinkKind, TextLink, Texts
from nlp.copies.semantic.negation import reverses
from nlp.copies.semantic.number_conflicts import contradict

SIFT = 45.0
"""Edit ratio (Indel, percent) below which a pair is not looked at."""
SORTED, INSIDE = 66.0, 85.0
"""Edit ratio of the words in alphabetical order, and of the words that both have to all of one, below which they are not compared."""
STEP = 500_000
_SLACK = 0.001
"""Below a threshold up to which a quick measure lets pairs pass, so that its rounding decides nothing."""

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


def lexical_links(texts: Texts, words: Vocabulary) -> Iterator[TextLink]:
    """Copies, and rewordings that kept most of the words, in order of their texts."""
    first, second, _ = shared_passages(texts.graphemes)
    for start in range(0, len(first), STEP):
        a, b = first[start : start + STEP], second[start : start + STEP]
        left, right = (
            [texts.graphemes[i] for i in a.tolist()],
            [texts.graphemes[i] for i in b.tolist()],
        )
        ratio = cpdist(
            left, right, scorer=fuzz.ratio, score_cutoff=SIFT - _SLACK, dtype=np.float32, workers=-1
        )
        read = np.flatnonzero(_worth_reading(texts, a, b, ratio))
        a, b, ratio = a[read], b[read], ratio[read].astype(np.float64) / 100
        agree = _may_agree(texts, a, b, ratio, words)
        for at in np.flatnonzero(agree | (ratio >= EXTENDED)).tolist():
            i, j = int(a[at]), int(b[at])
            found = compare(
                texts.skeletons[i],
                texts.skeletons[j],
                words.weight,
                float(ratio[at]),
                words=bool(agree[at]),
            )
            if found is not None:
                yield TextLink(i, j, *found)


def _worth_reading(texts: Texts, a: Ints, b: Ints, ratio: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pairs that `compare` may accept, by measures that are quick to take of many."""
    worth = ratio >= 100 * EXTENDED
    unsure = np.flatnonzero((ratio >= SIFT) & ~worth)
    worth[unsure] = _scored(fuzz.token_sort_ratio, texts, a[unsure], b[unsure], SORTED)
    unsure = unsure[~worth[unsure] & (ratio[unsure] >= 100 * COMMENTED)]
    worth[unsure] = _scored(fuzz.token_set_ratio, texts, a[unsure], b[unsure], INSIDE)
    return worth


def _scored(
    scorer: Callable[..., float], texts: Texts, a: Ints, b: Ints, least: float
) -> NDArray[np.bool_]:
    left, right = [texts.skeletons[i] for i in a.tolist()], [texts.skeletons[i] for i in b.tolist()]
    return (
        cpdist(
            left, right, scorer=scorer, score_cutoff=least - _SLACK, dtype=np.float32, workers=-1
        )
        >= least
    )


def _may_agree(
    texts: Texts, a: Ints, b: Ints, ratio: NDArray[np.float64], words: Vocabulary
) -> NDArray[np.bool_]:
    """Pairs whose words may agree enough for `compare`: the others need no look at their words."""
    length = np.fromiter(map(len, texts.graphemes), np.int64, len(texts))
    shorter, both = np.minimum(length[a], length[b]), length[a] + length[b]
    commented = (
        (ratio * both / 2 >= COMMENTED_ORDER * shorter)
        & (ratio >= COMMENTED)
        & (shorter >= COMMENTED_LETTERS)
    )
    asked = np.flatnonzero(commented | (shorter >= SHUFFLED_LETTERS))
    bound = most(words, a[asked], b[asked])
    may = (
        (bound.dice >= SHUFFLED - _SLACK)
        & (bound.contained >= SHUFFLED_WORDS - _SLACK)
        & (shorter[asked] >= SHUFFLED_LETTERS)
    )
    may |= commented[asked] & (bound.contained >= COMMENTED_WORDS - _SLACK)
    agree = np.zeros(len(a), bool)
    agree[asked[may]] = True
    return agree


def compare(
    a: str, b: str, weight: Mapping[str, float], ratio: float | None = None, *, words: bool = True
) -> tuple[LinkKind, float] | None:
    """What two skeletons are to each other by their wording alone: kind and score (0 to 1), or None.

    ``ratio`` is the edit ratio (Indel, 0 to 1) of their letters, where it is known already; ``words`` is false where
    it is known that their words agree too little.
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
            return (
                None
                if contradict(a, b, slips=slips) or reverses(a, b)
                else ("copy", round(ratio, 4))
            )
    if not words:
        return None
    agreed = agreement(a, b, weight, least=SHUFFLED if ratio < COMMENTED else 0.0)
    inside = ratio * (len(x) + len(y)) / 2 >= COMMENTED_ORDER * shorter
    commented = (
        inside
        and ratio >= COMMENTED
        and agreed.contained >= COMMENTED_WORDS
        and shorter >= COMMENTED_LETTERS
    )
    if (not commented and not shuffled(agreed, shorter)) or contradict(a, b, slips=slips):
        return None
    return (
        ("copy", round(ratio, 4))
        if commented
        else ("reworded", round(min(agreed.dice, agreed.contained), 4))
    )


def near(lined: Alignment, ratio: float, shorter: int) -> bool:
    """Whether an alignment is that of a copy: slips and additions, hardly anything replaced."""
    if ratio >= EDITED:
        return lined.replaced <= EDITED_REPLACED * shorter
    return ratio >= EXTENDED and lined.mixed == 0 and lined.gaps <= EXTENDED_GAPS


def shuffled(words: Agreement, shorter: int) -> bool:
    """Whether two texts say mostly the same words, in whatever order."""
    return (
        words.dice >= SHUFFLED and words.contained >= SHUFFLED_WORDS and shorter >= SHUFFLED_LETTERS
    )
