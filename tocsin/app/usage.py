"""What Click says of a wrong call, as messages: Click itself speaks English alone.

The English catalogue (``usage.toml``) has the very words of Click, by which they are known again;
what it lacks stays as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tocsin.core.messages import Message, plain

_INNER = frozenset({"why"})
"""Parameters that are sentences of Click themselves."""


def usage_message(text: str) -> Message:
    """A sentence of Click as a message that any language can say."""
    flat = " ".join(text.split())
    for name, pattern in _patterns():
        if found := pattern.fullmatch(flat):
            parts = found.groupdict()
            inner = {part: usage_message(parts[part]) for part in _INNER & parts.keys()}
            return Message(f"usage.{name}", parts | inner)
    return plain(text)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Name and pattern of each sentence; those that hold another sentence come first, then
    those with more words of their own."""
    from tocsin.core.language.words import catalogue

    texts = {
        code.removeprefix("usage."): text
        for code, text in catalogue("en").items()
        if code.startswith("usage.") and code != "usage.see"
    }

    def rank(entry: tuple[str, str]) -> tuple[bool, int]:
        holds_a_sentence = any(f"{{{part}}}" in entry[1] for part in _INNER)
        return not holds_a_sentence, -len(re.sub(r"{\w+}", "", entry[1]))

    by_words = sorted(texts.items(), key=rank)
    return [(name, re.compile(_pattern(text))) for name, text in by_words]


def _pattern(text: str) -> str:
    parts = re.split(r"{(\w+)}", text)
    return "".join(
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
