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
_SLOT = re.compile(r"(\b(?:[Àà]|[Dd]e) )?\{(\w+)\}")
_CONTRACTED = {
    ("à", "les "): "aux ",
    ("à", "le "): "au ",
    ("d", "les "): "des ",
    ("d", "le "): "du ",
}
_SPACES = re.compile(r" {2,}")


@lru_cache(maxsize=32)
def load_texts(name: str) -> dict[str, Any]:
    """The texts of one file."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def slot_words(lang: str, topic: str = "") -> dict[str, list[str]]:
    """The words that fit each slot, a topic's own before the lexicon's."""
    lexicon = load_texts("lexicon")
    own = load_texts(topic)[lang].get("slots", {}) if topic else {}
    return {**lexicon["both"], **lexicon[lang], **own}


def expand_template(template: str, words: dict[str, list[str]], rng: Random) -> str:
    """One sentence of a template.

    Raises:
        KeyError: it has a slot that the lexicon does not know.
    """
    text = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), template)
    text = _SLOT.sub(lambda m: _joined(m[1] or "", rng.choice(words[m[2]])), text)
    return _SPACES.sub(" ", text).replace(" ,", ",").strip()


def _joined(before: str, word: str) -> str:
    """A word after its preposition, contracted as in French: *aux Vergers*, not *à les Vergers*."""
    for article in ("les ", "le "):
        if before and word.startswith(article):
            short = _CONTRACTED[before[0].lower(), article]
            return (short.capitalize() if before[0].isupper() else short) + word[len(article) :]
    return before + word


class ShuffledDeck:
    """Templates in random order, each once before any comes again."""

    def __init__(self, templates: list[str], rng: Random) -> None:
        self._templates = list(templates)
        self._rng = rng
        self._left: list[str] = []

    def draw(self) -> str:
        """The next template."""
        if not self._left:
            self._left = list(self._templates)
            self._rng.shuffle(self._left)
        return self._left.pop()
