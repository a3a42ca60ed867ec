"""The order in which narratives are listed, wherever they are."""

from __future__ import annotations

from typing import Protocol


class Sortable(Protocol):
    """What the order of a narrative depends on."""

    @property
    def name(self) -> str: ...
    @property
    def pinned(self) -> bool: ...
    @property
    def binned(self) -> bool: ...
    @property
    def only_alike(self) -> bool: ...


def narrative_sort_key(narrative: Sortable) -> tuple[bool, bool, bool]:
    """Sort pinned narratives first, then those that tell a story, then posts that are only similar.

    Those in the bin come last. A narrative that an analyst named counts as a story.
    """
    alike = narrative.only_alike and not (narrative.pinned or narrative.name)
    return narrative.binned, alike, not narrative.pinned
