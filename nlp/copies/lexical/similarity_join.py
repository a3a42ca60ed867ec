"""Pairs of texts that share most of their wording, whatever the alphabet, typos and order of words.

Filter and verify: candidates share a rare passage (`nlp.copies.lexical.fingerprints`), an edit
ratio without spaces and upper bounds of the word overlap filter them, and the alignment of their
letters, their words and their numbers decide. Sentence vectors are not used: they lose copies with
look-alike letters and many with typos.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from nlp.copies.arrays import Ints
from nlp.copies.lexical.alignment import Alignment, align
from nlp.copies.lexical.fingerprints import candidate_pairs
from nlp.copies.lexical.negation import differs_by_negation
from nlp.copies.lexical.number_conflicts import numbers_conflict
from nlp.copies.lexical.upper_bounds import overlap_upper_bounds
from nlp.copies.lexical.vocabulary import Vocabulary
from nlp.copies.lexical.word_overlap import WordOverlap, word_overlap
from nlp.copies.links import CopyKind, DistinctTexts, TextLink

MIN_EDIT_RATIO = 45.0
"""Edit ratio (Indel, percent) below which a pair is not looked at."""
MIN_SORTED_RATIO = 66.0
"""Edit ratio of the words in alphabetical order below which a pair is not compared."""
MIN_SHARED_RATIO = 85.0
"""Edit ratio of the words that both have to all words of one below which a pair is not compared."""
BATCH = 500_000
"""Candidate pairs that are filtered at once."""
_SLACK = 0.001
"""How far below a threshold a filter lets pairs pass, so that its rounding decides nothing."""

EDITED_RATIO, EDITED_REPLACED = 0.84, 0.07
"""A copy with edits: least edit ratio, and greatest share of letters in place of others."""
EXTENDED_RATIO, EXTENDED_GAPS = 0.78, 2
"""A copy with passages added or left out and nothing replaced: least edit ratio, and most gaps."""
COMMENTED_RATIO, COMMENTED_LETTERS = 0.6, 60
"""A copy with a comment: least edit ratio, and least letters of the shorter text."""
COMMENTED_CONTAINMENT, COMMENTED_IN_ORDER = 0.97, 0.9
"""And least share of the shorter text's words found in the longer, and of its letters in order."""
REORDERED_DICE, REORDERED_CONTAINMENT, REORDERED_LETTERS = 0.7, 0.75, 40
"""The same words in another order: least overlap, and least letters of the shorter text."""
MIN_SCORE_WITHOUT_VECTORS = 0.75
"""Score from which the same words in another order are a rewording where there is no vector."""


def lexical_links(texts: DistinctTexts, vocabulary: Vocabulary) -> Iterator[TextLink]:
    """Copies, and rewordings that kept most of the words, in order of their texts."""
    first, second = candidate_pairs(texts.letters)
    for start in range(0, len(first), BATCH):
        a, b = first[start : start + BATCH], second[start : start + BATCH]
        percent = _ratios(fuzz.ratio, texts.letters, a, b, MIN_EDIT_RATIO)
        passed = np.flatnonzero(_pass_ratio_filters(texts, a, b, percent))
        a, b, ratio = a[passed], b[passed], percent[passed].astype(np.float64) / 100
        may_overlap = _pass_overlap_filter(texts, a, b, ratio, vocabulary)
        for at in np.flatnonzero(may_overlap | (ratio >= EXTENDED_RATIO)).tolist():
            i, j = int(a[at]), int(b[at])
            relation = classify_pair(
                texts.normalised[i],
                texts.normalised[j],
                vocabulary.weights,
                float(ratio[at]),
                compare_words=bool(may_overlap[at]),
            )
            if relation is not None:
                yield TextLink(i, j, *relation)


def _ratios(
    scorer: Callable[..., float], texts: list[str], a: Ints, b: Ints, cutoff: float
) -> NDArray[np.float32]:
    """(n,): a ratio of rapidfuzz for each pair, in percent; 0 where it is below ``cutoff``."""
    left, right = [texts[i] for i in a.tolist()], [texts[i] for i in b.tolist()]
    return cpdist(
        left, right, scorer=scorer, score_cutoff=cutoff - _SLACK, dtype=np.float32, workers=-1
    )


def _reach(
    scorer: Callable[..., float], texts: list[str], a: Ints, b: Ints, least: float
) -> NDArray[np.bool_]:
    """(n,): which pairs have at least this ratio."""
    return _ratios(scorer, texts, a, b, least) >= least


def _pass_ratio_filters(
    texts: DistinctTexts, a: Ints, b: Ints, percent: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """(n,): which pairs `classify_pair` may accept, by ratios that are quick to take of many."""
    passed = percent >= 100 * EXTENDED_RATIO
    undecided = np.flatnonzero((percent >= MIN_EDIT_RATIO) & ~passed)
    passed[undecided] = _reach(
        fuzz.token_sort_ratio, texts.normalised, a[undecided], b[undecided], MIN_SORTED_RATIO
    )
    alike = percent[undecided] >= 100 * COMMENTED_RATIO
    undecided = undecided[~passed[undecided] & alike]
    passed[undecided] = _reach(
        fuzz.token_set_ratio, texts.normalised, a[undecided], b[undecided], MIN_SHARED_RATIO
    )
    return passed


def _pass_overlap_filter(
    texts: DistinctTexts, a: Ints, b: Ints, ratio: NDArray[np.float64], vocabulary: Vocabulary
) -> NDArray[np.bool_]:
    """(n,): which pairs may share enough words; the words of the others need not be compared."""
    length = np.fromiter(map(len, texts.letters), np.int64, len(texts))
    shorter, both = np.minimum(length[a], length[b]), length[a] + length[b]
    may_be_commented = (
        (ratio * both / 2 >= COMMENTED_IN_ORDER * shorter)
        & (ratio >= COMMENTED_RATIO)
        & (shorter >= COMMENTED_LETTERS)
    )
    possible = np.flatnonzero(may_be_commented | (shorter >= REORDERED_LETTERS))
    bounds = overlap_upper_bounds(vocabulary, a[possible], b[possible])
    may_overlap = (
        (bounds.dice >= REORDERED_DICE - _SLACK)
        & (bounds.containment >= REORDERED_CONTAINMENT - _SLACK)
        & (shorter[possible] >= REORDERED_LETTERS)
    )
    contained = bounds.containment >= COMMENTED_CONTAINMENT - _SLACK
    may_overlap |= may_be_commented[possible] & contained
    passed = np.zeros(len(a), bool)
    passed[possible[may_overlap]] = True
    return passed


def classify_pair(
    a: str,
    b: str,
    weights: Mapping[str, float],
    ratio: float | None = None,
    *,
    compare_words: bool = True,
) -> tuple[CopyKind, float] | None:
    """What two normalised texts are to each other by their wording alone.

    Args:
        a: one text.
        b: the other.
        weights: of words.
        ratio: edit ratio (Indel, 0 to 1) of their letters, where it is known already.
        compare_words: false where it is known that they share too few words.

    Returns:
        Kind and score (0 to 1), or None.
    """
    letters_a, letters_b = a.replace(" ", ""), b.replace(" ", "")
    if ratio is None:
        ratio = fuzz.ratio(letters_a, letters_b) / 100
    shorter = min(len(letters_a), len(letters_b))
    typos = 0
    if ratio >= EXTENDED_RATIO:
        alignment = align(letters_a, letters_b)
        typos = alignment.typos
        if is_edited_copy(alignment, ratio, shorter):
            contradict = numbers_conflict(a, b, typos=typos) or differs_by_negation(a, b)
            return None if contradict else ("copy", round(ratio, 4))
    if not compare_words:
        return None
    min_dice = REORDERED_DICE if ratio < COMMENTED_RATIO else 0.0
    overlap = word_overlap(a, b, weights, min_dice=min_dice)
    in_order = ratio * (len(letters_a) + len(letters_b)) / 2 >= COMMENTED_IN_ORDER * shorter
    commented = (
        in_order
        and ratio >= COMMENTED_RATIO
        and overlap.containment >= COMMENTED_CONTAINMENT
        and shorter >= COMMENTED_LETTERS
    )
    if not commented and not is_reordered(overlap, shorter):
        return None
    if numbers_conflict(a, b, typos=typos):
        return None
    if commented:
        return "copy", round(ratio, 4)
    return "reworded", round(min(overlap.dice, overlap.containment), 4)


def is_edited_copy(alignment: Alignment, ratio: float, shorter: int) -> bool:
    """Whether an alignment is that of a copy: typos and additions, hardly anything replaced."""
    if ratio >= EDITED_RATIO:
        return alignment.replaced <= EDITED_REPLACED * shorter
    no_replacement = alignment.two_sided_gaps == 0 and alignment.gaps <= EXTENDED_GAPS
    return ratio >= EXTENDED_RATIO and no_replacement


def is_reordered(overlap: WordOverlap, shorter: int) -> bool:
    """Whether two texts say mostly the same words, in whatever order."""
    return (
        overlap.dice >= REORDERED_DICE
        and overlap.containment >= REORDERED_CONTAINMENT
        and shorter >= REORDERED_LETTERS
    )
