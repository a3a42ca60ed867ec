"""Which words of a post carry an indication."""

from __future__ import annotations

import re
from collections import defaultdict

from nlp.tags.head import Head
from nlp.tags.terms import plain_text, terms_of

MOST = 3
_WORD = re.compile(r"#?\w[\w'’-]*", re.UNICODE)
_LONGEST = 6


class IndicatorWords:
    """Finds the words that speak most for a class, by the weights of the text expert.

    A word has its own weight and those of the character sequences in it, each with its rarity; what
    the vector alone says has no words.
    """

    def __init__(self, head: Head) -> None:
        arrays = head.experts.get("text")
        self._arrays = arrays
        if arrays is not None:
            characters, words = terms_of(arrays)
            self._characters = {term: n for n, term in enumerate(characters)}
            self._words = {term: n for n, term in enumerate(words)}

    def of(self, text: str, number: int) -> list[str]:
        """At most `MOST` words of a text for the class of a number, the strongest first."""
        if self._arrays is None:
            return []
        found: dict[str, float] = defaultdict(float)
        for written in dict.fromkeys(_WORD.findall(text)):
            strength = sum(self._strength(word, number) for word in plain_text(written).split())
            if strength > 0:
                found[written] = max(found[written], strength)
        return sorted(found, key=lambda word: (-found[word], word))[:MOST]

    def _strength(self, word: str, number: int) -> float:
        assert self._arrays is not None
        weights = self._arrays["weights"][number]
        rarity, offset = self._arrays["characters_rarity"], len(self._characters)
        total = 0.0
        padded = f" {word} "
        for length in range(2, _LONGEST + 1):
            for start in range(len(padded) - length + 1):
                place = self._characters.get(padded[start : start + length])
                if place is not None:
                    total += float(weights[place] * rarity[place])
        place = self._words.get(word)
        if place is not None:
            total += float(weights[offset + place] * self._arrays["words_rarity"][place])
        return total
