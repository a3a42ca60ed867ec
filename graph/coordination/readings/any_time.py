"""Accounts that share the same things at any time: one taste, and no moment."""

from __future__ import annotations

from typing import ClassVar

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.readings.chance.hours import choices
from graph.coordination.readings.chance.results import CHANCE
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message


class AnyTime(BuiltInReading):
    """What the accounts share is no nearer in time than any two posts of the collection."""

    name: ClassVar[str] = "any_time"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset(
        {"post", "address", "site", "tags", "text", "media", "account"}
    )

    def fit(self, group: GroupEvidence) -> Fit:
        """What is shared, where permuted times could bring it as close together."""
        times, every = group.times, group.events.height
        price = choices(group.members)
        counts = {"n": round(times.near), "of": round(times.shared), "expected": times.expected}
        because = Message("because.any_time", counts)
        if times.attainable * price > CHANCE or times.p * price <= CHANCE:
            return Fit(0.0, because)
        return Fit(ratio(every - group.of_kinds("time").height, every), because)
