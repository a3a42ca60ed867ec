"""The appearance of the map: size and colour of each account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.components.network.conversation import Conversation
from dashboard.components.theme import Palette

SMALLEST, RANGE = 2.5, 12.0
OWN_COLOURS = 7
"""Communities or groups that have a colour of their own; the rest shares one."""


@dataclass(frozen=True)
class Appearance:
    """What sizes and colours of a map mean: of `conversation.SIZES` and `conversation.COLOURS`."""

    conversation: Conversation
    size: str
    colour: str

    def sizes(self) -> list[float]:
        """The radius of each account's disc; its area grows with the figure."""
        figures = [float(node[self.size]) for node in self.conversation.nodes]
        most = max(figures, default=0.0) or 1.0
        return [SMALLEST + RANGE * math.sqrt(figure / most) for figure in figures]

    @cached_property
    def _places(self) -> Mapping[Any, int]:
        """Community or group -> the place of its colour."""
        if self.colour == "flagged":
            groups = [node["flagged"] for node in self.conversation.nodes if node["flagged"]]
            named = sorted(set(groups), key=lambda group: (-groups.count(group), group))
        else:
            named = [community["id"] for community in self.conversation.communities]
        return {name: place for place, name in enumerate(named[:OWN_COLOURS])}

    def place(self, name: Any) -> int:
        """The place of the colour of a community or group in `list_colours`."""
        if self.colour == "flagged" and name:
            return self._places.get(name, OWN_COLOURS - 1)
        return self._places.get(name, OWN_COLOURS)

    def colour_of(self, node: Mapping[str, Any]) -> int:
        """The place of an account's colour in `list_colours`."""
        return self.place(node[self.colour])


def list_colours(colours: Palette) -> list[str]:
    """The colours of a map in a theme: those of their own, then that of the rest."""
    return [*colours.objects[:OWN_COLOURS], colours.slate]
