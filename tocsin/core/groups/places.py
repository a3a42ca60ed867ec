"""The order in which narratives are listed, wherever they are."""

from __future__ import annotations

from typing import Protocol


class Listed(Protocol):
    """What a narrative says of its place."""

    @property
    def name(self) -> str: ...
    @property
    def pinned(self) -> bool: ...
    @property
    def binned(self) -> bool: ...
    @property
    def only_alike(self) -> bool: ...


def narrative_place(narrative: Listed) -> tuple[bool, bool, bool]:
    """What sorts first: pinned ones, then those that tell a story, then posts that are only alike.

    Those in the bin come last. An analyst who named one said that it tells something.
    """
    alike = narrative.only_alike and not (narrative.pinned or narrative.name)
    return narrative.binned, alike, not narrative.pinned
