"""Links to the same page."""

from __future__ import annotations

import weakref
from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from tocsin.core.messages import Message
from tocsin.core.urls import canonical_url


class SharedLink(Signal):
    """The object is the canonical address (coordinated link sharing: Giglietto et al. 2020)."""

    name: ClassVar[str] = "link"
    object_kind: ClassVar[ObjectKind] = "address"
    label: ClassVar[Message] = Message("signal_label.link")
    objects: ClassVar[Message] = Message("object.link")

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per address; reposts are left out, since the repost is the act."""
        return links(posts).select("post", object="url").unique()


_latest: list[tuple[weakref.ref[pl.DataFrame], pl.DataFrame]] = []


def links(posts: pl.DataFrame) -> pl.DataFrame:
    """``post, url`` (canonical) of every link of posts that are no reposts.

    Pages and sites are read from one table, which is kept as long as the posts are.
    """
    for of, known in list(_latest):
        if of() is posts:
            return known
    table = _links(posts)
    _latest[:] = [(weakref.ref(posts, lambda _: _latest.clear()), table)]
    return table


def _links(posts: pl.DataFrame) -> pl.DataFrame:
    given = (
        posts.filter(pl.col("repost_of").is_null())
        .select("post", url="urls")
        .explode("url", empty_as_null=False)
        .drop_nulls()
    )
    known = given.select(pl.col("url").unique())
    known = known.with_columns(
        page=pl.col("url").map_elements(canonical_url, return_dtype=pl.String)
    )
    return given.join(known, on="url", how="inner").select("post", url="page")
