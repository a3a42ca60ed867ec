"""Two queries beside each other: how many posts each, in both, and when."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.collection_gaps import Gap
from dashboard.components import charts, markup, query_nodes
from dashboard.components.explore.request import SearchRequest
from dashboard.components.figures import Figure, Legend, draw
from dashboard.components.frame import Frame
from dashboard.components.sentences import alert_paragraph
from dashboard.components.theme import Palette
from dashboard.counts import count_posts
from index.query import Node
from index.reading.queries import resolve
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words

HEIGHT = 180
LABEL = 60


@dataclass(frozen=True)
class Side:
    """One of the two queries: its label and its posts by the start of each interval."""

    label: str
    posts: int
    buckets: dict[datetime, int]


def draw_comparison(context: ViewContext, request: SearchRequest, frame: Frame, other: str) -> None:
    """Both curves, the posts of each, their shares, and how many both find."""
    words, queries = context.words, context.queries
    st.html(markup.section_heading(words("asking.compare")))
    if not other.strip():
        st.html(markup.soft_paragraph(words("asking.compare_empty")))
        return
    names = context.account_names
    try:
        tree = names.resolve_pseudonyms(queries.parse(other))
        second = frame.of(resolve(tree, queries.index, names.pseudonyms))
    except ConfigError as error:
        st.html(alert_paragraph(error.located, words))
        return
    interval = frame.choice.interval if frame.choice is not None else "auto"
    sides = [
        _side(context, request, text, node, interval)
        for text, node in ((request.text, request.node), (other, second))
    ]
    both = count_posts(queries, query_nodes.intersect(request.node, second), request.window)
    st.html(_table(sides, both, [request.text, other], frame, words))
    _curves(context, sides, queries.gaps(request.window))


def _side(
    context: ViewContext, request: SearchRequest, text: str, node: Node, interval: str
) -> Side:
    queries = context.queries
    found = queries.histogram(node, request.window, interval)
    label = sanitize.single_line(text, LABEL) or context.words("explore.everything")
    posts = count_posts(queries, node, request.window)
    return Side(label, posts, dict(found.buckets))


def _table(
    sides: Sequence[Side], both: int, texts: Sequence[str], frame: Frame, words: Words
) -> str:
    heads = [words(f"asking.{name}") for name in ("query", "posts", "share_of_two", "also")]
    total = sum(side.posts for side in sides)
    rows = ""
    for side, text in zip(sides, texts, strict=True):
        link = markup.page_link("explore", side.label, words, **frame.address | {"q": text})
        share = side.posts / total if total else None
        also = both / side.posts if side.posts else None
        cells = [
            (link, ""),
            (words.number(side.posts), "t-r"),
            (markup.percentage_bar(share, words), "t-nowrap"),
            (html.escape("–" if also is None else words.percent(also)), "t-r"),
        ]
        rows += markup.table_row(cells, heads)
    said = html.escape(words.n("asking.both", both))
    return f'{markup.table(heads, rows, right=(1, 3))}<p class="t-note">{said}</p>'


def _curves(context: ViewContext, sides: Sequence[Side], gaps: Sequence[Gap]) -> None:
    words = context.words
    starts = sorted({start for side in sides for start in side.buckets})
    if len(starts) < 2:
        return
    when = words("chart.when")
    labels = [side.label for side in sides]
    if labels[0] == labels[1]:
        labels[1] += " (2)"
    rows = [
        {when: start}
        | {label: side.buckets.get(start, 0) for label, side in zip(labels, sides, strict=True)}
        for start in starts
    ]
    draw(
        context,
        Figure(
            name="comparison",
            title=words("asking.compare_title", first=labels[0], second=labels[1]),
            build=lambda colours: _chart(starts, sides, labels, words, colours, gaps),
            columns=(when, *labels),
            rows=rows,
            alt=words("asking.compare_alt"),
            legend=[Legend(label, f"objects.{n}") for n, label in enumerate(labels)],
        ),
    )
    if note := markup.gap_note(gaps, words):
        st.caption(note)


def _chart(
    starts: Sequence[datetime],
    sides: Sequence[Side],
    labels: Sequence[str],
    words: Words,
    colours: Palette,
    gaps: Sequence[Gap],
) -> Any:
    """Two bars beside each other for each interval, one scale for both."""
    times = [charts.to_wall_clock_ms(start, words) for start in starts]
    ends = charts.interval_ends(times)
    records = []
    for place, (start, end) in enumerate(zip(times, ends, strict=True)):
        width = charts.BAR_SHARE * (end - start) / len(sides)
        for number, (label, side) in enumerate(zip(labels, sides, strict=True)):
            posts = side.buckets.get(starts[place], 0)
            records.append(
                {
                    "t": start + number * width,
                    "end": start + (number + 1) * width,
                    "low": 0,
                    "posts": posts,
                    "series": label,
                    "when": words.moment(starts[place]),
                    "n": words.number(posts),
                }
            )
    frame = pd.DataFrame(records)
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("t:T", scale=alt.Scale(type="utc"), title=charts.time_title(words),
                    axis=charts.time_axis(frame["t"], words, strip=True)),
            x2="end:Q",
            y=alt.Y("posts:Q", title=words("chart.posts"),
                    axis=charts.count_axis(words, words("chart.posts"))),
            y2="low:Q",
            color=alt.Color("series:N", legend=None,
                            scale=alt.Scale(domain=list(labels), range=colours.objects[:2])),
            tooltip=[
                alt.Tooltip("series:N", title=words("asking.query")),
                alt.Tooltip("when:N", title=words("chart.when")),
                alt.Tooltip("n:N", title=words("chart.posts")),
            ],
        )
    )  # fmt: skip
    strip = charts.coverage_strip(starts[0], ends[-1], gaps, words, colours)
    return charts.finish(alt.layer(bars, strip), HEIGHT)


def second_box(words: Words) -> str:
    """The box of the second query."""
    text = st.text_input(words("asking.second"), key="against", max_chars=2_000)
    return text or ""
