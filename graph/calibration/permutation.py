"""Permutations of a data set in which no coordination is left: contents, or times, permuted."""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.coordination.posts import DAY_MS
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

CONTENT_OF = "content_of"
"""A column that says whose content a post holds: what is known of contents by the ids of posts can
follow it."""
CONTENTS = ("text", "title", "urls", "hashtags", "mentions", "media", "repost_of", "reply_to",
            "quote_of", "copy_group")  # fmt: skip
HOUR_MS = 3_600_000


def permute_contents(
    frame: pl.DataFrame, seed: int, *, span_ms: int | None = HOUR_MS
) -> pl.DataFrame:
    """Permute the contents of posts within each hour: who posts when, and what was popular in that
    hour, stay.

    Args:
        frame: columns ``id, published_at`` (int64 ms) and any of `CONTENTS` and
            `CONTENT_OF`.
        span_ms: length of the spans within which contents are permuted; None: over all of the time.
    """
    held = [name for name in (*CONTENTS, CONTENT_OF) if name in frame.columns]
    chance = np.random.default_rng(seed).random(frame.height)
    ordered = frame.with_columns(
        _hour=pl.col("published_at") // (span_ms or 2**62), _chance=pl.Series(chance)
    )
    to = ordered.sort("_hour", "published_at", "id").drop(*held, "_chance", "_hour")
    return to.with_columns(ordered.sort("_hour", "_chance").select(held))


def permute_times(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Permute the times of all posts. A deleted post keeps its lifetime.

    Args:
        frame: columns ``published_at`` and perhaps ``deleted_at`` (int64 ms).
        seed: of the draw.
    """
    times = np.random.default_rng(seed).permutation(frame["published_at"].to_numpy())
    permuted = pl.Series("published_at", times)
    if "deleted_at" not in frame.columns:
        return frame.with_columns(permuted)
    gone = pl.col("deleted_at")
    moved = gone - pl.col("published_at") + permuted
    # of a day alone nobody knows how long it was there
    return frame.with_columns(
        permuted, deleted_at=pl.when(gone % DAY_MS != 0).then(moved).otherwise(gone)
    )


SHUFFLES = {"contents": permute_contents, "times": permute_times}


def permute(name: str, frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Permute by name, ``contents`` or ``times``. Raises ConfigError: there is no such name."""
    if name not in SHUFFLES:
        raise ConfigError(
            Message("fault.calibration.shuffle", {"name": repr(name), "shuffles": list(SHUFFLES)})
        )
    return SHUFFLES[name](frame, seed)
