"""Changes of a query as text: narrower by a part, without a part, a word in all its forms."""

from __future__ import annotations

import re

from index.query.nodes import Or
from index.query.parser import parse
from index.query.terms import inflected_word
from tocsin.core.errors import ConfigError
from tocsin.core.text import tokens

_PIECE = re.compile(r'([-+(]*)("(?:[^"\\]|\\.)*"|[^\s()"]+)')


def narrowed(text: str, part: str) -> str:
    """The query with one more condition; unchanged where it has it already."""
    whole = text.strip()
    if part in whole.split():
        return whole
    return f"{_as_operand(whole)} {part}".strip()


def excluded(text: str, part: str) -> str:
    """The query without the posts of a part."""
    return narrowed(text, f"-{part}")


def with_forms(text: str, word: str) -> str:
    """The query with a folded word in all its forms wherever it stands alone."""

    def inflected(piece: re.Match[str]) -> str:
        signs, term = piece.groups()
        alone = term[0] not in '"~' and ":" not in term and not term.endswith("*")
        if alone and term not in ("OR", "AND", "NOT") and tokens(term) == [word]:
            return f"{signs}~{term}"
        return piece.group()

    return _PIECE.sub(inflected, text)


def _as_operand(text: str) -> str:
    """The query in parentheses where another condition would bind to a part of it."""
    try:
        tree = parse(text)
    except ConfigError:  # of a field that a stage declared, or no query at all
        return f"({text})" if " OR " in text else text
    return f"({text})" if isinstance(tree, Or) and inflected_word(tree) is None else text
