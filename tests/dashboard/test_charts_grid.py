"""Every chart over the whole grid, compiled and drawn by the real Vega-Lite and Vega.

An axis that names a unit that Vega does not know is an error here, and was one on every page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.components import charts
from dashboard.components.theme import DARK, LIGHT
from dashboard.components.volume import VolumeRow
from tests.dashboard.grid import AUTHORS, MANY_POSTS, PRECISIONS, SPANS, Collection
from tocsin.core.language.words import Words

vega = pytest.importorskip("vl_convert", reason="needs vl-convert-python")

ZONE = ZoneInfo("Europe/Paris")
WORDS = {code: Words(code, ZONE) for code in ("en", "fr")}
STEPS = [timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
STEPS += [timedelta(days=days) for days in (1, 7, 14, 35, 70)]
MAX_BARS = 120


def draw(chart: Any) -> str:
    """The chart as SVG. Altair checks the specification, Vega-Lite compiles it, Vega draws it."""
    specification = chart.to_dict()
    svg: str = vega.vegalite_to_svg(specification)
    assert svg.startswith("<svg")
    drawn = re.sub(r'aria-label="[^"]*"', "", svg)  # of an empty axis Vega says that it has NaN
    assert "undefined" not in drawn
    assert "NaN" not in drawn
    return svg


def rows(times: Sequence[datetime | None], *, flagged: bool) -> list[VolumeRow]:
    """A histogram as the index gives it: the finest interval with at most 120 bars, gaps filled."""
    dated = sorted(moment for moment in times if moment)
    if not dated:
        return []
    step = next(step for step in STEPS if (dated[-1] - dated[0]) / step <= MAX_BARS)
    start = dated[0].replace(hour=0, minute=0, second=0, microsecond=0)
    start += (dated[0] - start) // step * step
    bars = (dated[-1] - start) // step + 1
    counts = [0] * bars
    for moment in dated:
        counts[(moment - start) // step] += 1
    return [
        VolumeRow(start + number * step, count, count // 2 if flagged else 0)
        for number, count in enumerate(counts)
    ]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("posts", [0, 1, 2, 50])
def test_volume_draws(span: str, posts: int) -> None:
    precisions = PRECISIONS if posts else ("exact",)
    for number, precision in enumerate(precisions):
        words, palette = WORDS["fr" if number % 2 else "en"], DARK if posts % 2 else LIGHT
        table = rows(Collection(span, posts, precision=precision).times(), flagged=number > 1)
        since = table[len(table) // 2].start if table and posts > 1 else None
        draw(charts.volume_chart(table, words, palette, brush=number % 2 == 0, since=since))


@pytest.mark.parametrize("span", ["1 s", "11 days", "4000 days"])
def test_the_volume_of_very_many_posts_draws(span: str) -> None:
    table = rows(Collection(span, MANY_POSTS).times(), flagged=True)
    assert sum(row.total for row in table) == MANY_POSTS
    draw(charts.volume_chart(table, WORDS["fr"], LIGHT, since=table[0].start))


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        ("1 s", ["19:03:26", "19:03:27"]),
        ("1 h", ["18:10", "19:00"]),
        ("5 days", ["10 Nov", "14 Nov"]),
        ("11 days", ["4 Nov", "14 Nov"]),
        ("40 days", ["12 Oct", "9 Nov"]),
        ("4000 days", ["Jan 2016", "Jan 2024"]),
    ],
)
def test_a_time_axis_is_as_fine_as_its_span(span: str, labels: list[str]) -> None:
    times = Collection(span, 50).times()
    dots = raster_dots(times, 3, "text")
    svg = draw(charts.raster_chart(dots, ["@a0", "@a1", "@a2"], WORDS["en"], LIGHT))
    for label in labels:
        assert f">{label}<" in svg, label


def raster_dots(times: Sequence[datetime | None], authors: int, text: str) -> list[dict[str, Any]]:
    """A dot for each dated post, as the page of a cluster makes them."""
    dated = [(number, moment) for number, moment in enumerate(times) if moment]
    return [
        {
            "account": f"@a{number % authors}",
            "at": moment,
            "delay": (moment - dated[0][1]).total_seconds(),
            "object": f"“{text}”",
            "group": f"{text} {number % 7}",
            "signal": "links",
        }
        for number, moment in dated
    ]


@pytest.mark.parametrize(("span", "authors"), list(product(SPANS, AUTHORS)))
def test_rasters_draw(span: str, authors: int) -> None:
    for number, posts in enumerate((1, 2, 50)):
        precision = PRECISIONS[1 + (number + authors) % 3]
        times = Collection(span, posts, authors, precision).times()
        dots = raster_dots(times, authors, "text" if number else "")
        accounts = list(dict.fromkeys(dot["account"] for dot in dots))
        words = WORDS["fr" if number % 2 else "en"]
        for delays in (False, True):
            draw(charts.raster_chart(dots, accounts, words, LIGHT, delays=delays))


def test_the_raster_of_very_many_posts_draws() -> None:
    times = Collection("13 days", 4_000).times()
    dots = raster_dots(times, 36, "text")
    accounts = [f"@a{number}" for number in range(36)]
    for delays in (False, True):
        draw(charts.raster_chart(dots, accounts, WORDS["fr"], DARK, delays=delays))


def test_a_raster_without_dated_posts_draws() -> None:
    dots = raster_dots(Collection("1 h", 50, precision="missing").times(), 3, "text")
    assert dots == []
    for delays in (False, True):
        draw(charts.raster_chart(dots, ["@a0"], WORDS["en"], LIGHT, delays=delays))


@pytest.mark.parametrize("accounts", [0, *AUTHORS])
@pytest.mark.parametrize("joined", [False, True])
def test_networks_draw(accounts: int, joined: bool) -> None:
    nodes = [
        {
            "account": f"@a{number}",
            "x": (number * 37 % 100) / 50 - 1,
            "y": (number * 61 % 100) / 50 - 1,
            "degree": number / max(1, accounts),
            "posts": number,
            "chosen": number == 1,
        }
        for number in range(accounts)
    ]
    edges = [
        {
            "x": a["x"],
            "y": a["y"],
            "x2": b["x"],
            "y2": b["y"],
            "weight": 0.5,
            "a": a["account"],
            "b": b["account"],
            "why": "links 3",
        }
        for a, b in pairwise(nodes)
        if joined
    ]
    draw(charts.network_chart(nodes, edges, WORDS["fr" if joined else "en"], LIGHT))
