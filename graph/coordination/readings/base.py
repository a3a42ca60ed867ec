"""What an innocent reading is, and what it is tried on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import polars as pl

from graph.coordination.readings.chance.results import MomentContents, SameHours, SameTimes
from graph.coordination.signals.objects import ObjectKind
from tocsin.core.messages import Message

FITS = 0.6
"""Share of the evidence that a reading must account for."""
CROWD = 10
"""Outsiders within the hour from which an object was a crowd's."""


@dataclass(frozen=True)
class GroupEvidence:
    """A group as the readings see it.

    Attributes:
        members: number of accounts.
        events: one row a burst of the evidence: ``signal, object_kind, object, accounts`` (list),
            ``posts`` (list of row numbers), ``outsiders`` (others who act on the object within the
            hour), ``target`` (author of the reposted or answered post, null where unknown).
        crowd_events: further bursts that the accounts shared, left out of the test because a crowd
            shared them.
        pace: median seconds between the acts of two members on one thing.
        output: share of all posts, those of the evidence left out, that the members write.
        posts: the posts of the events by row number ``post``: ``account, published_at, text, urls,
            hashtags, verified, author_description``; ``carries``, whether it carries anything that
            others could share.
        resolution_ms: the step in which times are written.
        hours: the group beside the others who posted in the same hours.
        carrying: what its posts carry, where its moments matter.
        times: what it shares at any time, and how much of that is near.
    """

    members: int
    events: pl.DataFrame
    crowd_events: int
    pace: float
    output: float
    posts: pl.DataFrame
    resolution_ms: int
    hours: SameHours = SameHours()
    carrying: MomentContents = MomentContents()
    times: SameTimes = SameTimes()

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of objects that the members share."""
        return frozenset(self.events["object_kind"].to_list())

    @cached_property
    def _by_kinds(self) -> dict[frozenset[ObjectKind], pl.DataFrame]:
        """`of_kinds`, as far as asked: several readings look at the same kinds."""
        return {}

    def of_kinds(self, *kinds: ObjectKind) -> pl.DataFrame:
        """The events whose objects are of these kinds."""
        wanted = frozenset(kinds)
        if wanted not in self._by_kinds:
            self._by_kinds[wanted] = self.events.filter(pl.col("object_kind").is_in(kinds))
        return self._by_kinds[wanted]


@dataclass(frozen=True)
class Fit:
    """How much of the evidence a reading accounts for, 0 to 1, and because of what.

    ``refuted_by`` replaces the reading's own, where this group needs something else.
    """

    share: float
    because: Message
    refuted_by: Message | None = None


class Reading(ABC):
    """An innocent way in which the accounts of a group may have come to act alike.

    Attributes:
        name: as it stands in findings (``kind``), and in the registry.
        label: what it is called, as a heading: "A news event".
        refuted_by: what would show that it does not fit, as a clause.
        object_kinds: the kinds of objects whose sharing it can explain; None stands for all.
    """

    name: ClassVar[str]
    label: ClassVar[Message]
    refuted_by: ClassVar[Message]
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = None

    @property
    def phrase(self) -> Message:
        """What it is called inside a sentence."""
        return self.label

    @abstractmethod
    def fit(self, group: GroupEvidence) -> Fit:
        """How well the reading fits a group."""


class BuiltInReading(Reading):
    """A reading whose words are in the catalogues, under its name."""

    def __init_subclass__(cls) -> None:
        cls.label = Message(f"explanation.{cls.name}")
        cls.refuted_by = Message(f"refuted.{cls.name}")

    @property
    def phrase(self) -> Message:
        """What it is called inside a sentence: ``news burst``."""
        return Message(f"explanation.phrase.{self.name}")


def ratio(part: int, whole: int) -> float:
    """A share, at most 1; 0 of nothing."""
    return min(1.0, part / whole) if whole else 0.0


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
