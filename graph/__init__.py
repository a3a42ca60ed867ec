"""Networks of accounts: who acts together, who is heard.

Also a library for notebooks, see docs/library.md.

``from graph import co_share_pairs`` imports what it needs when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.calibration.false_accounts import false_accounts
    from graph.coordination.engine import find_coordination
    from graph.coordination.library.pairs import co_share_evidence, co_share_pairs
    from graph.influence.measures import expected_spread
    from graph.influence.scores import influence_table
    from graph.shares.library import coordinated_shares

__all__ = [
    "co_share_evidence",
    "co_share_pairs",
    "coordinated_shares",
    "expected_spread",
    "false_accounts",
    "find_coordination",
    "influence_table",
]

_PUBLIC = {
    "co_share_pairs": "graph.coordination.library.pairs:co_share_pairs",
    "co_share_evidence": "graph.coordination.library.pairs:co_share_evidence",
    "coordinated_shares": "graph.shares.library:coordinated_shares",
    "expected_spread": "graph.influence.measures:expected_spread",
    "false_accounts": "graph.calibration.false_accounts:false_accounts",
    "find_coordination": "graph.coordination.engine:find_coordination",
    "influence_table": "graph.influence.scores:influence_table",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'graph' has no attribute {name!r}")
    from tocsin.core.plugins import resolve

    return resolve(_PUBLIC[name])
