"""What a coordination signal is."""

from __future__ import annotations

from typing import ClassVar, Protocol

import polars as pl

ACT_SCHEMA = {"post": pl.UInt32, "object": pl.String}
"""What a signal gives: the row number of a post and what that post acts on, one row per act."""


class Signal(Protocol):
    """One way in which posts of different accounts can be about the same thing.

    Attributes:
        name: as it stands in findings.
        longest: the longest window in seconds in which sharing an object of this signal means anything;
            None leaves it to the settings.
        label: what the signal is, for a person: "reposted the same post".
    """

    name: ClassVar[str]
    longest: ClassVar[int | None]
    label: ClassVar[str]

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """The acts of the posts of a `graph.coordination.posts.Posts` frame: columns of `ACT_SCHEMA`.

        A post with several objects gives several rows; the order of rows does not matter. Nothing
        but the post's own row may be looked at: streaming gives posts in any batches.
        """
