"""Buckets in a reader's time zone, against counting by hand."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.time_buckets import AUTO_BUCKETS, SECONDS, buckets, zone
from tocsin.core.errors import ConfigError

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Africa/Casablanca",
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(*parts: int) -> int:
    return (datetime(*parts, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)  # type: ignore[misc]


def test_a_day_of_23_and_one_of_25_hours() -> None:
    for first, last, hours in (
        ((2024, 3, 30, 23), (2024, 3, 31, 21, 59), 23),
        ((2024, 10, 26, 22), (2024, 10, 27, 22, 59), 25),
    ):
        _, starts, edges = buckets(ms(*first), ms(*last), "1h", "Europe/Paris")
        assert len(starts) == hours
        assert {b - a for a, b in itertools.pairwise(edges)} == {3_600_000}
        _, days, edges = buckets(ms(*first), ms(*last), "1d", "Europe/Paris")
        assert len(days) == 1
        assert (edges[1] - edges[0]) // 3_600_000 == hours
        _, quarters, _ = buckets(ms(*first), ms(*last), "6h", "Europe/Paris")
        assert [s.hour for s in quarters] == [0, 6, 12, 18]


def test_weeks_start_on_monday_at_local_midnight() -> None:
    _, starts, _ = buckets(ms(2024, 1, 3), ms(2024, 4, 10), "1w", "America/New_York")
    assert starts[0] == datetime(2024, 1, 1, tzinfo=ZoneInfo("America/New_York"))
    assert all((s.weekday(), s.hour) == (0, 0) for s in starts)


def test_a_midnight_that_the_clock_skips_starts_after_the_gap() -> None:
    _, starts, _ = buckets(ms(2018, 11, 3, 12), ms(2018, 11, 5, 12), "1d", "America/Sao_Paulo")
    assert [(s.day, s.hour) for s in starts] == [(3, 0), (4, 1), (5, 0)]


def test_a_day_that_an_island_skips_is_no_bucket() -> None:
    _, starts, edges = buckets(ms(2011, 12, 29, 12), ms(2012, 1, 1, 12), "1d", "Pacific/Apia")
    assert [s.day for s in starts] == [29, 31, 1, 2]
    assert edges == sorted(set(edges))


@pytest.mark.parametrize("interval", [*SECONDS, "auto"])
@given(
    first=st.integers(ms(1990, 1, 1), ms(2030, 1, 1)),
    span=st.integers(0, 400_000),
    local=st.sampled_from(ZONES),
    scale=st.sampled_from([1, 1_000, 60_000, 3_000_000]),
)
@settings(max_examples=40, deadline=None)
def test_buckets_cover_all_times_without_gap_or_overlap(
    interval: str, first: int, span: int, local: str, scale: int
) -> None:
    last = first + span * scale
    try:
        name, starts, edges = buckets(first, last, interval, local)
    except ConfigError:
        assert interval != "auto"
        return
    assert len(edges) == len(starts) + 1
    assert edges == sorted(set(edges))
    assert edges[0] <= first < edges[1]
    assert edges[-2] <= last < edges[-1]
    assert [(s - EPOCH) // timedelta(milliseconds=1) for s in starts] == edges[:-1]
    assert all(s.utcoffset() == s.astimezone(ZoneInfo(local)).utcoffset() for s in starts)
    if interval == "auto":
        assert len(starts) <= AUTO_BUCKETS
    if name.endswith(("d", "w")) or name == "6h":
        days = {s.date() for s in starts}
        assert len(days) == len(starts) or name == "6h"


def test_wrong_zones_and_too_many_points_are_refused() -> None:
    for name in ("Mars/Base", "", "../../etc/passwd", "UTC\x00"):
        with pytest.raises(ConfigError, match="time zone"):
            zone(name)
    with pytest.raises(ConfigError, match="points"):
        buckets(0, 10**13, "1m", "UTC")
    with pytest.raises(ConfigError, match="interval"):
        buckets(0, 1, "1y", "UTC")
