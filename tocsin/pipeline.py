"""An analysis: analysers run in order over one window, and publish one generation each family at once.

Rooms never import each other; an analyser sees what those before it found through `Analysis.made`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tocsin.findings import Finding
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
    """What an analyser is given. ``index`` is an `index.base.Index`; ``since`` and ``until`` bound ``published_at``."""

    index: Any
    workspace: Workspace
    run: Run
    since: datetime | None = None
    until: datetime | None = None
    made: dict[str, list[Finding]] = field(default_factory=dict)

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


def analyse(analysis: Analysis, names: Iterable[str] = tuple(ANALYSERS)) -> dict[str, int]:
    """Run analysers and publish; the number of findings by kind. All are computed before the first is published."""
    owned: list[tuple[str, ...]] = []
    for name in names:
        analyser: Analyser = resolve(ANALYSERS[name])()
        analysis.run.beat(stage=name)
        for kind in analyser.kinds:
            analysis.made[kind] = []
        owned.append(tuple(analyser.kinds))
        for finding in analyser.analyse(analysis):
            analysis.made[finding.kind].append(finding)
    for kinds in owned:
        everything = [finding for kind in kinds for finding in analysis.made[kind]]
        analysis.index.publish(everything, kinds=kinds, generation=analysis.run.run_id)
    return {kind: len(found) for kind, found in analysis.made.items()}
