"""Links to the same little-used site: shared infrastructure."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.shared_link import links
from tocsin.core.urls import domain

SHORTENERS = frozenset(
    ["t.co", "bit.ly", "buff.ly", "dlvr.it", "goo.gl", "ift.tt", "is.gd", "j.mp", "lnkd.in", "ow.ly", "shorturl.at", "tiny.cc", "tinyurl.com",
     "trib.al", "wp.me", "youtu.be", "fb.me", "amzn.to", "rb.gy", "cutt.ly"]
)  # fmt: skip
"""Hosts that stand in for others: sharing one says nothing."""


class Site:
    """The object is the host of a link, whichever page of it: campaigns that own a site push many of its pages.

    Hosts that everybody links drop out by themselves: the null model expects strangers there.
    """

    name: ClassVar[str] = "site"
    longest: ClassVar[int | None] = None
    label: ClassVar[str] = "linked the same little-used sites"

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post and host."""
        found = links(posts)
        hosts = found.select(pl.col("url").unique()).with_columns(
            object=pl.col("url").map_elements(domain, return_dtype=pl.String)
        )
        return (
            found.join(hosts, on="url", how="inner")
            .filter(~pl.col("object").is_in(["", *sorted(SHORTENERS)]))
            .select("post", "object")
            .unique()
        )
