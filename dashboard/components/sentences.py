"""Clauses of the engine as sentences of a page, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboard import sanitize
from tocsin.core.language.words import Words, as_sentence
from tocsin.core.messages import Message

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def say(message: Message | str | None, words: Words) -> str:
    """A message in the reader's language; times that it names are in the reader's zone."""
    if message is None:
        return ""
    return _TIMESTAMP.sub(
        lambda match: words.moment(datetime.fromisoformat(match.group())), words.say(message)
    )


def list_parameters(given: Mapping[str, Any], words: Words) -> str:
    """The parameters of a method in one line, ``tick hours = 6``, as the reader writes numbers;
    those that were not given (None) are left out. Not escaped."""

    def written(value: Any) -> str:
        if isinstance(value, (list, tuple)):
            return " ".join(map(written, value))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return sanitize.single_line(say(str(value), words), 60)
        return words.number(value) if isinstance(value, int) else words.decimal(value, 6)

    return ", ".join(
        f"{sanitize.single_line(str(name).replace('_', ' '), 40)} = {written(value)}"
        for name, value in sorted(given.items())
        if value is not None
    )


def clause_as_sentence(
    message: Message | str | None, words: Words, *, limit: int = 500, end: str = "."
) -> str:
    """A clause as one bounded line with a capital letter and ``end`` behind it. Not escaped."""
    line = sanitize.single_line(say(message, words), limit)
    return as_sentence(line, end) if line else ""


def alert_paragraph(said: Message | str, words: Words, *, limit: int = 600) -> str:
    """What went wrong as a sentence, in HTML that readers of screens say at once."""
    line = sanitize.escaped_line(clause_as_sentence(said, words, limit=limit), limit + 1)
    return f'<div class="t-why" role="alert"><p>{line}</p></div>'
