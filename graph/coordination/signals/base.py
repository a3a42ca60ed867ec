"""What a coordination signal is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from graph.coordination.signals.objects import ACT_SCHEMA as ACT_SCHEMA
from graph.coordination.signals.objects import ObjectKind as ObjectKind
from tocsin.core.findings import SignalDescription
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from graph.coordination.readings.base import Reading

ACTS = "acts"
"""The family of signals whose co-actions are counted together."""
SYNCHRONY = "synchrony"
"""The family of the one signal that has no objects: times tested against jitter."""
DELETIONS = "deletions"
"""The family of signals of posts that are gone: habits of deleting are tested, too."""
MINUTE_MS = 60_000
PARTICULAR = 3
"""Specificity from which everything that two posts share is evidence of its own."""


class Signal(ABC):
    """One way in which posts of different accounts can be about the same thing.

    Attributes:
        name: as it stands in findings, and in the registry.
        object_kind: what its objects are.
        label: what two accounts did, as it follows "they have": "reposted the same posts".
        coarse_label: the same where times are written by the minute or coarser, if it differs.
        objects: counted objects, with the placeholder ``n``: "{n} reposted posts".
        family: signals of one family are counted together and tested together. A signal whose
            objects contain those of another one (a site has pages) needs a family of its own.
        specificity: of two signals about the same two posts the higher says more. Below
            `PARTICULAR` a signal is evidence only where nothing more specific links the two posts.
        longest: the longest window in seconds in which sharing an object means anything; None
            leaves it to the settings.
        readings: innocent readings that only this signal has; they are tried on groups that
            share by it, beside those of the registry.
    """

    name: ClassVar[str]
    object_kind: ClassVar[ObjectKind]
    label: ClassVar[Message]
    coarse_label: ClassVar[Message | None] = None
    objects: ClassVar[Message]
    family: ClassVar[str] = ACTS
    specificity: ClassVar[int] = PARTICULAR
    longest: ClassVar[int | None] = None
    readings: ClassVar[tuple[type[Reading], ...]] = ()

    @abstractmethod
    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """The acts of a `graph.coordination.posts.Posts` frame: columns of `ACT_SCHEMA`.

        A post with several objects gives several rows; the order of rows does not matter. Nothing
        but the post's own row may be looked at: streaming gives posts in any batches.
        """

    @classmethod
    def is_particular(cls) -> bool:
        """Whether it is evidence by itself: see `PARTICULAR`."""
        return cls.specificity >= PARTICULAR

    @classmethod
    def label_at(cls, resolution_ms: int) -> Message:
        """What two accounts did, no finer than times are written (a step in ms)."""
        return cls.coarse_label if cls.coarse_label and resolution_ms >= MINUTE_MS else cls.label

    @classmethod
    def describe(cls, resolution_ms: int = 1) -> SignalDescription:
        """What is published with an analysis, so that no reader needs a list of signals."""
        return SignalDescription(
            name=cls.name,
            family=cls.family,
            object_kind=cls.object_kind,
            specificity=cls.specificity,
            label=cls.label_at(resolution_ms),
            objects=cls.objects,
        )
