"""The same text, through typos, look-alike letters, rewording and translation."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message


class CopiedText(Signal):
    """The object is the group that the stage ``copies`` of enrichment put the post in.

    Where that stage did not run there are no acts.
    """

    name: ClassVar[str] = "copy"
    object_kind: ClassVar[ObjectKind] = "text"
    label: ClassVar[Message] = Message("signal_label.copy")
    objects: ClassVar[Message] = Message("object.copy")

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post in a group; reposts are left out, since the repost is the act."""
        copied = pl.col("copy_group").is_not_null() & pl.col("repost_of").is_null()
        return posts.filter(copied).select("post", object="copy_group")
