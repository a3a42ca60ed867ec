"""Published groups as they stand now: under the marks that analysts have made since.

A mark counts from the moment it is made, not only from the next analysis. Whoever shows a group's
status, or counts what flagged accounts did, reads it here, so that all surfaces agree.
"""

from __future__ import annotations

from index.base import Index
from tocsin.core.findings import Cluster, Structure


def current_clusters(index: Index) -> list[Cluster]:
    """The published clusters under the marks of now, cleared ones included, in published order."""
    marks = index.marks()
    return [c.under(marks) for c in index.findings("cluster") if isinstance(c, Cluster)]


def current_structures(index: Index) -> list[Structure]:
    """The published pairs, stars and chains under the marks of now, as `current_clusters`."""
    marks = index.marks()
    return [s.under(marks) for s in index.findings("structure") if isinstance(s, Structure)]
