"""An account of a cluster."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account of a cluster: its degree of coordination (weighted, 0 to 1), place on the map."""

    id: str
    handle: str | None = None
    degree: float = 0.0
    posts: int = 0
    x: float = 0.0
    y: float = 0.0
