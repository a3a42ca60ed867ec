"""The charts that need axes, drawn by Altair from plain rows.

Vega knows only the browser's zone and UTC, so times go to it as wall-clock time of the reader's
zone on a UTC scale, and come back the same way. Labels and tooltips are made here, in the reader's
language.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import altair as alt
import pandas as pd

from dashboard.collection_gaps import Gap
from dashboard.components.theme import SHAPES, Palette
from dashboard.components.volume import VolumeRow, mark_unknown
from tocsin.core.language.words import Words

HEIGHT = 190
_DAY = 86_400_000
_DATES_ONLY_FROM = 4 * _DAY
"""Spans from which a time axis names days alone, not hours."""
_EVERY_DAY_UP_TO = 12 * _DAY
"""Spans up to which such an axis names each day."""
_MONTHS_ONLY_FROM = 365 * _DAY
"""Spans from which a time axis names months with their years."""
_SECONDS_UP_TO = 300_000
"""Spans up to which a time axis names seconds."""
_DELAY_TICKS = (0, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 6 * 3_600, 86_400)
_NO_MENU = {"embedOptions": {"actions": False}}


def to_wall_clock_ms(moment: datetime, words: Words) -> int:
    """Milliseconds that read, on a UTC scale, as the wall clock of the reader's zone."""
    local = moment.astimezone(words.zone)
    return int(local.replace(tzinfo=UTC).timestamp() * 1000)


def from_wall_clock_ms(milliseconds: float, words: Words) -> datetime:
    """The moment that `to_wall_clock_ms` gave as these milliseconds."""
    wall_clock = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return wall_clock.replace(tzinfo=words.zone).astimezone(UTC)


def volume_chart(
    rows: Sequence[VolumeRow],
    words: Words,
    colours: Palette,
    *,
    height: int = HEIGHT,
    brush: bool = False,
    since: datetime | None = None,
    gaps: Sequence[Gap] = (),
) -> Any:
    """Posts over time, with and without flagged accounts.

    Args:
        rows: the intervals, in order.
        since: where the window that the page speaks of begins; it is shaded.
        gaps: where nothing was collected; the curve breaks there.
        brush: let the reader choose an interval (selection ``brush``, field ``t``).
    """
    frame = pd.DataFrame(
        [
            {
                "t": to_wall_clock_ms(row.start, words),
                "all": row.total,
                "without": row.total - row.flagged,
                "when": words.moment(row.start),
                "n": words.number(row.total),
                "m": words.number(row.total - row.flagged),
            }
            for row in rows
        ],
        columns=["t", "all", "without", "when", "n", "m"],
    )
    if gaps:
        unknown = mark_unknown(rows, gaps)
        frame[["all", "without"]] = frame[["all", "without"]].astype("float64")
        frame.loc[unknown, ["all", "without"]] = None
    any_flagged = any(row.flagged for row in rows)
    base = alt.Chart(frame).encode(
        x=alt.X("t:T", scale=alt.Scale(type="utc"), title=None, axis=_time_axis(frame["t"], words))
    )
    all_posts = alt.Y("all:Q", title=None, axis=_count_axis(words))
    without_flagged = alt.Y("without:Q", title=None)
    line: dict[str, Any] = {"interpolate": "monotone", "strokeWidth": 1.8}

    layers: list[Any] = []
    if since is not None and rows:
        layers.append(_shaded(since, rows[-1].start, words, colours))
    layers.append(
        base.mark_area(color=colours.slate, opacity=0.16, interpolate="monotone").encode(
            y=without_flagged
        )
    )
    if any_flagged:
        layers.append(
            base.mark_area(color=colours.accent, opacity=0.3, interpolate="monotone").encode(
                y=alt.Y("without:Q"), y2="all:Q"
            )
        )
        layers.append(base.mark_line(color=colours.accent, **line).encode(y=all_posts))
    dash = [4, 2] if any_flagged else [1, 0]
    layers.append(
        base.mark_line(color=colours.slate, strokeDash=dash, **line).encode(y=without_flagged)
    )
    tips = [
        alt.Tooltip("when:N", title=words("chart.when")),
        alt.Tooltip("n:N", title=words("chart.all")),
    ]
    if any_flagged:
        tips.append(alt.Tooltip("m:N", title=words("chart.without")))
    hover = base.mark_point(opacity=0, size=120).encode(y=all_posts, tooltip=tips)
    if brush:
        hover = hover.add_params(alt.selection_interval(name="brush", encodings=["x"]))
    return _finish(alt.layer(*layers, hover), height)


def _shaded(since: datetime, until: datetime, words: Words, colours: Palette) -> Any:
    """The window that the page speaks of."""
    frame = pd.DataFrame(
        [{"t": to_wall_clock_ms(since, words), "end": to_wall_clock_ms(until, words)}]
    )
    return (
        alt.Chart(frame)
        .mark_rect(color=colours.accent, opacity=0.07)
        .encode(x=alt.X("t:T", scale=alt.Scale(type="utc"), title=None), x2="end:T")
    )


def raster_chart(
    dots: Sequence[dict[str, Any]],
    accounts: Sequence[str],
    words: Words,
    colours: Palette,
    *,
    delays: bool = False,
) -> Any:
    """Accounts by time, a dot for each post, coloured by the object they share.

    Vertical lines are acts done together.

    Args:
        dots: ``account`` (as shown), ``at`` (datetime), ``object`` (as shown), ``group`` (colour),
            ``signal`` (as shown), ``delay`` (seconds since the first post of the object).
        accounts: from top to bottom, as shown.
        delays: the horizontal axis is the delay (symmetric log), not the date.
    """
    frame = pd.DataFrame(
        [
            {
                **dot,
                "t": to_wall_clock_ms(dot["at"], words),
                "when": words.moment(dot["at"], seconds=True),
                "after": words.duration(dot["delay"]),
            }
            for dot in dots
        ],
        columns=["account", "object", "group", "signal", "t", "when", "delay", "after"],
    )
    groups = list(dict.fromkeys(dot["group"] for dot in dots))
    palette = list(colours.objects[: len(groups)])
    shapes = [shape.name for shape in SHAPES[: len(groups)]]
    tooltips = {
        "account": "chart.account",
        "when": "chart.when",
        "after": "chart.delay",
        "object": "chart.object",
        "signal": "chart.signal",
    }
    account_axis = alt.Axis(
        grid=True, labelLimit=130, domain=False, ticks=False, labelOverlap=False
    )
    chart = (
        alt.Chart(frame)
        .mark_point(filled=True, size=42, opacity=0.85)
        .encode(
            x=_delay_position(frame, words) if delays else _date_position(frame, words),
            y=alt.Y("account:N", sort=list(accounts), title=None, axis=account_axis),
            color=alt.Color(
                "group:N", scale=alt.Scale(domain=groups, range=palette), title=None, legend=None
            ),
            shape=alt.Shape("group:N", scale=alt.Scale(domain=groups, range=shapes), legend=None),
            tooltip=[
                alt.Tooltip(f"{field}:N", title=words(key)) for field, key in tooltips.items()
            ],
        )
        .add_params(_pick_account())
    )
    return _finish(chart, max(120, 19 * len(accounts) + 30))


def _date_position(frame: pd.DataFrame, words: Words) -> alt.X:
    scale = alt.Scale(type="utc", padding=8)
    return alt.X("t:T", scale=scale, title=None, axis=_time_axis(frame["t"], words))


def _delay_position(frame: pd.DataFrame, words: Words) -> alt.X:
    longest = max(1.0, float(frame["delay"].max())) if len(frame) else 1.0
    scale = alt.Scale(type="symlog", constant=5, domain=[0, 1.1 * longest])
    return alt.X("delay:Q", scale=scale, title=None, axis=_delay_axis(longest, words))


def network_chart(
    nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]], words: Words, colours: Palette
) -> Any:
    """The map of a cluster: accounts where the analysis put them.

    They are joined where they acted together beyond chance.

    Args:
        nodes: ``account`` (as shown), ``x``, ``y``, ``degree`` (0 to 1), ``posts``, ``chosen``.
        edges: ``x y x2 y2``, ``weight``, ``a`` and ``b`` (as shown), ``why``.
    """
    scale = alt.Scale(zero=False, nice=False, padding=24)
    x, y = alt.X("x:Q", axis=None, scale=scale), alt.Y("y:Q", axis=None, scale=scale)
    edge_columns = ["x", "y", "x2", "y2", "weight", "a", "b", "why"]
    lines = (
        alt.Chart(pd.DataFrame(edges, columns=edge_columns))
        .mark_rule(color=colours.slate)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            opacity=alt.Opacity("weight:Q", scale=alt.Scale(range=[0.18, 0.7]), legend=None),
            strokeWidth=alt.StrokeWidth("weight:Q", scale=alt.Scale(range=[0.6, 2.6]), legend=None),
            tooltip=[
                alt.Tooltip("a:N", title=words("chart.account")),
                alt.Tooltip("b:N", title=words("chart.account")),
                alt.Tooltip("why:N", title=words("chart.signal")),
            ],
        )
    )
    frame = pd.DataFrame(nodes, columns=["account", "x", "y", "degree", "posts", "chosen"])
    frame["degree_text"] = frame["degree"].map(lambda degree: words.decimal(degree, 2))
    frame["posts_text"] = frame["posts"].map(words.number)
    colour = alt.condition("datum.chosen", alt.value(colours.ink), alt.value(colours.accent))
    dots = (
        alt.Chart(frame)
        .mark_circle(stroke=colours.background, strokeWidth=1.5, opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("degree:Q", scale=alt.Scale(domain=[0, 1], range=[60, 420]), legend=None),
            color=colour,
            tooltip=[
                alt.Tooltip("account:N", title=words("chart.account")),
                alt.Tooltip("degree_text:N", title=words("chart.degree")),
                alt.Tooltip("posts_text:N", title=words("chart.posts")),
            ],
        )
        .add_params(_pick_account())
    )
    return _finish(alt.layer(lines, dots), 380)


def _pick_account() -> alt.Parameter:
    """The selection of an account by a click."""
    return alt.selection_point(name="pick", fields=["account"], on="click", toggle=False)


def _finish(chart: Any, height: int) -> Any:
    return chart.properties(height=height, usermeta=_NO_MENU).configure_view(stroke=None)


def _count_axis(words: Words) -> alt.Axis:
    separator = "'\\u202f'" if words.code == "fr" else "','"
    grouped = f"replace(format(datum.value, ',.0f'), regexp(',', 'g'), {separator})"
    return alt.Axis(
        tickCount=4, format="d", labelExpr=grouped, domain=False, ticks=False, tickMinStep=1
    )


def _time_axis(times: pd.Series[Any], words: Words) -> alt.Axis:
    """An axis of wall-clock times, as fine as the span is long: seconds, hours, days, months."""
    span = int(times.max() - times.min()) if len(times) else 0
    months = json.dumps([words(f"month.{n}") for n in range(1, 13)], ensure_ascii=False)
    month = f"{months}[utcmonth(datum.value)]"
    day = f"utcdate(datum.value) + ' ' + {month}"
    ticks: Any = 8
    if span > _MONTHS_ONLY_FROM:
        label = f"{month} + ' ' + utcyear(datum.value)"
    elif span > _DATES_ONLY_FROM:
        label = day
        if span < _EVERY_DAY_UP_TO:
            ticks = {"interval": "day", "step": 1}
    else:
        clock = "%H:%M" if span > _SECONDS_UP_TO else "%H:%M:%S"
        at_midnight = "datum.value % 86400000 == 0"
        label = f"{at_midnight} ? {day} : utcFormat(datum.value, '{clock}')"
    return alt.Axis(labelExpr=label, grid=False, tickCount=ticks, labelOverlap=True)


def _delay_axis(longest: float, words: Words) -> alt.Axis:
    ticks = [seconds for seconds in _DELAY_TICKS if seconds <= longest]
    labels = {str(s): words.duration(s) if s else words("chart.first") for s in ticks}
    label_of = json.dumps(labels, ensure_ascii=False)
    return alt.Axis(
        values=ticks, labelExpr=f"{label_of}[datum.value]", grid=True, labelOverlap=True
    )
