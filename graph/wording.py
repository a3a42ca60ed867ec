"""Names that findings give to things, as messages: innocent readings, and what signals share."""

from __future__ import annotations

from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message, plain


def reading_name(kind: str) -> Message:
    """The name of an innocent reading; that of a plug-in is its kind, made readable."""
    code = f"reading.{kind}"
    return Message(code) if ENGLISH.has(code) else plain(kind.replace("_", " "))
