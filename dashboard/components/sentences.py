"""Clauses of the engine as sentences of a page, in the reader's language."""

from __future__ import annotations

import re
from datetime import datetime

from dashboard import sanitize
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_SENTENCE_ENDS = (".", "!", "?")


def say(message: Message | str | None, words: Words) -> str:
    """A message in the reader's language; times that it names are in the reader's zone."""
    if message is None:
        return ""
    return _TIMESTAMP.sub(
        lambda match: words.moment(datetime.fromisoformat(match.group())), words.say(message)
    )


def clause_as_sentence(
    message: Message | str | None, words: Words, *, limit: int = 500, end: str = "."
) -> str:
    """A clause as one bounded line with a capital letter and ``end`` behind it. Not escaped."""
    line = sanitize.single_line(say(message, words), limit)
    if not line:
        return ""
    return capitalise(finish_sentence(line, end))


def finish_sentence(text: str, end: str = ".") -> str:
    """With ``end`` behind it, where it does not end like a sentence."""
    return text if text.endswith(_SENTENCE_ENDS) else text + end


def capitalise(text: str) -> str:
    """With a capital letter, but for names of sites and accounts, which stay as they are."""
    first_word = text.split(" ")[0].replace("’", "")
    return text[:1].upper() + text[1:] if first_word.isalpha() else text
