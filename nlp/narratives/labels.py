"""Words that name a narrative: frequent in it, rare elsewhere (class TF-IDF, as in Grootendorst 2022)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import shorten

from nlp.text.terms import terms

TERMS = 10
_IN_LABEL = 4
_TELLING = 2
"""Terms below which they name nothing: small talk shares the one word that it would share with anything."""
_EXCERPT = 60
_MIN_SHARE = 0.04
_PAIR_SHARE = 0.6


def labels(texts: Mapping[int, Sequence[tuple[str | None, str]]]) -> dict[int, tuple[str, ...]]:
    """The telling terms of each group, best first, as they are mostly written.

    Args:
        texts: group -> (title, text) of its different texts, or of a sample of them.

    A term counts once a text. A pair of words that makes up most of a word's uses stands for that word.
    """
    counts: dict[int, Counter[str]] = {}
    written: dict[int, dict[str, Counter[str]]] = {}
    everywhere: Counter[str] = Counter()
    for group, members in texts.items():
        counts[group], written[group] = Counter(), {}
        for title, text in members:
            for key, shown in terms(title, text).items():
                counts[group][key] += 1
                written[group].setdefault(key, Counter())[shown] += 1
        everywhere.update(counts[group])
    total = sum(len(members) for members in texts.values())
    return {
        group: _best(counts[group], everywhere, written[group], len(texts[group]), total)
        for group in texts
    }


def label(found: Sequence[str], example: str = "") -> str:
    """A line for a person: the first terms, or how a post of the middle begins where hardly any term is common to them."""
    said = " ".join(word for word in example.split() if not word.startswith(("@", "http")))
    if len(found) < _TELLING and said:
        return f"“{shorten(said, _EXCERPT, placeholder='…')}”"
    return ", ".join(found[:_IN_LABEL]) or "no words in common"


def _best(
    counts: Counter[str],
    everywhere: Counter[str],
    written: Mapping[str, Counter[str]],
    size: int,
    total: int,
) -> tuple[str, ...]:
    floor = max(2, math.ceil(_MIN_SHARE * size)) if size > 2 else 1
    scores = {
        term: count / size * math.log(1 + total / everywhere[term]) * (1.2 if " " in term else 1.0)
        for term, count in counts.items()
        if count >= floor
    }
    ranked = sorted(scores, key=lambda term: (-scores[term], term))[: TERMS * 6]
    kept: list[str] = []
    for term in ranked:
        parts = term.split(" ")
        if any(
            _says(other, term, counts) or _says(term, other, counts)
            for other in kept
            if other != term and _overlap(other, parts)
        ):
            if len(parts) == 2:  # the pair says more than its word: it takes its place
                kept = [
                    term if other in parts and _says(term, other, counts) else other
                    for other in kept
                ]
            continue
        kept.append(term)
        if len(kept) >= TERMS:
            break
    return tuple(_shown(written[term]) for term in dict.fromkeys(kept))


def _shown(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))


def _overlap(term: str, parts: Sequence[str]) -> bool:
    return any(part in parts for part in term.split(" "))


def _says(pair: str, word: str, counts: Counter[str]) -> bool:
    """Whether a pair stands for most uses of a word of it."""
    return " " in pair and word in pair.split(" ") and counts[pair] >= _PAIR_SHARE * counts[word]
