"""An analysis: analysers run in order over one window, and publish one generation of each family at once."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from index.analysis import Ahead, Analyser, Analysis
from tocsin.core.plugins import resolve
from tocsin.core.runtime.garbage_collection import no_collection

ANALYSERS: dict[str, str] = {
    "coordination": "graph.coordination.analyser:Coordination",
    "influence": "graph.influence.analyser:Influencers",
    "narratives": "nlp.analysers:Narratives",
    "signals": "nlp.analysers:Signals",
}
"""Name -> where it is, in the order they run: signals and narratives need the clusters for their coordinated share."""


def analyse(analysis: Analysis, names: Iterable[str] = tuple(ANALYSERS)) -> dict[str, int]:
    """Run analysers and publish; the number of findings by kind. All are computed before the first is published.

    Nobody looks for cyclic garbage meanwhile: at half a million posts that was a fifth of the time, and freed nothing.
    """
    analysers: list[tuple[str, Analyser]] = [(name, resolve(ANALYSERS[name])()) for name in names]
    with no_collection(), ThreadPoolExecutor(1) as beside:
        try:
            ahead = {
                name: beside.submit(analyser.begin(analysis))
                for name, analyser in analysers
                if isinstance(analyser, Ahead)
            }
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
            analysis.index.publish(
                everything, kinds=tuple(analyser.kinds), generation=analysis.run.run_id
            )
    return {kind: len(found) for kind, found in analysis.made.items()}
