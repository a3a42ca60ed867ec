"""Moments that chance brings: times to the minute among times to the second, and schedules."""

from __future__ import annotations

import numpy as np
import polars as pl

from graph import find_coordination

DAYS, HOURS = 40, range(8, 16)
MINUTES, SECONDS = 6, 4


def _posts(together: int) -> pl.DataFrame:
    """Accounts that post at random, three times an hour, and four that post ``together`` as well.

    Of all but `SECONDS` accounts times stand at full minutes.
    """
    random = np.random.default_rng(4)
    rows: list[tuple[str, int]] = []
    hours = [day * 86_400 + hour * 3_600 for day in range(DAYS) for hour in HOURS]
    for account in range(MINUTES + SECONDS):
        to_the_minute = account < MINUTES
        for hour in hours:
            within = random.integers(0, 3_600, random.poisson(3))
            at = within // 60 * 60 if to_the_minute else within
            name = f"x:{'minute' if to_the_minute else 'second'}{account}"
            rows += [(name, hour + int(second)) for second in at]
    for hour in random.choice(hours, together, replace=False).tolist():
        moment = hour + int(random.integers(0, 60)) * 60
        rows += [(f"x:ring{n}", moment) for n in range(4)]
    frame = pl.DataFrame(rows, schema=["author", "seconds"], orient="row")
    return frame.select(
        "author",
        id=pl.int_range(pl.len()).cast(pl.String),
        published_at=(pl.col("seconds") + 1_600_041_600) * 1_000,
    )


def test_accounts_whose_times_stand_in_minutes_do_not_meet_beyond_chance() -> None:
    assert find_coordination(_posts(together=0), signals=["synchrony"]).flagged == frozenset()


def test_those_who_share_their_minutes_are_found() -> None:
    found = find_coordination(_posts(together=30), signals=["synchrony"])
    assert found.flagged == {f"x:ring{n}" for n in range(4)}


def test_accounts_that_keep_one_minute_of_the_hour_have_nothing_to_do_with_each_other() -> None:
    random = np.random.default_rng(2)
    rows: list[tuple[str, int]] = []
    for hour in [day * 86_400 + hour * 3_600 for day in range(20) for hour in range(8, 20)]:
        for account in range(12):
            within = random.integers(0, 3_600, random.poisson(1.5))
            rows += [(f"x:{account}", hour + int(second)) for second in within]
        for account, minute in enumerate((7, 7, 20, 20)):
            if random.random() < 0.8:
                rows.append((f"x:tool{account}", hour + minute * 60 + int(random.integers(0, 4))))
    frame = pl.DataFrame(rows, schema=["author", "seconds"], orient="row").select(
        "author",
        id=pl.int_range(pl.len()).cast(pl.String),
        published_at=(pl.col("seconds") + 1_600_041_600) * 1_000,
    )
    assert find_coordination(frame, signals=["synchrony"]).flagged == frozenset()
