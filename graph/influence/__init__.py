"""Influence: how far posts travel, and whose. The measures alone are public: docs/library.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.influence.measures import expected_spread, h_index, sustained

__all__ = ["expected_spread", "h_index", "sustained"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'graph.influence' has no attribute {name!r}")
    from tocsin.core.plugins import resolve

    return resolve(f"graph.influence.measures:{name}")
