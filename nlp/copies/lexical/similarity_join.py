"""Pairs of texts that share most of their wording, whatever the alphabet, typos and order of words.

Filter and verify: candidates share a rare passage (`nlp.copies.lexical.fingerprints`), an edit
ratio without spaces filters them, and the alignment of their letters, their words and their numbers
decide. Sentence vectors are not used: they lose copies with look-alike letters and many with typos.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from nlp.copies.arrays import Ints, component_labels
from nlp.copies.lexical.alignment import Alignment, align
from nlp.copies.lexical.fingerprints import candidate_pairs
from nlp.copies.lexical.known_wording import (
    KnownWording,
    Percents,
    Verdicts,
    WordingMemory,
    look_up,
    text_keys,
)
from nlp.copies.lexical.negation import differs_by_negation
from nlp.copies.lexical.number_conflicts import number_words, number_words_conflict
from nlp.copies.lexical.pair_overlaps import PairOverlaps, pair_overlaps
from nlp.copies.lexical.vocabulary import Vocabulary
from nlp.copies.lexical.word_overlap import WordOverlap, word_overlap
from nlp.copies.links import CopyKind, DistinctTexts, TextLink

Flags = NDArray[np.bool_]

MIN_EDIT_RATIO = 45.0
"""Edit ratio (Indel, percent) below which a pair is not looked at."""
MIN_SORTED_RATIO = 66.0
"""Edit ratio of the words in alphabetical order below which a pair is not compared."""
MIN_SHARED_RATIO = 85.0
"""Edit ratio of the words that both have to all words of one below which a pair is not compared."""
BATCH = 500_000
"""Candidate pairs that are filtered at once."""
UNLIKE, COPY, CONTRADICTION, OPEN, OPEN_WITH_TYPOS, AGREED = range(6)
"""What the letters of two texts say of them: no pair, a copy with edits, no pair for a number or a
negation, or that their words decide: where numbers were not looked at, without and with typos, and
where they agree."""
_KIND_OF_LINK: tuple[CopyKind, ...] = ("copy", "copy", "reworded")
_COPY_LINK, _REWORDED_LINK = 1, 2
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


def lexical_links(
    texts: DistinctTexts, vocabulary: Vocabulary, memory: WordingMemory | None = None
) -> list[TextLink]:
    """Copies, and rewordings that kept most of the words, in order of their texts.

    Rewordings of texts that edited copies join already are left out: no group would change.

    Args:
        texts: all of them.
        vocabulary: of their words.
        memory: what is known of an earlier corpus, then of this one. It changes no link.
    """
    first, second = candidate_pairs(texts.letters)
    readings = Readings(texts)
    percents, verdicts = _known_or_compared(texts, readings, first, second, memory)
    edited = verdicts == COPY
    statement = component_labels(len(texts), first[edited], second[edited])
    undecided = np.flatnonzero(verdicts >= OPEN)
    a, b = first[undecided], second[undecided]
    commented = _may_be_commented(readings, a, b, percents[undecided])
    shorter = np.minimum(readings.lengths[a], readings.lengths[b])
    asked = commented | ((shorter >= REORDERED_LETTERS) & (statement[a] != statement[b]))
    undecided, a, b, commented = undecided[asked], a[asked], b[asked], commented[asked]
    overlaps = pair_overlaps(vocabulary, a, b)
    commented &= overlaps.containment >= COMMENTED_CONTAINMENT
    related = commented | _are_reordered(overlaps, shorter[asked])
    related[related] = _agree_in_numbers(readings, verdicts, undecided[related], first, second)

    scores = percents.astype(np.float64) / 100
    found = related & ~commented & (statement[a] != statement[b])
    scores[undecided[found]] = np.minimum(overlaps.dice, overlaps.containment)[found]
    kinds = np.zeros(len(first), np.uint8)
    kinds[edited] = kinds[undecided[commented & related]] = _COPY_LINK
    kinds[undecided[found]] = _REWORDED_LINK
    at = np.flatnonzero(kinds)
    columns = (part[at].tolist() for part in (first, second, kinds, scores))
    return [
        TextLink(i, j, _KIND_OF_LINK[kind], round(score, 4))
        for i, j, kind, score in zip(*columns, strict=True)
    ]


def _known_or_compared(
    texts: DistinctTexts,
    readings: Readings,
    a: Ints,
    b: Ints,
    memory: WordingMemory | None,
) -> tuple[Percents, Verdicts]:
    """Edit ratio and verdict of each pair, (n,): looked up where known, else by their letters."""
    percents, verdicts = np.zeros(len(a), np.float32), np.zeros(len(a), np.uint8)
    new = np.arange(len(a))
    keys = None
    if memory is not None:
        keys = text_keys(texts.normalised)
        known_at = look_up(memory.known, keys, a, b)
        there, new = known_at >= 0, np.flatnonzero(known_at < 0)
        percents[there] = memory.known.percents[known_at[there]]
        verdicts[there] = memory.known.verdicts[known_at[there]]
    for start in range(0, len(new), BATCH):
        rows = new[start : start + BATCH]
        percents[rows], verdicts[rows] = _compare(texts, readings, a[rows], b[rows])
    if memory is not None and keys is not None:
        memory.known = KnownWording(keys, a * len(texts) + b, percents, verdicts)
    return percents, verdicts


def _compare(
    texts: DistinctTexts, readings: Readings, a: Ints, b: Ints
) -> tuple[Percents, Verdicts]:
    """Edit ratio and verdict of each pair by its letters."""
    percents = _ratios(fuzz.ratio, texts.letters, a, b, MIN_EDIT_RATIO)
    verdicts = np.where(_pass_ratio_filters(texts, a, b, percents), OPEN, UNLIKE).astype(np.uint8)
    ratio = percents.astype(np.float64) / 100
    for at in np.flatnonzero((verdicts == OPEN) & (ratio >= EXTENDED_RATIO)).tolist():
        verdicts[at] = _verdict(readings[int(a[at])], readings[int(b[at])], float(ratio[at]))
    return percents, verdicts


class Reading(NamedTuple):
    """A normalised text: without spaces, with them, and its words that have a digit."""

    letters: str
    words: str
    numbers: list[str]


class Readings:
    """The readings of texts, each made when first asked for.

    Attributes:
        lengths: (n,), letters of each text.
    """

    def __init__(self, texts: DistinctTexts) -> None:
        self._texts = texts
        self._known: dict[int, Reading] = {}
        self.lengths: Ints = np.fromiter(map(len, texts.letters), np.int64, len(texts))

    def __getitem__(self, text: int) -> Reading:
        if text not in self._known:
            words = self._texts.normalised[text]
            self._known[text] = Reading(self._texts.letters[text], words, number_words(words))
        return self._known[text]


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


def _may_be_commented(readings: Readings, a: Ints, b: Ints, percents: Percents) -> Flags:
    """(n,): which pairs may be a copy with a comment, by their letters."""
    ratio = percents.astype(np.float64) / 100
    one, other = readings.lengths[a], readings.lengths[b]
    shorter = np.minimum(one, other)
    return (
        (ratio * (one + other) / 2 >= COMMENTED_IN_ORDER * shorter)
        & (ratio >= COMMENTED_RATIO)
        & (shorter >= COMMENTED_LETTERS)
    )


def _are_reordered(overlaps: PairOverlaps, shorter: Ints) -> Flags:
    """(n,): `is_reordered` of many pairs."""
    return (
        (overlaps.dice >= REORDERED_DICE)
        & (overlaps.containment >= REORDERED_CONTAINMENT)
        & (shorter >= REORDERED_LETTERS)
    )


def _agree_in_numbers(
    readings: Readings, verdicts: Verdicts, at: Ints, first: Ints, second: Ints
) -> Flags:
    """(at,): which of the pairs at these places do not contradict each other by numbers.

    What is found stands in ``verdicts`` afterwards: it depends on the two texts alone.
    """
    for place in at[verdicts[at] != AGREED].tolist():
        a, b = readings[int(first[place])], readings[int(second[place])]
        typos = int(verdicts[place] == OPEN_WITH_TYPOS)
        conflict = number_words_conflict(a.numbers, b.numbers, typos=typos)
        verdicts[place] = CONTRADICTION if conflict else AGREED
    agreed: Flags = verdicts[at] == AGREED
    return agreed


def classify_pair(
    a: str, b: str, weights: Mapping[str, float], ratio: float | None = None
) -> tuple[CopyKind, float] | None:
    """What two normalised texts are to each other by their wording alone.

    Args:
        a: one text.
        b: the other.
        weights: of words.
        ratio: edit ratio (Indel, 0 to 1) of their letters, where it is known already.

    Returns:
        Kind and score (0 to 1), or None.
    """
    x, y = (Reading(text.replace(" ", ""), text, number_words(text)) for text in (a, b))
    if ratio is None:
        ratio = fuzz.ratio(x.letters, y.letters) / 100
    verdict = _verdict(x, y, ratio) if ratio >= EXTENDED_RATIO else OPEN
    if verdict == COPY:
        return "copy", round(ratio, 4)
    if verdict == CONTRADICTION:
        return None
    return _relate_words(x, y, ratio, verdict == OPEN_WITH_TYPOS, weights)


def _verdict(a: Reading, b: Reading, ratio: float) -> int:
    """What the letters of two texts of this edit ratio, at least `EXTENDED_RATIO`, say of them."""
    alignment = align(a.letters, b.letters)
    if not is_edited_copy(alignment, ratio, min(len(a.letters), len(b.letters))):
        return OPEN_WITH_TYPOS if alignment.typos else OPEN
    contradict = number_words_conflict(a.numbers, b.numbers, typos=alignment.typos)
    return CONTRADICTION if contradict or differs_by_negation(a.words, b.words) else COPY


def _relate_words(
    a: Reading, b: Reading, ratio: float, typos: bool, weights: Mapping[str, float]
) -> tuple[CopyKind, float] | None:
    """Kind and score of two texts by their words, where their letters left it open.

    ``typos`` says whether one has some.
    """
    min_dice = REORDERED_DICE if ratio < COMMENTED_RATIO else 0.0
    overlap = word_overlap(a.words, b.words, weights, min_dice=min_dice)
    shorter = min(len(a.letters), len(b.letters))
    in_order = ratio * (len(a.letters) + len(b.letters)) / 2 >= COMMENTED_IN_ORDER * shorter
    commented = (
        in_order
        and ratio >= COMMENTED_RATIO
        and overlap.containment >= COMMENTED_CONTAINMENT
        and shorter >= COMMENTED_LETTERS
    )
    if not commented and not is_reordered(overlap, shorter):
        return None
    if number_words_conflict(a.numbers, b.numbers, typos=int(typos)):
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
