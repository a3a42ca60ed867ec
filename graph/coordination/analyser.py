"""The room's analyser of coordination: posts of the window from the index, findings back."""

from __future__ import annotations

from collections.abc import Iterable

from graph.coordination.engine import find_coordination
from graph.coordination.posts import scan_posts
from index.analysis import Analysis
from index.base import Window
from tocsin.core.findings import Cluster, Finding
from tocsin.core.messages import Message


class Coordination:
    """Clusters of accounts coordinated beyond chance, their edges, and what was tested."""

    kinds: tuple[str, ...] = ("tested", "cluster", "structure", "edge", "tie")

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """Clusters keep the names that they had in the generation before; their ids do not depend
        on it.

        Accounts that analysts marked benign are left out. Where most posts have no author or no
        time, or where times are too coarse to test anything, the run says so.
        """
        index = analysis.index
        posts = scan_posts(index, Window(analysis.since, analysis.until))
        before = {
            cluster.subject: [member.id for member in cluster.accounts]
            for kind in ("cluster", "structure")
            for cluster in index.findings(kind)
            if isinstance(cluster, Cluster)
        }
        settings = analysis.workspace.settings.graph
        result = find_coordination(posts, settings, before=before, marks=index.marks())
        if len(posts) and not index.stats().stages.get("copies"):
            analysis.run.warn(Message("coordination_run.no_copies"))
        for part in result.tested.left_out:
            incomplete = part.reason in ("no_author", "no_time", "day_only")
            mostly = incomplete and 2 * part.posts > len(posts) + posts.incomplete
            if mostly or part.reason == "coarse_times":
                analysis.run.warn(part.said)
        return result.findings()
