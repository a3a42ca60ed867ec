"""How long posts stood before they were removed, as their source says it."""

from __future__ import annotations

import polars as pl

SOON_MS = 12 * 3_600_000
"""Age up to which a post was removed soon. Tools that delete what is old start at a day."""
DAY_MS = 86_400_000


def lifetime() -> pl.Expr:
    """Milliseconds from posting to removal; null where the post stands, or a day alone is known."""
    age = pl.col("deleted_at") - pl.col("published_at")
    known = (pl.col("deleted_at") % DAY_MS != 0) & (age >= 0)
    return pl.when(known).then(age)


def is_gone_soon() -> pl.Expr:
    """Whether a post was removed within `SOON_MS`."""
    return (lifetime() <= SOON_MS).fill_null(value=False)
