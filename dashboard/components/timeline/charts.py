"""Days or weeks across: bars with alerts as flags over them, and narratives as bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard import sanitize
from dashboard.collection_gaps import Gap
from dashboard.components import charts
from dashboard.components.theme import Palette
from dashboard.components.volume import VolumeRow
from tocsin.core.findings import WeakSignal
from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.language.words import Words

HEIGHT = 240
BAND = 26
"""Pixels of a band."""
_LABEL = 230
"""Pixels that the name of a band takes."""


def flagged_chart(
    rows: Sequence[VolumeRow],
    alerts: Sequence[WeakSignal],
    words: Words,
    colours: Palette,
    gaps: Sequence[Gap],
) -> Any:
    """Posts over time, each alert a flag at the time it would have come.

    A click on an interval selects it (selection ``day``, field ``t``).
    """
    base = charts.volume_chart(rows, words, colours, gaps=gaps, height=HEIGHT)
    frame = pd.DataFrame(
        [
            {
                "t": charts.to_wall_clock_ms(alert.flagged_at, words),
                "when": words.moment(alert.flagged_at),
                "what": sanitize.single_line(", ".join(shown_terms(alert.terms, 4)), 80),
                "posts": words.number(alert.posts),
            }
            for alert in alerts
        ],
        columns=["t", "when", "what", "posts"],
    )
    x = alt.X("t:T", scale=alt.Scale(type="utc"), title=charts.time_title(words))
    flags = (
        alt.Chart(frame)
        .mark_point(shape="triangle-down", size=150, filled=True, opacity=1, color=colours.accent)
        .encode(
            x=x,
            y=charts.UNTYPED.YValue(6),
            tooltip=[
                alt.Tooltip("when:N", title=words("timeline.alert")),
                alt.Tooltip("what:N", title=words("timeline.subject")),
                alt.Tooltip("posts:N", title=words("chart.posts")),
            ],
        )
    )
    times = [charts.to_wall_clock_ms(row.start, words) for row in rows]
    taps = pd.DataFrame(
        {
            "t": times,
            "until": charts.interval_ends(times),
            "when": [words.day(row.start) for row in rows],
            "n": [words.number(row.total) for row in rows],
        }
    )
    click = (
        alt.Chart(taps, name="day_chosen_in")
        .mark_rect(opacity=0)
        .encode(
            x=x,
            x2=alt.X2("until:Q"),
            tooltip=[
                alt.Tooltip("when:N", title=words("chart.when")),
                alt.Tooltip("n:N", title=words("chart.all")),
            ],
        )
        .add_params(alt.selection_point(name="day", fields=["t"], on="click", toggle=False))
    )
    return charts.finish(alt.layer(*base.layer, click, flags), HEIGHT)


def bands_chart(
    bands: Sequence[tuple[str, Sequence[VolumeRow]]], step: int, words: Words, colours: Palette
) -> Any:
    """Narratives as bands over time: the darker, the nearer to the narrative's own peak.

    Args:
        bands: headline and intervals, those of most posts first.
        step: how long an interval is, in milliseconds.
    """
    records = []
    for name, rows in bands:
        highest = max((row.total for row in rows), default=0)
        times = [charts.to_wall_clock_ms(row.start, words) for row in rows]
        for row, start, end in zip(rows, times, charts.interval_ends(times, step), strict=True):
            if row.total:
                records.append(
                    {
                        "t": start,
                        "end": end,
                        "band": name,
                        "of": row.total / highest,
                        "when": words.day(row.start),
                        "n": words.number(row.total),
                        "m": words.number(row.flagged),
                    }
                )
    frame = pd.DataFrame(records, columns=["t", "end", "band", "of", "when", "n", "m"])
    chart = (
        alt.Chart(frame)
        .mark_rect(height=BAND * 0.6, color=colours.cool)
        .encode(
            x=alt.X(
                "t:T",
                scale=alt.Scale(type="utc"),
                title=charts.time_title(words),
                axis=charts.time_axis(frame["t"], words),
            ),
            x2=alt.X2("end:Q"),
            y=alt.Y(
                "band:N",
                sort=[name for name, _ in bands],
                title=None,
                axis=charts.band_axis(labelLimit=_LABEL),
            ),
            opacity=alt.Opacity(
                "of:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 1]), legend=None
            ),
            tooltip=[
                alt.Tooltip("band:N", title=words("facet.narrative")),
                alt.Tooltip("when:N", title=words("chart.when")),
                alt.Tooltip("n:N", title=words("chart.all")),
                alt.Tooltip("m:N", title=words("chart.flagged")),
            ],
        )
    )
    return charts.finish(chart, BAND * len(bands) + 50)
