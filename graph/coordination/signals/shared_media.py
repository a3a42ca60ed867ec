"""The same picture or film."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message


class SharedMedia(Signal):
    """The object is the perceptual hash of a medium, or its address where there is no hash."""

    name: ClassVar[str] = "media"
    object_kind: ClassVar[ObjectKind] = "media"
    label: ClassVar[Message] = Message("signal_label.media")
    objects: ClassVar[Message] = Message("object.media")

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post and medium; reposts are left out."""
        given = posts.filter(pl.col("repost_of").is_null()).select("post", object="media")
        return given.explode("object", empty_as_null=False).drop_nulls().unique()
