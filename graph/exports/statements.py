"""What the exports that state findings (`graph.exports.stix`, `graph.exports.report`) are made of: read once, marks of analysts applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from graph.coordination.acts import labels
from graph.coordination.answers import status_of, tested_of
from graph.coordination.signals import SIGNALS
from tocsin.core.findings import Cluster, Member, Method, Tested

if TYPE_CHECKING:
    from index.base import Index

SAYS_NOT = (
    "The test does not say that accounts are false, automated or paid, who arranged it, or that anything is wrong: "
    "posts cannot show that. A person has to look before anything is concluded."
)
"""What no export may be read as."""


@dataclass(frozen=True)
class Group:
    """A published cluster with the status that it has now, without the accounts that an analyst cleared since."""

    cluster: Cluster
    status: str
    accounts: tuple[Member, ...]
    cleared: tuple[Member, ...] = ()
    mark: str | None = None

    @property
    def label(self) -> str:
        """The status in words."""
        return (
            "flagged" if self.status == "flagged" else f"explained by {listed(self.explained_by)}"
        )

    @property
    def explained_by(self) -> tuple[str, ...]:
        """The innocent readings that fit, in words."""
        return tuple(e.kind.replace("_", " ") for e in self.cluster.innocent_explanations if e.fits)


@dataclass(frozen=True)
class Stated:
    """The test and its groups: flagged first, then explained, then cleared, each in the order of publication."""

    tested: Tested
    groups: tuple[Group, ...]

    def of(self, status: str) -> tuple[Group, ...]:
        """The groups of one status."""
        return tuple(group for group in self.groups if group.status == status)

    @property
    def people(self) -> list[tuple[str, str | None]]:
        """Author id and handle of every account of every group."""
        return [
            (m.id, m.handle) for group in self.groups for m in (*group.accounts, *group.cleared)
        ]

    @property
    def flagged_accounts(self) -> int:
        """How many accounts the flagged groups have."""
        return sum(len(group.accounts) for group in self.of("flagged"))

    @property
    def as_of(self) -> datetime | None:
        """The newest time in the data; where the test does not say, that of the groups."""
        return self.tested.data_as_of or max(
            (g.cluster.last_at for g in self.groups if g.cluster.last_at), default=None
        )


def stated(index: Index) -> Stated:
    """Read what is published.

    Raises:
        ConfigError: there is no analysis yet.
    """
    tested, marks = tested_of(index), index.marks()
    order = {"flagged": 0, "explained": 1}
    groups = []
    for cluster in (c for c in index.findings("cluster") if isinstance(c, Cluster)):
        benign = [marks.get(m.id, {}).get("mark") == "benign" for m in cluster.accounts]
        kept = tuple(m for m, out in zip(cluster.accounts, benign, strict=True) if not out)
        cleared = tuple(m for m, out in zip(cluster.accounts, benign, strict=True) if out)
        mark = marks.get(cluster.id, {}).get("mark")
        groups.append(
            Group(cluster, status_of(cluster, mark) if kept else "cleared", kept, cleared, mark)
        )
    return Stated(tested, tuple(sorted(groups, key=lambda g: order.get(g.status, 2))))


def said(signal: str) -> str:
    """A signal in words."""
    return labels([signal])[signal] if signal in SIGNALS else signal


def number(value: float | None) -> str:
    """A probability or an expectation, to two digits."""
    return "not known" if value is None else f"{value:.2g}"


def expectation(value: float) -> str:
    """An expected number of accounts: ``0.12``, ``fewer than 0.01 (1.1e-40)``."""
    return f"fewer than 0.01 ({value:.2g})" if 0 < value < 0.01 else f"{value:.2g}"


def span(seconds: float | None) -> str:
    """A length of time for a person: ``8.1 s``, ``1 min 48 s``, ``3 h 20 min``."""
    if seconds is None:
        return "an unknown time"
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    parts = (
        ((whole // 60, "min"), (whole % 60, "s"))
        if whole < 3_600
        else ((whole // 3_600, "h"), (whole % 3_600 // 60, "min"))
    )
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def moment(at: datetime | None) -> str:
    """``2026-01-31 12:00 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "unknown"


def sentence(text: str) -> str:
    """With a capital in front and a full stop behind."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".") if text else ""


def parameters(method: Method) -> str:
    """The parameters of a method in one line, the time of the data left out."""
    shown = {
        key.replace("_", " "): value
        for key, value in sorted(method.parameters.items())
        if key != "data_as_of" and value is not None
    }
    return "; ".join(f"{key} {_value(value)}" for key, value in shown.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in sorted(value.items()))
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "none"
