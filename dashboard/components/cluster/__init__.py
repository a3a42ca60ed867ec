"""What stands on the Coordination page under the table: one cluster in detail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from tocsin.core.findings import Cluster, Structure
from tocsin.core.language.words import Words

_NEVER = datetime.max.replace(tzinfo=UTC)


def cluster_names(clusters: Sequence[Cluster], words: Words) -> dict[str, str]:
    """Cluster id -> Group 1, Group 2... or Pair 1, Star 1, Pair 2..., each shape numbered in the
    order of first appearance, then of ids.
    """
    order = sorted(clusters, key=lambda c: (c.first_at or _NEVER, c.id))
    numbers: Counter[str] = Counter()
    names = {}
    for cluster in order:
        shape = cluster.shape if isinstance(cluster, Structure) else "group"
        numbers[shape] += 1
        names[cluster.id] = words(f"coordination.name.{shape}", n=numbers[shape])
    return names
