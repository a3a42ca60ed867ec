"""What stands on the Coordination page under the table: one cluster in detail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tocsin.core.findings import Cluster
from tocsin.core.language.words import Words

_NEVER = datetime.max.replace(tzinfo=UTC)


def cluster_names(clusters: Sequence[Cluster], words: Words) -> dict[str, str]:
    """Cluster id -> Group 1, Group 2... in the order of first appearance, then of ids."""
    order = sorted(clusters, key=lambda c: (c.first_at or _NEVER, c.id))
    return {
        cluster.id: words("coordination.name", n=number) for number, cluster in enumerate(order, 1)
    }
