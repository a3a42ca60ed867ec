"""The room's analyser of coordination: posts of the window from the index, findings back."""

from __future__ import annotations

from collections.abc import Iterable

from graph.coordination.engine import find_coordination
from graph.coordination.posts import scanned
from index.analysis import Analysis
from index.base import Window
from tocsin.core.findings import Cluster, Finding


class Coordination:
    """Clusters of accounts coordinated beyond chance, their edges, and what was tested."""

    kinds: tuple[str, ...] = ("tested", "cluster", "edge")

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """Clusters keep the names they had in the generation before; analysts' marks are respected."""
        index = analysis.index
        posts = scanned(index, Window(analysis.since, analysis.until))
        before = {
            c.id: [m.id for m in c.accounts]
            for c in index.findings("cluster")
            if isinstance(c, Cluster)
        }
        found = find_coordination(
            posts, analysis.workspace.settings.graph, before=before, marks=index.marks()
        )
        if len(posts) and not index.stats().stages.get("copies"):
            analysis.run.warn(
                "no post has been tests for copies; run `tocsin enrich` first to see copied texts"
            )
        return found.findings()
