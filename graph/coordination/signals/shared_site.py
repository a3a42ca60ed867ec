"""Links to the same little-used site: shared infrastructure."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from graph.coordination.signals.shared_link import links
from tocsin.core.messages import Message
from tocsin.core.urls import SHORTENERS, domain


class SharedSite(Signal):
    """The object is the host of a link, whichever page of it.

    Campaigns that own a site push many of its pages. A site is counted apart from its pages, which
    are links already.
    Hosts that everybody links drop out by themselves: the null model expects strangers there.
    """

    name: ClassVar[str] = "site"
    object_kind: ClassVar[ObjectKind] = "site"
    label: ClassVar[Message] = Message("signal_label.site")
    objects: ClassVar[Message] = Message("object.site")
    family: ClassVar[str] = "sites"
    specificity: ClassVar[int] = 1

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per post and host."""
        linked = links(posts)
        hosts = linked.select(pl.col("url").unique()).with_columns(
            object=pl.col("url").map_elements(domain, return_dtype=pl.String)
        )
        return (
            linked.join(hosts, on="url", how="inner")
            .filter(~pl.col("object").is_in(["", *sorted(SHORTENERS)]))
            .select("post", "object")
            .unique()
        )
