"""Names that findings give to things, as messages."""

from __future__ import annotations

from tocsin.core.findings import Explanation
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message, plain


def reading_name(reading: Explanation) -> Message:
    """What an innocent reading is called within a sentence; that of a plug-in brings its label."""
    code = f"reading.{reading.kind}"
    if ENGLISH.has(code):
        return Message(code)
    return reading.label or plain(reading.kind.replace("_", " "))
