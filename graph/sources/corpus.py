"""The posts and links that dossiers are made of, as polars frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from graph.sources.first_publication import NO_SIGHTINGS
from index.current import flagged_members
from tocsin.core.findings import Cluster
from tocsin.core.urls import domain

COLUMNS = (
    "id",
    "author",
    "published_at",
    "kind",
    "urls",
    "repost_of",
    "copy_group",
    "url",
    "precision",
)
"""The columns that `Corpus.from_scan` asks a scan for."""

DisplayName = Callable[[str], str]


@dataclass(frozen=True)
class Corpus:
    """Posts, links and groups of a workspace.

    Attributes:
        posts: ``id author at`` (ms) ``repost_of copy_group site`` (of an article the domain of its
            address, else null).
        links: ``id author at precision url site``, one row for each post and address that
            it links to.
        flagged: account -> id of its group, pair, star or chain, where nothing explains it.
        clusters: all groups, pairs, stars and chains that no analyst cleared.
        display_name: how an account is shown.
        sightings: ``id first_seen last_seen`` (ms) of articles: when we saw them, whatever they
            claim.
    """

    posts: pl.DataFrame
    links: pl.DataFrame
    flagged: Mapping[str, str]
    clusters: Sequence[Cluster] = field(default=())
    display_name: DisplayName = str
    sightings: pl.DataFrame = field(default_factory=NO_SIGHTINGS.clone)

    @classmethod
    def from_scan(
        cls, scanned: pl.DataFrame, clusters: Sequence[Cluster], display_name: DisplayName = str
    ) -> Corpus:
        """From a scan of `COLUMNS` and the groups as they stand under analysts' marks."""
        if "precision" not in scanned.columns:
            scanned = scanned.with_columns(precision=pl.lit(None, pl.String))
        dated = scanned.filter(pl.col("published_at").is_not_null()).sort("published_at", "id")
        posts = dated.select(
            "id",
            "author",
            pl.col("published_at").alias("at"),
            "repost_of",
            "copy_group",
            pl.when(pl.col("kind") == "article").then(_domain_of("url")).alias("site"),
        )
        links = (
            dated.filter(pl.col("author").is_not_null())
            .select(
                "id",
                "author",
                pl.col("published_at").alias("at"),
                "precision",
                pl.col("urls").alias("url"),
            )
            .explode("url")
            .filter(pl.col("url").is_not_null())
            .unique(["id", "url"], maintain_order=True)
            .with_columns(_domain_of("url").alias("site"))
            .filter(pl.col("site") != "")
        )
        return cls(posts, links, flagged_members(clusters), clusters, display_name)

    def has_site(self, site: str) -> bool:
        """Whether a post links to this domain, or an article stands on it."""
        return any(bool((frame["site"] == site).any()) for frame in (self.links, self.posts))


def _domain_of(column: str) -> pl.Expr:
    """The domain of addresses, each different one read once."""
    return pl.col(column).map_batches(_domains, return_dtype=pl.String)


def _domains(urls: pl.Series) -> pl.Series:
    different = urls.unique().drop_nulls()
    domains = pl.Series([domain(url) for url in different.to_list()], dtype=pl.String)
    return urls.replace_strict(different, domains, default=None, return_dtype=pl.String)
