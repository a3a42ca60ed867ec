"""The charts that need axes, drawn by Altair from plain rows.

Vega knows only the browser's zone and UTC, so times go to it as wall-clock time of the reader's zone
on a UTC scale, and come back the same way. Labels and tooltips are made here, in the reader's language.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import altair as alt
import pandas as pd

from dashboard.components.theme import SHAPES, Palette
from tocsin.core.language.words import Words

HEIGHT = 190
_DAY = 86_400_000
_NO_MENU = {"embedOptions": {"actions": False}}


def wall(moment: datetime, words: Words) -> int:
    """Milliseconds that read, on a UTC scale, as the wall clock of the reader's zone."""
    local = moment.astimezone(words.zone)
    return int(local.replace(tzinfo=UTC).timestamp() * 1000)


def unwall(milliseconds: float, words: Words) -> datetime:
    """The moment that `wall` gave as these milliseconds."""
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=words.zone).astimezone(UTC)
    )


def curve(
    rows: Sequence[tuple[datetime, int, int]],
    words: Words,
    colours: Palette,
    *,
    height: int = HEIGHT,
    brush: bool = False,
    since: datetime | None = None,
) -> Any:
    """Posts over time, with and without flagged accounts.

    Args:
        rows: start of each interval, all posts in it, and those of flagged accounts.
        since: where the window that the page speaks of begins; it is shaded.
        brush: let the reader choose an interval (selection ``brush``, field ``t``).
    """
    frame = pd.DataFrame(
        [
            {
                "t": wall(at, words),
                "all": total,
                "without": total - hot,
                "when": words.moment(at),
                "n": words.number(total),
                "m": words.number(total - hot),
            }
            for at, total, hot in rows
        ],
        columns=["t", "all", "without", "when", "n", "m"],
    )
    hot = bool((frame["all"] != frame["without"]).any())
    base = alt.Chart(frame).encode(
        x=alt.X("t:T", scale=alt.Scale(type="utc"), title=None, axis=_time_axis(frame["t"], words))
    )
    y = alt.Y("all:Q", title=None, axis=_count_axis(words))
    tips = [
        alt.Tooltip("when:N", title=words("chart.when")),
        alt.Tooltip("n:N", title=words("chart.all")),
    ]
    if hot:
        tips.append(alt.Tooltip("m:N", title=words("chart.without")))
    shape: dict[str, Any] = {"interpolate": "monotone"}
    layers: list[alt.Chart] = []
    if since is not None and rows:
        span = pd.DataFrame([{"t": wall(since, words), "end": wall(rows[-1][0], words)}])
        layers.append(
            alt.Chart(span)
            .mark_rect(color=colours.accent, opacity=0.07)
            .encode(x=alt.X("t:T", scale=alt.Scale(type="utc"), title=None), x2="end:T")
        )
    under = base.mark_area(color=colours.slate, opacity=0.16, **shape).encode(
        y=alt.Y("without:Q", title=None)
    )
    layers.append(under)
    if hot:
        layers.append(
            base.mark_area(color=colours.accent, opacity=0.3, **shape).encode(
                y=alt.Y("without:Q"), y2="all:Q"
            )
        )
        layers.append(base.mark_line(color=colours.accent, strokeWidth=1.8, **shape).encode(y=y))
    layers.append(
        base.mark_line(
            color=colours.slate, strokeWidth=1.8, strokeDash=[4, 2] if hot else [1, 0], **shape
        ).encode(y=alt.Y("without:Q"))
    )
    touch = base.mark_point(opacity=0, size=120).encode(y=y, tooltip=tips)
    if brush:
        touch = touch.add_params(alt.selection_interval(name="brush", encodings=["x"]))
    return _finish(alt.layer(*layers, touch), height)


def raster(
    rows: Sequence[dict[str, Any]],
    order: Sequence[str],
    words: Words,
    colours: Palette,
    *,
    delays: bool = False,
) -> Any:
    """Accounts by time, a dot for each post, coloured by the object they share: vertical lines are acts done together.

    Args:
        rows: ``account`` (as shown), ``at`` (datetime), ``object`` (as shown), ``group`` (colour), ``signal`` (as
            shown), ``delay`` (seconds since the first post of the object).
        order: accounts from top to bottom.
        delays: the horizontal axis is the delay (symmetric log), not the date.
    """
    frame = pd.DataFrame(
        [
            {
                **row,
                "t": wall(row["at"], words),
                "when": words.moment(row["at"], seconds=True),
                "after": words.duration(row["delay"]),
            }
            for row in rows
        ],
        columns=["account", "object", "group", "signal", "t", "when", "delay", "after"],
    )
    groups = list(dict.fromkeys(row["group"] for row in rows))
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(domain=groups, range=list(colours.objects[: len(groups)])),
        title=None,
        legend=None,
    )
    pick = alt.selection_point(name="pick", fields=["account"], on="click", toggle=False)
    if delays:
        x = alt.X(
            "delay:Q",
            scale=alt.Scale(
                type="symlog", constant=5, domain=[0, max(1.0, 1.1 * float(frame["delay"].max()))]
            ),
            title=None,
            axis=_delay_axis(frame["delay"].max(), words),
        )
    else:
        x = alt.X(
            "t:T",
            scale=alt.Scale(type="utc", padding=8),
            title=None,
            axis=_time_axis(frame["t"], words),
        )
    tips = [
        ("account", "chart.account"),
        ("when", "chart.when"),
        ("after", "chart.delay"),
        ("object", "chart.object"),
        ("signal", "chart.signal"),
    ]
    chart = (
        alt.Chart(frame)
        .mark_point(filled=True, size=42, opacity=0.85)
        .encode(
            x=x,
            y=alt.Y(
                "account:N", sort=list(order), title=None,
                axis=alt.Axis(grid=True, labelLimit=130, domain=False, ticks=False, labelOverlap=False),
            ),
            color=colour,
            shape=alt.Shape("group:N", scale=alt.Scale(domain=groups, range=[name for name, _ in SHAPES[: len(groups)]]), legend=None),
            tooltip=[alt.Tooltip(f"{name}:N", title=words(key)) for name, key in tips],
        )
        .add_params(pick)
    )  # fmt: skip
    return _finish(chart, max(120, 19 * len(order) + 30))


def network(
    nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]], words: Words, colours: Palette
) -> Any:
    """The map of a cluster: accounts where the analysis put them, joined where they acted together beyond chance.

    Args:
        nodes: ``account`` (as shown), ``x``, ``y``, ``degree`` (0 to 1), ``posts``, ``hot`` (chosen).
        edges: ``x y x2 y2``, ``weight``, ``a`` and ``b`` (as shown), ``why``.
    """
    bare = alt.Scale(zero=False, nice=False, padding=24)
    x, y = alt.X("x:Q", axis=None, scale=bare), alt.Y("y:Q", axis=None, scale=bare)
    lines = (
        alt.Chart(pd.DataFrame(edges, columns=["x", "y", "x2", "y2", "weight", "a", "b", "why"]))
        .mark_rule(color=colours.slate)
        .encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q",
            opacity=alt.Opacity("weight:Q", scale=alt.Scale(range=[0.18, 0.7]), legend=None),
            strokeWidth=alt.StrokeWidth("weight:Q", scale=alt.Scale(range=[0.6, 2.6]), legend=None),
            tooltip=[alt.Tooltip("a:N", title=words("chart.account")), alt.Tooltip("b:N", title=words("chart.account")), alt.Tooltip("why:N", title=words("chart.signal"))],
        )
    )  # fmt: skip
    frame = pd.DataFrame(nodes, columns=["account", "x", "y", "degree", "posts", "hot"])
    frame["shown"] = frame["degree"].map(lambda d: words.decimal(d, 2))
    pick = alt.selection_point(name="pick", fields=["account"], on="click", toggle=False)
    dots = (
        alt.Chart(frame)
        .mark_circle(stroke=colours.background, strokeWidth=1.5, opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("degree:Q", scale=alt.Scale(domain=[0, 1], range=[60, 420]), legend=None),
            color=alt.condition("datum.hot", alt.value(colours.ink), alt.value(colours.accent)),
            tooltip=[
                alt.Tooltip("account:N", title=words("chart.account")), alt.Tooltip("shown:N", title=words("chart.degree")),
                alt.Tooltip("posts:Q", title=words("chart.posts")),
            ],
        )
        .add_params(pick)
    )  # fmt: skip
    return _finish(alt.layer(lines, dots), 380)


def _finish(chart: Any, height: int) -> Any:
    return chart.properties(height=height, usermeta=_NO_MENU).configure_view(stroke=None)


def _count_axis(words: Words) -> alt.Axis:
    mark = "'\\u202f'" if words.code == "fr" else "','"
    return alt.Axis(
        tickCount=4,
        format="d",
        labelExpr=f"replace(format(datum.value, ',.0f'), regexp(',', 'g'), {mark})",
        domain=False,
        ticks=False,
        tickMinStep=1,
    )


def _time_axis(times: pd.Series[Any], words: Words) -> alt.Axis:
    months = json.dumps([words(f"month.{n}") for n in range(1, 13)], ensure_ascii=False)
    day = f"utcdate(datum.value) + ' ' + {months}[utcmonth(datum.value)]"
    clock = "(utchours(datum.value) < 10 ? '0' : '') + utchours(datum.value) + ':' + (utcminutes(datum.value) < 10 ? '0' : '') + utcminutes(datum.value)"
    long = len(times) > 0 and times.max() - times.min() > 4 * _DAY
    label = (
        day
        if long
        else f"utchours(datum.value) == 0 && utcminutes(datum.value) == 0 ? {day} : {clock}"
    )
    return alt.Axis(
        labelExpr=label,
        grid=False,
        tickCount={"interval": "utcday", "step": 1}
        if long and times.max() - times.min() < 12 * _DAY
        else 8,
        labelOverlap=True,
    )


def _delay_axis(longest: float, words: Words) -> alt.Axis:
    values = [
        v
        for v in (0, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 6 * 3_600, 86_400)
        if v <= max(longest, 1)
    ]
    shown = json.dumps(
        {str(v): words.duration(v) if v else words("chart.first") for v in values},
        ensure_ascii=False,
    )
    return alt.Axis(values=values, labelExpr=f"{shown}[datum.value]", grid=True, labelOverlap=True)
