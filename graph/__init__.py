"""Networks of accounts: who acts together, who is heard. Also a library for notebooks, see docs/library.md.

``from graph import co_share_pairs`` imports what it needs when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.coordination import find_coordination
    from graph.influence import expected_spread
    from graph.influence_scores import influence_table
    from graph.pairs import co_share_evidence, co_share_pairs

__all__ = ["co_share_evidence", "co_share_pairs", "expected_spread", "find_coordination", "influence_table"]

_PUBLIC = {
    "co_share_pairs": "graph.pairs:co_share_pairs",
    "co_share_evidence": "graph.pairs:co_share_evidence",
    "expected_spread": "graph.influence:expected_spread",
    "find_coordination": "graph.coordination:find_coordination",
    "influence_table": "graph.influence_scores:influence_table",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'graph' has no attribute {name!r}")
    from tocsin.plugins import resolve

    return resolve(_PUBLIC[name])
