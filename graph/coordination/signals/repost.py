"""Reposts of the same post."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message


class Repost(Signal):
    """The object is the post that is reposted (co-retweet: Pacheco et al. 2021)."""

    name: ClassVar[str] = "repost"
    object_kind: ClassVar[ObjectKind] = "post"
    label: ClassVar[Message] = Message("signal_label.repost")
    objects: ClassVar[Message] = Message("object.repost")

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per repost; tables of shares name an original as the repost of itself."""
        others = pl.col("repost_of").is_not_null() & (pl.col("repost_of") != pl.col("id"))
        return posts.filter(others).select("post", object="repost_of")
