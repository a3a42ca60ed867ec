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
import streamlit as st

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
UNTYPED: Any = alt
"""For those of Altair's classes whose arguments have no types."""
_NAMED = "chosen_in"
"""The layer in which a reader chooses; Altair would make a name up from all of its data."""
_NO_MENU = {"embedOptions": {"actions": False}}
_HOUR = 3_600_000
BAR_SHARE = 0.9
"""How much of its interval a bar fills."""
STRIP_ROOM = 12
"""Pixels that a coverage strip takes between a chart and its time axis."""


def skip_validation() -> None:
    """Draw without checking each chart against Vega-Lite's schema: half of what it costs.

    Tests draw the same charts with the check.
    """
    alt.utils.schemapi.disable_debug_mode()
    _ToDraw.checked = False


class _ToDraw:
    """A chart as Streamlit takes it; Altair checks what it writes unless it is told not to."""

    checked = True

    def __init__(self, chart: Any) -> None:
        self._chart = chart

    def to_dict(self) -> dict[str, Any]:
        """The specification."""
        specification: dict[str, Any] = self._chart.to_dict(validate=self.checked)
        return specification


def draw_chart(chart: Any, **options: Any) -> Any:
    """`streamlit.altair_chart`, checked as `skip_validation` says."""
    drawn: Any = _ToDraw(chart)
    return st.altair_chart(drawn, **options)


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
        _volume_records(rows, gaps, words),
        columns=["t", "end", "until", "all", "without", "when", "n", "m"],
    )
    any_flagged = any(row.flagged for row in rows)
    x = _date_position(frame, words, padding=0)
    base = alt.Chart(frame).encode(x=x, x2=alt.X2("end:Q"))
    axis = count_axis(words, words("chart.posts"))
    layers: list[Any] = []
    if since is not None and rows:
        layers.append(_shaded(since, rows[-1].start, words, colours))
    layers.append(
        base.mark_bar(color=colours.slate, tooltip=None).encode(
            y=alt.Y("without:Q", title=words("chart.posts"), axis=axis), y2=UNTYPED.Y2Datum(0)
        )
    )
    if any_flagged:
        layers.append(
            base.mark_bar(color=colours.accent, tooltip=None).encode(
                y=alt.Y("without:Q", title=words("chart.posts")), y2=alt.Y2("all:Q")
            )
        )
    tips = [
        alt.Tooltip("when:N", title=words("chart.when")),
        alt.Tooltip("n:N", title=words("chart.all")),
    ]
    if any_flagged:
        tips.append(alt.Tooltip("m:N", title=words("chart.without")))
    # the whole height of an interval answers to the pointer, however small its bar
    hover = alt.Chart(frame).mark_rect(opacity=0).encode(x=x, x2=alt.X2("until:Q"), tooltip=tips)
    if brush:
        hover.name = _NAMED
        hover = hover.add_params(alt.selection_interval(name="brush", encodings=["x"]))
    layers.append(hover)
    if rows:
        ends = frame["until"].max()
        layers.append(coverage_strip(rows[0].start, int(ends), gaps, words, colours))
    return finish(alt.layer(*layers), height)


def _volume_records(
    rows: Sequence[VolumeRow], gaps: Sequence[Gap], words: Words
) -> list[dict[str, Any]]:
    """An interval each: a bar from ``t`` to ``end``, and ``until`` where the next one begins."""
    times = [to_wall_clock_ms(row.start, words) for row in rows]
    records = []
    for row, edge, unknown in zip(
        rows, interval_ends(times), mark_unknown(rows, gaps), strict=True
    ):
        start = to_wall_clock_ms(row.start, words)
        lost = words("chart.not_collected")
        records.append(
            {
                "t": start,
                "until": edge,
                "end": start + BAR_SHARE * (edge - start),
                "all": None if unknown else row.total,
                "without": None if unknown else row.total - row.flagged,
                "when": words.moment(row.start),
                "n": lost if unknown else words.number(row.total),
                "m": lost if unknown else words.number(row.total - row.flagged),
            }
        )
    return records


def interval_ends(times: Sequence[int], step: int = _HOUR) -> list[int]:
    """Where each interval ends, in milliseconds: where the next begins, the last as long as the
    one before it; a lone interval is as long as ``step``."""
    if len(times) < 2:
        return [start + step for start in times]
    return [*times[1:], times[-1] + times[-1] - times[-2]]


def coverage_strip(
    since: datetime,
    until: int,
    gaps: Sequence[Gap],
    words: Words,
    colours: Palette,
) -> Any:
    """A strip under a time axis: full where posts were collected, hollow where nothing was.

    Args:
        since: where the axis begins.
        until: where it ends, in wall-clock milliseconds (`to_wall_clock_ms`).
    """
    first = to_wall_clock_ms(since, words)
    records = [
        {"t": first, "end": until, "state": words("chart.collected"), "lost": False, "span": ""}
    ]
    for gap in gaps:
        start = max(first, to_wall_clock_ms(gap.since, words))
        end = min(until, to_wall_clock_ms(gap.until, words))
        if start < end:
            span = words.span(gap.since, gap.until)
            lost = words("chart.not_collected")
            records.append({"t": start, "end": end, "state": lost, "lost": True, "span": span})
    fill = _either("datum.lost", colours.background, colours.slate)
    return (
        alt.Chart(pd.DataFrame(records))
        .mark_rect(strokeWidth=1, stroke=colours.slate)
        .encode(
            x=alt.X("t:T", scale=alt.Scale(type="utc"), title=time_title(words)),
            x2=alt.X2("end:Q"),
            y=UNTYPED.YValue(alt.ExprRef("height + 4")),
            y2=UNTYPED.Y2Value(alt.ExprRef("height + 7")),
            color=fill,
            tooltip=[
                alt.Tooltip("state:N", title=words("chart.coverage")),
                alt.Tooltip("span:N", title=words("chart.when")),
            ],
        )
    )


def _shaded(since: datetime, until: datetime, words: Words, colours: Palette) -> Any:
    """The window that the page speaks of."""
    frame = pd.DataFrame(
        [{"t": to_wall_clock_ms(since, words), "end": to_wall_clock_ms(until, words)}]
    )
    return (
        alt.Chart(frame)
        .mark_rect(color=colours.accent, opacity=0.07, tooltip=None)
        .encode(
            x=alt.X("t:T", scale=alt.Scale(type="utc"), title=time_title(words)), x2=alt.X2("end:T")
        )
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
    chart = (
        alt.Chart(frame)
        .mark_point(filled=True, size=42, opacity=0.85)
        .encode(
            x=_delay_position(frame, words) if delays else _date_position(frame, words),
            y=alt.Y(
                "account:N",
                sort=list(accounts),
                title=None,
                axis=band_axis(grid=True, labelLimit=130),
            ),
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
    return finish(chart, max(120, 19 * len(accounts) + 30))


def _date_position(frame: pd.DataFrame, words: Words, *, padding: int = 8) -> alt.X:
    scale = alt.Scale(type="utc", padding=padding)
    return alt.X(
        "t:T",
        scale=scale,
        title=time_title(words),
        axis=time_axis(frame["t"], words, strip=not padding),
    )


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
            x2=alt.X2("x2:Q"),
            y2=alt.Y2("y2:Q"),
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
    colour = _either("datum.chosen", colours.ink, colours.accent)
    dots = (
        alt.Chart(frame, name=_NAMED)
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
    return finish(alt.layer(lines, dots), 380)


def _pick_account() -> alt.Parameter:
    """The selection of an account by a click."""
    return alt.selection_point(name="pick", fields=["account"], on="click", toggle=False)


def _either(test: str, then: str, otherwise: str) -> Any:
    """One colour where a test of the datum holds, else the other.

    As `alt.condition` says it; that one makes Altair look for the fitting one of its six hundred
    classes, which takes longer than all the rest of a chart.
    """
    return UNTYPED.ColorValue(otherwise, condition={"test": test, "value": then})


def finish(chart: Any, height: int) -> Any:
    """The chart with its height, without a frame and without Vega's own menu.

    It is changed, not copied: Altair's copies of a chart cost as much as the chart.
    """
    chart.height, chart.usermeta = height, _NO_MENU
    chart.config = alt.Config(view=alt.ViewConfig(stroke=None))
    return chart


def count_axis(words: Words, title: str | None = None) -> alt.Axis:
    """An axis of counts with its title above it, grouped as the language writes numbers."""
    separator = "'\\u202f'" if words.code == "fr" else "','"
    grouped = f"replace(format(datum.value, ',.0f'), regexp(',', 'g'), {separator})"
    return alt.Axis(
        tickCount=4,
        format="d",
        labelExpr=grouped,
        domain=False,
        ticks=False,
        tickMinStep=1,
        title=title,
        titleAngle=0,
        titleAnchor="end",
        titleAlign="left",
        titleX=0,
        titleY=-12,
    )


def band_axis(**options: Any) -> alt.Axis:
    """An axis of names, each in the middle of its row: Streamlit's theme pushes the first down."""
    return alt.Axis(
        domain=False,
        ticks=False,
        labelOverlap=False,
        labelBaseline="middle",
        labelFlush=False,
        **options,
    )


def time_title(words: Words) -> str:
    """The title of a time axis: all layers of a chart give it alike, or Vega joins theirs."""
    return words("chart.time", zone=words.zone_name())


def time_axis(times: pd.Series[Any], words: Words, *, strip: bool = False) -> alt.Axis:
    """An axis of wall-clock times, as fine as the span is long: seconds, hours, days, months.

    Args:
        strip: leave room for a `coverage_strip` between the chart and the axis.
    """
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
    return alt.Axis(
        labelExpr=label,
        grid=False,
        tickCount=ticks,
        labelOverlap=True,
        title=time_title(words),
        titleAnchor="end",
        titleFontWeight="normal",
        offset=STRIP_ROOM if strip else 0,
        domain=not strip,
    )


def _delay_axis(longest: float, words: Words) -> alt.Axis:
    ticks = [seconds for seconds in _DELAY_TICKS if seconds <= longest]
    labels = {str(s): words.duration(s) if s else words("chart.first") for s in ticks}
    label_of = json.dumps(labels, ensure_ascii=False)
    return alt.Axis(
        values=ticks, labelExpr=f"{label_of}[datum.value]", grid=True, labelOverlap=True
    )
