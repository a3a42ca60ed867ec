"""What an analyser is, and what it is given: `tocsin.app.pipeline` runs them.

Rooms never import each other; an analyser sees what those before it found through `Analysis.made`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, Protocol, runtime_checkable

from index.base import Index, Stats
from tocsin.core.findings import Finding
from tocsin.core.messages import Message
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace


@dataclass
class Analysis:
    """What an analyser is given. ``since`` and ``until`` bound ``published_at``.

    ``over`` is set when no analyser runs any more: what works beside them (`Ahead`) gives up.
    """

    index: Index
    workspace: Workspace
    run: Run
    since: datetime | None = None
    until: datetime | None = None
    made: dict[str, list[Finding]] = field(default_factory=dict)
    over: Event = field(default_factory=Event)

    def found(self, kind: str) -> list[Any]:
        """Findings of a kind: those of this analysis, else the published ones (copies come from
        enrichment)."""
        if kind in self.made:
            return self.made[kind]
        found: list[Any] = self.index.findings(kind)
        return found


class Analyser(Protocol):
    """A family of findings over a window. ``kinds`` are the finding kinds it owns."""

    kinds: tuple[str, ...]

    def analyse(self, analysis: Analysis) -> Iterable[Finding]: ...


@runtime_checkable
class Ahead(Protocol):
    """An analyser with work that needs nothing of what those before it find.

    ``begin`` is called before the first analyser and reads what it needs from the index, which
    threads do not share; the work it gives back runs in a thread beside the others, and is done
    before the analyser's turn.
    """

    def begin(self, analysis: Analysis) -> Callable[[], None]: ...


LACKING = 0.01
"""Share of the posts from which a lack of texts or authors is told beside what was found."""


def lacking(stats: Stats, keys: Sequence[str]) -> list[Message]:
    """How many posts lack what an analysis reads, where it is more than `LACKING`.

    ``keys`` are of `index.base.Stats.without`: author, text.
    """
    said = (lacking_of(key, stats.without.get(key, 0), stats.documents) for key in keys)
    return [message for message in said if message is not None]


def lacking_of(key: str, number: int, posts: int) -> Message | None:
    """That so many of some posts lack what a key names; None where they are few: see `LACKING`."""
    if number <= LACKING * posts:
        return None
    return Message(f"caveat.lacks_{key}", {"n": number, "of": posts})
