"""Quotes of the same post."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message


class Quote(Signal):
    """The object is the post that is quoted."""

    name: ClassVar[str] = "quote"
    object_kind: ClassVar[ObjectKind] = "post"
    label: ClassVar[Message] = Message("signal_label.quote")
    objects: ClassVar[Message] = Message("object.quote")

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per quoting post."""
        return posts.filter(pl.col("quote_of").is_not_null()).select("post", object="quote_of")
