"""What was found damaged in a file, and what was done about it: counted, with one example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.core.messages import Message
from tocsin.core.text import show_control

MAX_EXAMPLE = 80


@dataclass
class Found:
    """One kind of damage of one key: in how many rows, and how it looks."""

    n: int
    example: str


class DamageReport:
    """The damage of one file.

    ``found``: (what: ``id``, ``author``, a relation, ``text``; kind: ``scientific``, ``rounded``,
    ``repeated``, ``double_encoding``, ``control``) -> how often.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Found] = {}

    def add(self, what: str, kind: str, example: Any) -> None:
        """Count one damaged value."""
        seen = self.found.get((what, kind))
        if seen is None:
            self.found[what, kind] = Found(1, str(example)[:MAX_EXAMPLE])
        else:
            seen.n += 1

    def seen(self, row: dict[str, Any]) -> dict[str, Any]:
        """The same exchange object; control characters of its texts, which no document keeps, are
        counted: a byte that was read in the wrong encoding may be a letter that is lost.
        """
        for name in _TEXTS:
            text = row.get(name)
            if type(text) is not str or text.isprintable():  # one pass in C
                continue
            if shown := show_control(text):
                self.add("text", "control", shown)
                break
        return row

    def document(self) -> list[dict[str, Any]]:
        """As JSON: ``key``, ``kind``, ``rows`` and ``example``."""
        return [
            {"key": what, "kind": kind, "rows": found.n, "example": found.example}
            for (what, kind), found in sorted(self.found.items())
        ]

    def notes(self, file: str) -> Iterator[Message]:
        """Sentences for the report."""
        for (what, kind), found in sorted(self.found.items()):
            parameters = {"file": file, "key": what, "n": found.n, "example": found.example}
            yield Message(f"intake.damaged_{_SENTENCES.get(what, 'pointer')}_{kind}", parameters)


_TEXTS = ("text", "title")
_SENTENCES = {"id": "id", "author": "author", "text": "text"}
