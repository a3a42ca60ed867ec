"""An analysis: analysers run in order over one window, and publish one generation each family at once.

Rooms never import each other; an analyser sees what those before it found through `Analysis.made`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, Protocol, runtime_checkable

from tocsin.findings import Finding
from tocsin.garbage import no_collection
from tocsin.plugins import resolve
from tocsin.progress import Run
from tocsin.workspace import Workspace

ANALYSERS: dict[str, str] = {
    "coordination": "graph.runner:Coordination",
    "influence": "graph.influence_runner:Influencers",
    "narratives": "nlp.analysers:Narratives",
    "signals": "nlp.analysers:Signals",
}
"""Name -> where it is, in the order they run: signals and narratives need the clusters for their coordinated share."""


@dataclass
class Analysis:
    """What an analyser is given. ``index`` is an `index.base.Index`; ``since`` and ``until`` bound ``published_at``.

    ``over`` is set when no analyser runs any more: what works beside them (`Ahead`) gives up.
    """

    index: Any
    workspace: Workspace
    run: Run
    since: datetime | None = None
    until: datetime | None = None
    made: dict[str, list[Finding]] = field(default_factory=dict)
    over: Event = field(default_factory=Event)

    def found(self, kind: str) -> list[Any]:
        """Findings of a kind: those of this analysis, else the published ones (copies come from enrichment)."""
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

    ``begin`` is called before the first analyser and reads what it needs from the index, which threads do not share; the work it gives
    back runs in a thread beside the others, and is done before the analyser's turn.
    """

    def begin(self, analysis: Analysis) -> Callable[[], None]: ...


def analyse(analysis: Analysis, names: Iterable[str] = tuple(ANALYSERS)) -> dict[str, int]:
    """Run analysers and publish; the number of findings by kind. All are computed before the first is published.

    Nobody looks for cyclic garbage meanwhile: at half a million posts that was a fifth of the time, and freed nothing.
    """
    analysers: list[tuple[str, Analyser]] = [(name, resolve(ANALYSERS[name])()) for name in names]
    with no_collection(), ThreadPoolExecutor(1) as beside:
        try:
            ahead = {name: beside.submit(analyser.begin(analysis)) for name, analyser in analysers if isinstance(analyser, Ahead)}
            for name, analyser in analysers:
                analysis.run.beat(stage=name)
                if name in ahead:
                    ahead.pop(name).result()
                for kind in analyser.kinds:
                    analysis.made[kind] = []
                for finding in analyser.analyse(analysis):
                    analysis.made[finding.kind].append(finding)
        finally:
            analysis.over.set()
        for _, analyser in analysers:
            everything = [finding for kind in analyser.kinds for finding in analysis.made[kind]]
            analysis.index.publish(everything, kinds=tuple(analyser.kinds), generation=analysis.run.run_id)
    return {kind: len(found) for kind, found in analysis.made.items()}
