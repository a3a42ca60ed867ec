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
    for code, pattern in _patterns():
        if found := pattern.fullmatch(flat):
            parts = found.groupdict()
            inner = {name: usage_message(parts[name]) for name in _INNER & parts.keys()}
            return Message(code, parts | inner)
    return plain(text)


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Code and pattern of each sentence; those with more words of their own come first."""
    from tocsin.core.language.words import catalogue

    codes = {
        code: text
        for code, text in catalogue("en").items()
        if code.startswith("usage.") and code != "usage.see"
    }
    by_words = sorted(codes.items(), key=lambda entry: -len(re.sub(r"{\w+}", "", entry[1])))
    return [(code, re.compile(_pattern(text))) for code, text in by_words]


def _pattern(text: str) -> str:
    parts = re.split(r"{(\w+)}", text)
    return "".join(
        f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
