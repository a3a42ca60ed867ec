"""Words that name a narrative: frequent in it, rare elsewhere.

Class-based TF-IDF, as in BERTopic (Grootendorst 2022).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from textwrap import shorten

TERMS = 10
_IN_LABEL = 4
_MIN_TERMS = 2
"""Terms below which they name nothing: small talk shares one word, as it does with anything."""
_EXCERPT = 60
_MIN_SHARE = 0.04
_PAIR_SHARE = 0.6
_PAIR_BONUS = 1.2
_CANDIDATES = TERMS * 6


def topic_terms(
    texts: Mapping[int, Sequence[Mapping[str, str]]],
    names_nothing: Callable[[str], bool] | None = None,
) -> dict[int, tuple[str, ...]]:
    """The characteristic terms of each group, best first, as they are mostly written.

    Args:
        texts: group -> terms (`nlp.text.terms.extract_terms`) of its different texts, or of a
            sample of them.
        names_nothing: of a folded word, whether it is no term; nor is a pair that has it.

    A term counts once a text. A pair of words that makes up most of a word's uses stands for that
    word.
    """
    total = sum(len(members) for members in texts.values())
    counts_of = {group: Counter(chain.from_iterable(held)) for group, held in texts.items()}
    floors = {group: _floor(len(held)) for group, held in texts.items()}
    wanted = {
        term
        for group, counts in counts_of.items()
        for term, count in counts.items()
        if count >= floors[group]
    }
    corpus_counts: Counter[str] = Counter()
    for counts in counts_of.values():  # each text is in one group
        for term in counts.keys() & wanted:
            corpus_counts[term] += counts[term]
    best: dict[int, tuple[str, ...]] = {}
    for group, members in texts.items():
        counts = counts_of[group]
        ranked = _ranked(counts, corpus_counts, len(members), total, names_nothing)
        chosen = _without_overlap(ranked, counts)
        best[group] = tuple(_most_used(term, members) for term in chosen)
    return best


def make_label(terms: Sequence[str], example: str = "") -> str:
    """A line for a person: the first terms.

    Where hardly any term is common to the posts, it is how a central one begins.
    """
    excerpt = " ".join(word for word in example.split() if not word.startswith(("@", "http")))
    if len(terms) < _MIN_TERMS and excerpt:
        return f"“{shorten(excerpt, _EXCERPT, placeholder='…')}”"
    return ", ".join(terms[:_IN_LABEL]) or "no words in common"


def _floor(size: int) -> int:
    """Texts of a group below which a term is not the group's."""
    return max(2, math.ceil(_MIN_SHARE * size)) if size > 2 else 1


def _ranked(
    counts: Counter[str],
    corpus_counts: Counter[str],
    size: int,
    total: int,
    names_nothing: Callable[[str], bool] | None,
) -> list[str]:
    """The terms of a group by falling class TF-IDF."""
    floor = _floor(size)
    scores: dict[str, float] = {}
    for term, count in counts.items():
        if count >= floor and not (names_nothing and any(map(names_nothing, term.split(" ")))):
            rarity = math.log(1 + total / corpus_counts[term])
            scores[term] = count / size * rarity * (_PAIR_BONUS if " " in term else 1.0)
    return sorted(scores, key=lambda term: (-scores[term], term))[:_CANDIDATES]


def _without_overlap(ranked: Sequence[str], counts: Counter[str]) -> list[str]:
    """The first terms of which none is most of another."""
    kept: list[str] = []
    for term in ranked:
        words = term.split(" ")
        if any(_is_redundant(term, other, words, counts) for other in kept):
            if len(words) == 2:  # the pair says more than its word: it takes its place
                kept = [term if _replaces(term, other, words, counts) else other for other in kept]
            continue
        kept.append(term)
        if len(kept) >= TERMS:
            break
    return list(dict.fromkeys(kept))


def _is_redundant(term: str, other: str, words: Sequence[str], counts: Counter[str]) -> bool:
    """Whether a term and one that was kept share a word, and one of them is most of the other."""
    if other == term or not any(word in words for word in other.split(" ")):
        return False
    return _covers(other, term, counts) or _covers(term, other, counts)


def _replaces(pair: str, other: str, words: Sequence[str], counts: Counter[str]) -> bool:
    return other in words and _covers(pair, other, counts)


def _covers(pair: str, word: str, counts: Counter[str]) -> bool:
    """Whether a pair stands for most uses of a word of it."""
    return " " in pair and word in pair.split(" ") and counts[pair] >= _PAIR_SHARE * counts[word]


def _most_used(term: str, members: Sequence[Mapping[str, str]]) -> str:
    forms = Counter(terms[term] for terms in members if term in terms)
    return min(forms, key=lambda form: (-forms[form], form))
