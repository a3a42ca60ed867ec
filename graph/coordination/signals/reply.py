"""Replies to the same post."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message


class ReplyTarget(Signal):
    """The object is the post that is replied to: reply brigades act on the same targets."""

    name: ClassVar[str] = "reply"
    object_kind: ClassVar[ObjectKind] = "post"
    label: ClassVar[Message] = Message("signal_label.reply")
    objects: ClassVar[Message] = Message("object.reply")

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per reply."""
        return posts.filter(pl.col("reply_to").is_not_null()).select("post", object="reply_to")
