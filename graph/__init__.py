"""Networks of accounts: who acts together, who is heard. Also a library for notebooks, see docs/library.md.

``from graph import co_share_pairs`` imports what it needs when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.coordination import find_coordination
    from graph.pairs import co_share_evidence, co_share_pairs

__all__ = ["co_share_evidence", "co_share_pairs", "find_coordination"]

_PUBLIC = {
    "co_share_pairs": "graph.pairs:co_share_pairs",
    "co_share_evidence": "graph.pairs:co_share_evidence",
    "find_coordination": "graph.coordination:find_coordination",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'graph' has no attribute {name!r}")
    from tocsin.plugins import resolve

    return resolve(_PUBLIC[name])
