"""Stacked bars of slices, and posts by hour and weekday, drawn by Altair from plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.collection_gaps import Gap
from dashboard.components import charts
from dashboard.components.theme import Palette
from dashboard.components.trends.slices import Division
from tocsin.core.language.words import Words

HEIGHT = 260
DAYS, HOURS = 7, 24


def stacked_chart(
    division: Division, beyond: str, words: Words, colours: Palette, gaps: Sequence[Gap]
) -> Any:
    """Slices on top of each other, what is outside of them above.

    Args:
        beyond: what the posts outside of all slices are called; empty where a post may be in two
            slices, so that there is no telling.
    """
    series = [(one.slice.label, one.buckets) for one in division.counts]
    if beyond:
        series.append((beyond, division.beyond()))
    names = [name for name, _ in series]
    list_colours = [*colours.objects[: len(division.counts)], *([colours.calm] if beyond else [])]
    frame = pd.DataFrame(
        _stacked(division, series, words),
        columns=["t", "end", "low", "high", "series", "when", "n", "share"],
    )
    scale = alt.Scale(type="utc")
    axis = charts.time_axis(frame["t"], words, strip=True)
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("t:T", scale=scale, title=charts.time_title(words), axis=axis),
            x2=alt.X2("end:Q"),
            y=alt.Y(
                "low:Q",
                title=words("chart.posts"),
                axis=charts.count_axis(words, words("chart.posts")),
            ),
            y2=alt.Y2("high:Q"),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=names, range=list_colours),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("series:N", title=words("trends.slice")),
                alt.Tooltip("when:N", title=words("chart.when")),
                alt.Tooltip("n:N", title=words("chart.posts")),
                alt.Tooltip("share:N", title=words("trends.share")),
            ],
        )
    )
    layers = [bars]
    if division.starts:
        times = [charts.to_wall_clock_ms(start, words) for start in division.starts]
        end = charts.interval_ends(times)[-1]
        layers.append(charts.coverage_strip(division.starts[0], end, gaps, words, colours))
    return charts.finish(alt.layer(*layers), HEIGHT)


def _stacked(
    division: Division, series: Sequence[tuple[str, Sequence[int]]], words: Words
) -> list[dict[str, Any]]:
    times = [charts.to_wall_clock_ms(start, words) for start in division.starts]
    records = []
    for place, (start, end) in enumerate(zip(times, charts.interval_ends(times), strict=True)):
        low = 0
        for name, counts in series:
            if not counts[place]:
                continue
            whole = max(1, division.total[place])
            records.append(
                {
                    "t": start,
                    "end": start + charts.BAR_SHARE * (end - start),
                    "low": low,
                    "high": low + counts[place],
                    "series": name,
                    "when": words.moment(division.starts[place]),
                    "n": words.number(counts[place]),
                    "share": words.percent(counts[place] / whole),
                }
            )
            low += counts[place]
    return records


def heat_chart(cells: Sequence[Sequence[float | None]], words: Words, colours: Palette) -> Any:
    """Posts by weekday and hour.

    Args:
        cells: seven rows from Monday on, of 24 averages each; None where nothing was collected.
    """
    days = [words(f"weekday.{day}") for day in range(DAYS)]
    records = [
        {
            "day": days[day],
            "hour": hour,
            "n": value,
            "when": words("trends.hour", day=days[day], hour=f"{hour:02d}"),
            "said": words("chart.not_collected") if value is None else words.decimal(value),
        }
        for day, row in enumerate(cells)
        for hour, value in enumerate(row)
    ]
    chart = (
        alt.Chart(pd.DataFrame(records))
        .mark_rect()
        .encode(
            x=alt.X(
                "hour:O",
                title=words("trends.hours", zone=words.zone_name()),
                axis=alt.Axis(
                    labelAngle=0, values=list(range(0, HOURS, 3)), domain=False, ticks=False
                ),
            ),
            y=alt.Y(
                "day:N",
                sort=days,
                title=None,
                axis=charts.band_axis(),
            ),
            color=alt.Color(
                "n:Q",
                scale=alt.Scale(range=[colours.panel, colours.accent], zero=True),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("when:N", title=words("chart.when")),
                alt.Tooltip("said:N", title=words("trends.average")),
            ],
        )
    )
    return charts.finish(chart, 190)
