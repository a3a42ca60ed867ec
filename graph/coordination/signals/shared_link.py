"""Links to the same page."""

from __future__ import annotations

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


PAGES = "pages"
"""Column of `with_pages`: the canonical addresses of the links of a post, as a list."""


def with_pages(posts: pl.DataFrame) -> pl.DataFrame:
    """Posts with the column `PAGES`, so that every signal of links reads each address once."""
    pages = _links(posts).group_by("post", maintain_order=True).agg(pl.col("url").alias(PAGES))
    return posts.join(pages, on="post", how="left", maintain_order="left")


def links(posts: pl.DataFrame) -> pl.DataFrame:
    """``post, url`` (canonical) of every link of posts that are no reposts."""
    if PAGES not in posts.columns:
        return _links(posts)
    return posts.select("post", url=PAGES).explode("url", empty_as_null=False).drop_nulls()


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
