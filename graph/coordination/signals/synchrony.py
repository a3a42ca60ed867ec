"""Posting at the same moments, whatever is posted."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import SYNCHRONY, ObjectKind, Signal
from tocsin.core.messages import Message


class Synchrony(Signal):
    """The object is the moment itself.

    It is tested against times jittered inside the hour: see `graph.coordination.synchrony`.
    """

    name: ClassVar[str] = "synchrony"
    object_kind: ClassVar[ObjectKind] = "time"
    label: ClassVar[Message] = Message("signal_label.synchrony")
    coarse_label: ClassVar[Message | None] = Message("signal_label.synchrony_minutes")
    objects: ClassVar[Message] = Message("object.synchrony")
    family: ClassVar[str] = SYNCHRONY
    specificity: ClassVar[int] = 0
    longest: ClassVar[int | None] = 60

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post."""
        return posts.select("post", object=pl.lit("moment"))
