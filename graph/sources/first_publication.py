"""Who published a page first: what pages claim, checked against when our crawls saw them.

A page's own date is no proof: a clone may write any. Where a site was visited before, and a page
claims to be older than a visit that did not meet it, the time we first saw it takes the place of
its claim. A visit is any time at which we saw a page of the site.
"""

from __future__ import annotations

import polars as pl

SAME_VISIT_MS = 600_000
"""Pages that were seen within ten minutes were met by one visit."""
SLACK_MS = 2 * 3_600_000
"""A claim may lie so long before the visit that did not meet the page: clocks and zones differ."""
DAY_SLACK_MS = 36 * 3_600_000
"""The same for a claim at midnight, which is likely to be a day."""
DAY_MS = 86_400_000
NO_SIGHTINGS = pl.DataFrame(schema={"id": pl.String, "first_seen": pl.Int64, "last_seen": pl.Int64})


def correct_claimed_times(pages: pl.DataFrame, sightings: pl.DataFrame) -> pl.DataFrame:
    """Pages with the time since when each is believed to exist.

    Args:
        pages: ``id site at`` (epoch ms that the page claims).
        sightings: ``id first_seen last_seen`` (epoch ms).

    Returns:
        The pages with ``at`` as believed, and ``contradicted``: whether that is when we saw it
        first, because our visits contradict its claim.
    """
    known = pages.join(sightings, on="id", how="left", maintain_order="left")
    seen = known.select("site", pl.concat_list("first_seen", "last_seen").alias("visit"))
    visits = seen.explode("visit").drop_nulls().unique().sort("visit")
    asked = known.with_row_index("place").with_columns(
        (pl.col("first_seen") - SAME_VISIT_MS).alias("before")
    )
    met = (
        asked.filter(pl.col("before").is_not_null() & pl.col("site").is_not_null())
        .sort("before")
        .join_asof(
            visits, left_on="before", right_on="visit", by="site", strategy="backward",
            check_sortedness=False,  # both are sorted; by groups Polars cannot see it, and warns
        )
        .select("place", "visit")
    )  # fmt: skip
    is_day = pl.col("at") % DAY_MS == 0
    slack = pl.when(is_day).then(DAY_SLACK_MS).otherwise(SLACK_MS)
    too_old = (pl.col("at") < pl.col("visit") - slack).fill_null(value=False)
    from_future = (pl.col("at") > pl.col("first_seen") + DAY_SLACK_MS).fill_null(value=False)
    return (
        asked.join(met, on="place", how="left", maintain_order="left")
        .with_columns((too_old | from_future).alias("contradicted"))
        .with_columns(
            pl.when("contradicted").then("first_seen").otherwise("at").alias("at"),
        )
        .drop("place", "before", "visit", "first_seen", "last_seen")
    )
