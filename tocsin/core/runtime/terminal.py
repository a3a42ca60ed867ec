"""A terminal that keeps together what a no-break space holds: rich breaks lines there, too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

_HELD = {0x202F: "\ue000", 0x00A0: "\ue001"}
_FREE = {ord(held): chr(space) for space, held in _HELD.items()}


def hold(text: str) -> str:
    """The text with signs of no meaning in place of no-break spaces: no line is broken there."""
    return text.translate(_HELD)


class Terminal(Console):
    """A console that writes the no-break spaces again that `hold` replaced."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich's; no-break spaces of plain text hold."""
        held = (hold(one) if isinstance(one, str) else one for one in objects)
        super().print(*held, **options)

    def render(self, *arguments: Any, **options: Any) -> Iterable[Segment]:
        """As rich's, after lines were broken."""
        for segment in super().render(*arguments, **options):
            yield Segment(segment.text.translate(_FREE), segment.style, segment.control)
