"""Templates to sentences: ``[this|that]`` is a choice, ``{slot}`` a word of the lexicon."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

TEXTS = Path(__file__).parent / "texts"
TOPICS = ("transport", "energy", "sport", "culture", "city", "politics", "daily")
LANGUAGES = ("fr", "en")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_SPACES = re.compile(r" {2,}")


@lru_cache(maxsize=32)
def bank(name: str) -> dict[str, Any]:
    """The texts of one file."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def slots(lang: str, topic: str = "") -> dict[str, list[str]]:
    """The words that fit each slot, a topic's own before the lexicon's."""
    lexicon = bank("lexicon")
    own = bank(topic)[lang].get("slots", {}) if topic else {}
    return {**lexicon["both"], **lexicon[lang], **own}


def expand(template: str, words: dict[str, list[str]], rng: Random) -> str:
    """One sentence of a template.

    Raises:
        KeyError: it has a slot that the lexicon does not know.
    """
    text = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), template)
    text = _SLOT.sub(lambda m: rng.choice(words[m[1]]), text)
    return _SPACES.sub(" ", text).replace(" ,", ",").strip()


class Deck:
    """Cards drawn in random order, each once before any comes again: templates repeat as rarely as they can."""

    def __init__(self, cards: list[str], rng: Random) -> None:
        self._cards, self._rng, self._left = list(cards), rng, list[str]()

    def draw(self) -> str:
        """The next card."""
        if not self._left:
            self._left = list(self._cards)
            self._rng.shuffle(self._left)
        return self._left.pop()
