"""Sentences as data: a code and its parameters, put into words where a person reads them.

What the engine says is a `Message`. The catalogues in ``tocsin/core/language/catalogues`` hold its
words in every language; `tocsin.core.language.words.Words.say` renders it. Findings keep messages,
so that terminal, exports and screens say the same thing, each in its reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, TypeAlias

Parameter: TypeAlias = "str | int | float | bool | datetime | Message | Sequence[Parameter] | None"
"""What fills a placeholder. Text from outside goes in as it is: views escape the whole sentence."""

_WORDS = "tocsin.core.language.words"
"""Where the words are. They build on messages, and the help of the command line does without them:
so they are loaded by name, when a sentence is asked for."""
PLAIN = "text.plain"
"""The code of a sentence that has no code: text that came from elsewhere."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be said.

    ``code`` is a key of the catalogues, ``parameters`` fill its placeholders. Where a key has
    plural forms (``code.one`` and ``code.other``), the parameter ``n`` chooses one. A parameter may
    be a message itself, or a sequence of parameters, which is joined.

    ``str(message)`` is the sentence in English, for logs and for the text that JSON documents hold.
    """

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        built = {name: decode_message(value) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", built)

    def filled(self, **parameters: Any) -> Message:
        """The same message with these parameters added or replaced."""
        return Message(self.code, {**self.parameters, **parameters})

    def __str__(self) -> str:
        said: str = import_module(_WORDS).ENGLISH.say(self)
        return said

    def __hash__(self) -> int:
        return hash((self.code, repr(sorted(self.parameters.items()))))


def plain(text: str | Message) -> Message:
    """A message that says this text as it is, in every language."""
    return text if isinstance(text, Message) else Message(PLAIN, {"text": text})


LOCAL = "text.local"
"""The code of a sentence that brings its own words: those of plug-ins, which no catalogue knows."""


def local(*, en: str | tuple[str, str], **texts: str | tuple[str, str]) -> Message:
    """A message that carries its own words by language, English at least.

    A text may have placeholders, to be given with `Message.filled`; a pair is the singular and the
    plural form, chosen by the parameter ``n``::

        local(en=("{n} question", "{n} questions"), fr=("{n} question", "{n} questions"))
    """
    return Message(LOCAL, {"en": en, **texts})


def decode_message(value: Any) -> Any:
    """A message or parameter as JSON gave it back: objects with a code are messages, lists are
    tuples."""
    if isinstance(value, Mapping) and set(value) == {"code", "parameters"}:
        return Message(value["code"], value["parameters"])
    if isinstance(value, (list, tuple)):
        return tuple(decode_message(part) for part in value)
    return value


def encode_message(value: Any) -> Any:
    """A message or parameter as JSON values that `decode_message` reads back, so that each reader
    of a record gets it in their own language. What JSON cannot express becomes text."""
    if isinstance(value, Message):
        parameters = {name: encode_message(part) for name, part in value.parameters.items()}
        return {"code": value.code, "parameters": parameters}
    if isinstance(value, (list, tuple)):
        return [encode_message(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    is_plain = value is None or isinstance(value, (bool, int, float, str))
    return value if is_plain else str(value)
