"""Published groups, with analysts' marks applied, for the exports that state findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from graph.exports.phrases import expectation, listed
from graph.wording import reading_name
from tocsin.core.calibration.stated import false_accounts, measured_false_accounts
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Member, SignalDescription, Tested
from tocsin.core.messages import Message
from tocsin.core.shared_objects import describe_signal

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

T = TypeVar("T")

STATUSES = ("flagged", "explained", "cleared")
"""In the order in which groups are told."""
SAYS_NOT = Message("report.says_not")
"""What no export may be read as."""


@dataclass(frozen=True)
class ReportedGroup:
    """A group as it stands under the marks of now, and the accounts that an analyst cleared."""

    cluster: Cluster
    cleared: tuple[Member, ...] = ()

    @property
    def explained_by(self) -> tuple[Message, ...]:
        """The innocent readings that fit."""
        return tuple(reading_name(e) for e in self.cluster.innocent_explanations if e.fits)

    @property
    def status_label(self) -> Message:
        """The status in words: flagged, or what it is explained by."""
        if self.cluster.status == "flagged":
            return Message("report.group.flagged")
        return Message("report.group.explained_by", {"names": listed(self.explained_by)})


@dataclass(frozen=True)
class CoordinationResults:
    """The test, its groups, and apart from them its pairs, stars and chains.

    Each flagged first, then explained, then cleared; groups as published, the others by q-value.
    """

    tested: Tested
    groups: tuple[ReportedGroup, ...]
    structures: tuple[ReportedGroup, ...] = ()
    measured: Mapping[str, Any] | None = None
    """`measured_false_accounts`."""

    @property
    def expected(self) -> Message:
        """How many of the flagged accounts are there by chance, and how one knows."""
        return false_accounts(expectation(self.tested.expected_false_accounts), self.measured)

    def with_status(self, status: str) -> tuple[ReportedGroup, ...]:
        """The groups of one status."""
        return tuple(group for group in self.groups if group.cluster.status == status)

    @property
    def reported(self) -> tuple[ReportedGroup, ...]:
        """The groups that exports speak of: flagged, then explained."""
        return (*self.with_status("flagged"), *self.with_status("explained"))

    @property
    def reported_structures(self) -> tuple[ReportedGroup, ...]:
        """The pairs, stars and chains that exports speak of: flagged, then explained."""
        return tuple(found for found in self.structures if found.cluster.status != "cleared")

    @property
    def everything(self) -> tuple[ReportedGroup, ...]:
        """Groups, then pairs, stars and chains, whatever their status."""
        return (*self.groups, *self.structures)

    @property
    def handles(self) -> list[tuple[str, str | None]]:
        """Author id and handle of every account of every group and structure."""
        return [
            (member.id, member.handle)
            for group in self.everything
            for member in (*group.cluster.accounts, *group.cleared)
        ]

    @property
    def flagged_accounts(self) -> int:
        """How many accounts are flagged, in groups, pairs, stars and chains."""
        flagged = (found.cluster for found in self.everything if found.cluster.status == "flagged")
        return sum(len(cluster.accounts) for cluster in flagged)

    @property
    def data_as_of(self) -> datetime | None:
        """The newest time in the data; where the test does not say, that of the groups."""
        times = (found.cluster.last_at for found in self.everything)
        return self.tested.data_as_of or max((at for at in times if at), default=None)

    def signal(self, name: str) -> SignalDescription:
        """What a signal says of itself."""
        return describe_signal(self.tested, name)


def read_results(
    index: Index,
    people: Pseudonyms | None = None,
    calibration: Mapping[str, Any] | None = None,
) -> CoordinationResults:
    """Read what is published.

    Args:
        index: where.
        people: puts pseudonyms for the names of accounts in sentences and shared addresses.
        calibration: the newest of the workspace.

    Raises:
        ConfigError: there is no analysis yet.
    """

    def shown(finding: T) -> T:
        return people.finding(finding, objects=False) if people else finding

    tested = next((f for f in index.findings("tested") if isinstance(f, Tested)), None)
    if tested is None:
        raise ConfigError(Message("report.no_analysis"))
    marks = index.marks()

    def under_marks(kind: str) -> Iterator[ReportedGroup]:
        for published in index.findings(kind):
            if isinstance(published, Cluster):
                cluster = shown(published.under(marks))
                kept = {member.id for member in cluster.accounts}
                yield ReportedGroup(
                    cluster, tuple(m for m in published.accounts if m.id not in kept)
                )

    def status_then_q(found: ReportedGroup) -> tuple[int, float, str]:
        return STATUSES.index(found.cluster.status), found.cluster.q_value, found.cluster.id

    groups = sorted(under_marks("cluster"), key=lambda g: STATUSES.index(g.cluster.status))
    structures = sorted(under_marks("structure"), key=status_then_q)
    measured = measured_false_accounts(calibration, tested)
    return CoordinationResults(shown(tested), tuple(groups), tuple(structures), measured)
