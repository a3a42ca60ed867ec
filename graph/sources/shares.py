"""Shares of the posts of every domain or account, to compare one of them with the rest.

Each function gives ``key, share, n, posts``: the domain or account, which part of its posts has the
property, how many posts were looked at, and the first posts that have it.
"""

from __future__ import annotations

import polars as pl

from tocsin.core.documents import DAY_ONLY

BUSIEST_ACCOUNTS = 3
"""Accounts of a site whose part of its posts is told."""
SAME_MINUTE_MS = 60_000
MAX_EVIDENCE = 20
"""Posts that show a fact, at most."""


def busiest_accounts_share(links: pl.DataFrame) -> pl.DataFrame:
    """By site, the share of its posts that its busiest accounts wrote.

    A site with no more accounts than those is left out.
    """
    by_account = (
        links.unique(["site", "id"], maintain_order=True)
        .group_by("site", "author", maintain_order=True)
        .agg(pl.col("id"))
        .with_columns(pl.col("id").list.len().alias("written"))
        .sort(["site", "written", "author"], descending=[False, True, False])
    )
    busiest = pl.col("written").head(BUSIEST_ACCOUNTS)
    by_site = by_account.group_by("site", maintain_order=True).agg(
        (busiest.sum() / pl.col("written").sum()).alias("share"),
        pl.col("written").sum().alias("n"),
        pl.len().alias("accounts"),
        pl.col("id").head(BUSIEST_ACCOUNTS).explode().head(MAX_EVIDENCE).alias("posts"),
    )
    return by_site.filter(pl.col("accounts") > BUSIEST_ACCOUNTS)


def same_minute_share(links: pl.DataFrame, key: str) -> pl.DataFrame:
    """By site or account, the share of links that follow within a minute on another account's link.

    Only links to the same address count, each beside the one before it. Posts whose time is a day
    stand at midnight, which says nothing of minutes: they do not count.
    """
    of_a_day = pl.col("precision").is_in(DAY_ONLY).fill_null(value=False)
    rows = links.filter(~of_a_day).sort("url", "at", "id")
    same_page = pl.col("url") == pl.col("url").shift(1)
    other_account = pl.col("author") != pl.col("author").shift(1)
    soon = pl.col("at") - pl.col("at").shift(1) <= SAME_MINUTE_MS
    follows = (same_page & other_account & soon).fill_null(value=False)
    return _share_of_hits(rows.with_columns(follows.alias("hit")), key)


def later_copies_share(posts: pl.DataFrame, key: str, subject: str) -> pl.DataFrame:
    """By site or account, the share of posts whose text somebody else had first.

    Such a post is in a group of copies whose first post is another site's or account's. Of all but
    the subject, posts that are copies of its posts are left out.
    """
    copies = posts.filter(pl.col("copy_group").is_not_null()).sort("at", "id")
    origins = copies.group_by("copy_group", maintain_order=True).agg(
        pl.col(key).first().alias("origin")
    )
    from_elsewhere = pl.col("origin").is_not_null() & (pl.col("origin") != pl.col(key))
    # copies of the subject's own texts say nothing of how usual copying is: neither those that
    # took them from it, nor those that have them from where it has them
    own = pl.col(key) == subject
    of_subject = posts.filter(own)["copy_group"].drop_nulls().unique()
    shared_with_it = pl.col("copy_group").is_in(of_subject.to_list()).fill_null(value=False)
    rows = posts.filter(own | ~shared_with_it)
    rows = rows.join(origins, on="copy_group", how="left", maintain_order="left")
    return _share_of_hits(
        rows.with_columns(from_elsewhere.fill_null(value=False).alias("hit")), key
    )


def _share_of_hits(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    return rows.group_by(key, maintain_order=True).agg(
        pl.col("hit").mean().alias("share"),
        pl.len().alias("n"),
        pl.col("id").filter(pl.col("hit")).head(MAX_EVIDENCE).alias("posts"),
    )
