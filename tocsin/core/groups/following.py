"""Who acts after whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """One account that acts after another: ``times`` of ``of`` common acts, median lag in seconds.

    Of common acts in one and the same second neither counts as the later one.
    """

    leader: str
    follower: str
    times: int
    of: int
    seconds: float
