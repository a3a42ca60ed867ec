"""What a view is, and what it is given.

A view is one file in ``dashboard/views`` with an object that satisfies `View`, and one line in
``dashboard/views/__init__.py``. It reads through `Screen.reads` and writes nothing but marks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dashboard.components.account_names import People
    from dashboard.components.theme import Palette
    from dashboard.queries import Reads
    from tocsin.core.language.words import Words
    from tocsin.core.workspace import Workspace


@dataclass(frozen=True)
class Screen:
    """One drawing of one page for one person.

    ``pages`` maps view names to Streamlit's page objects; ``palette`` is that of the theme in force.
    """

    workspace: Workspace
    reads: Reads
    words: Words
    people: People
    palette: Palette
    pages: Mapping[str, Any]

    def names(self, authors: Sequence[str]) -> dict[str, str]:
        """What some accounts are called, for lists that hold ids alone. Their handles are looked up where they may be shown."""
        handles = {} if self.people.hidden else self.reads.handles(authors)
        return {author: self.people.name(author, handles.get(author)) for author in authors}


class View(Protocol):
    """A page. ``name`` is its address and the first part of its catalogue keys (``NAME.title``); ``icon`` a Material symbol."""

    name: str
    icon: str

    def render(self, screen: Screen) -> None:
        """Draw the page. A `tocsin.core.errors.TocsinError` becomes its sentence on the screen."""
