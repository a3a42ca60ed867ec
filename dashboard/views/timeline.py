"""Timeline: what happened, and when it would have been known."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import charts, frame, markup, volume
from dashboard.components.account_names import quote_value
from dashboard.components.figures import Figure, Legend, draw
from dashboard.components.frame import Frame, periods
from dashboard.components.narrative_counts import count_narratives
from dashboard.components.narrative_table import narrative_table
from dashboard.components.stories.votes import (
    draw_precision,
    draw_snoozed,
    draw_votes,
    filter_snoozed,
)
from dashboard.components.timeline.charts import bands_chart, flagged_chart
from dashboard.components.trends import peaks
from dashboard.components.trends.peaks import Peak
from dashboard.components.volume import VolumeRow
from dashboard.counts import count_posts
from dashboard.pin_links import pin_link
from dashboard.url_state import QueryParameter
from index.base import Window
from index.query import Term
from tocsin.core.calibration.votes import subject_of
from tocsin.core.findings import Alert, WeakSignal, rfc3339
from tocsin.core.groups.headlines import foreign_language
from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

PARAMETERS = {"day": QueryParameter()}
BANDS = 8
HEADLINE = 160
DIGEST_NARRATIVES = 5
MAX_DAYS = timedelta(days=120)
"""Spans up to which the page has days across, else weeks."""


@dataclass(frozen=True)
class _Span:
    """What stands across: the frame, its window with two ends, and the interval."""

    asked: Frame
    window: Window
    interval: str

    @property
    def step(self) -> timedelta:
        return timedelta(days=7 if self.interval == "1w" else 1)


class TimelineView:
    """The page of the past. See `dashboard.base.View`."""

    name = "timeline"
    title = Message("timeline.title")
    icon = ":material/timeline:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, stats = context.words, context.queries.state.stats
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("timeline.lead")))
        if stats.oldest_at is None or stats.newest_at is None:
            key = "empty.undated" if stats.documents else "empty.title"
            st.html(markup.empty_state(words(key), words("timeline.undated")))
            return
        followed = url_state.is_followed(self.name, PARAMETERS)
        url_state.load(self.name, PARAMETERS)
        asked = frame.ask(context, self.name, followed=followed)
        span = _span(asked, stats.oldest_at, stats.newest_at, words)
        rows = _rows(context, span)
        if not any(row.total for row in rows):
            st.html(markup.empty_state(words("trends.none"), words("trends.none_text")))
            url_state.store(self.name, PARAMETERS)
            return
        alerts, replayed = _alerts(context, span)
        st.html(markup.soft_paragraph(_known(context, alerts, replayed=replayed)))
        draw_precision(context)
        if not replayed:
            command = f"tocsin --home {context.workspace.home} replay"
            st.html(f"<p><code>{html.escape(command)}</code></p>")
        _volume(context, span, rows, alerts)
        _bands(context, span)
        day = _day_choice(context, span)
        url_state.store(self.name, PARAMETERS)
        if day is not None:
            _digest(context, span, day, alerts)


def _span(asked: Frame, oldest: datetime, newest: datetime, words: Words) -> _Span:
    first = (asked.window.since or oldest).astimezone(words.zone)
    last = (asked.window.until or newest + timedelta(seconds=1)).astimezone(words.zone)
    interval = "1d" if last - first <= MAX_DAYS else "1w"
    since = first.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval == "1w":
        since = periods.shifted(since, timedelta(days=since.weekday()))
    return _Span(asked, Window(max(since, asked.window.since or since), last), interval)


def _rows(context: ViewContext, span: _Span, query: Any = None) -> list[VolumeRow]:
    queries, asked = context.queries, span.asked
    total = queries.histogram(asked.of(query), span.window, span.interval).buckets
    by_flagged = []
    if (flagged := asked.flagged_of(query)) is not None:
        by_flagged = queries.histogram(flagged, span.window, span.interval).buckets
    return volume.merge_counts(total, by_flagged)


def _alerts(context: ViewContext, span: _Span) -> tuple[list[WeakSignal], bool]:
    """The alerts of the span in order of time, and whether they come from a replay.

    Without a replay they are the signals of the last analysis.
    """
    queries = context.queries
    replayed = queries.analysed(Alert.kind)
    since, until = span.window.since, span.window.until
    found = queries.alerts() if replayed else queries.weak_signals()
    inside = [
        one
        for one in found
        if since is not None and until is not None and since <= one.flagged_at < until
    ]
    return sorted(inside, key=lambda one: (one.flagged_at, one.id)), replayed


def _known(context: ViewContext, alerts: Sequence[WeakSignal], *, replayed: bool) -> str:
    """How many alerts would have come, and how long after the first post of their subjects."""
    words = context.words
    if not replayed:
        return words("timeline.no_replay")
    said = words.n("timeline.alerts", len(alerts))
    lags = sorted((one.flagged_at - one.first_at).total_seconds() for one in alerts)
    if lags:
        middle = lags[len(lags) // 2]
        said += " " + words.n("timeline.lag", len(lags), span=words.duration(middle))
    leads = sorted(
        hours
        for one in alerts
        if one.lead is not None and (hours := one.lead.hours_ahead(one.flagged_at)) is not None
    )
    if leads:
        ahead = sum(hours > 0 for hours in leads)
        said += " " + words.n("timeline.ahead", len(leads), ahead=words.number(ahead))
    steps = {float(one.method.parameters.get("tick_hours", 0)) for one in alerts}
    if len(steps) == 1 and (step := steps.pop()) > 0:
        said += " " + words("timeline.steps", span=words.duration(step * 3600))
    return said


def _lead_of(alert: WeakSignal, words: Words) -> list[str]:
    """How long before its peak an alert came, and when its story faded."""
    if alert.lead is None:
        return []
    hours = alert.lead.hours_ahead(alert.flagged_at)
    if hours is None:
        return [words("timeline.rising")]
    code = "timeline.before_peak" if hours > 0 else "timeline.after_peak"
    said = [words(code, span=words.duration(abs(hours) * 3600))]
    if alert.lead.faded_at is not None:
        said.append(words("timeline.faded", when=words.moment(alert.lead.faded_at)))
    return said


# -- the pictures


def _volume(
    context: ViewContext, span: _Span, rows: list[VolumeRow], alerts: list[WeakSignal]
) -> None:
    words = context.words
    gaps = context.queries.gaps(span.window)
    any_flagged = any(row.flagged for row in rows)
    legend = [Legend(words("chart.others" if any_flagged else "chart.all"), "slate")]
    if any_flagged:
        legend.insert(0, Legend(words("chart.flagged"), "accent"))
    when, posts, flags = words("chart.when"), words("chart.posts"), words("timeline.alerts_head")
    table = [
        {
            when: words.day(row.start),
            posts: row.total,
            flags: sum(row.start <= one.flagged_at < row.start + span.step for one in alerts),
        }
        for row in rows
    ]
    key = f"timeline_{span.interval}"
    draw(
        context,
        Figure(
            name="timeline",
            title=words.say(TimelineView.title),
            build=lambda colours: flagged_chart(rows, alerts, words, colours, gaps),
            columns=(when, posts, flags),
            rows=table,
            alt=words("timeline.alt"),
            legend=legend,
        ),
        key=key,
        on_select=lambda: _take_day(key, words),
        selection_mode="day",
    )
    st.caption(words("timeline.click"))
    if note := markup.gap_note(gaps, words):
        st.caption(note)


def _take_day(key: str, words: Words) -> None:
    state = cast("Mapping[str, Any]", st.session_state.get(key) or {})
    chosen = state.get("selection", {}).get("day") or []
    if chosen and "t" in chosen[0]:
        moment = charts.from_wall_clock_ms(chosen[0]["t"], words).astimezone(words.zone)
        st.session_state["day"] = moment.date().isoformat()


def _bands(context: ViewContext, span: _Span) -> None:
    words = context.words
    st.html(markup.section_heading(words("timeline.bands"), words("timeline.bands_note")))
    found = count_narratives(context.queries, _within(context, span.asked, span.window))[:BANDS]
    if not found:
        st.html(markup.soft_paragraph(words("today.narratives.none")))
        return
    bands: list[tuple[str, list[VolumeRow]]] = []
    for row in found:
        headline = sanitize.single_line(row.narrative.headline(words.code), 90)
        bands.append((headline, _rows(context, span, Term("narrative", row.narrative.id))))
    step = round(span.step.total_seconds() * 1000)
    when, story, posts = words("chart.when"), words("facet.narrative"), words("chart.posts")
    draw(
        context,
        Figure(
            name="bands",
            title=words("timeline.bands"),
            build=lambda colours: bands_chart(bands, step, words, colours),
            columns=(story, when, posts),
            rows=[
                {story: name, when: words.day(row.start), posts: row.total}
                for name, rows in bands
                for row in rows
                if row.total
            ],
            alt=words("timeline.bands"),
        ),
    )


def _within(context: ViewContext, asked: Frame, window: Window) -> Frame:
    """The frame over another window, compared with the one before it."""
    before = frame.if_collected(context, periods.comparison_window(window, "before"))
    return replace(asked, window=window, compare=before)


# -- one day


def _day_choice(context: ViewContext, span: _Span) -> datetime | None:
    """The day (or week) whose digest is shown; the newest where none was chosen."""
    words = context.words
    since, until = span.window.since, span.window.until
    assert since is not None
    assert until is not None
    first = since.date()
    last = (until - timedelta(microseconds=1)).date()
    chosen = _read_day(str(st.session_state.get("day") or ""))
    shown = chosen if chosen is not None and first <= chosen <= last else last
    st.session_state["timeline_day"] = shown
    st.html(markup.section_heading(words("timeline.digest")))
    st.date_input(
        words("timeline.day"),
        key="timeline_day",
        min_value=first,
        max_value=last,
        format="DD/MM/YYYY" if words.code == "fr" else "YYYY-MM-DD",
        on_change=_keep_day,
        width=200,
    )
    if span.interval == "1w":
        shown -= timedelta(days=shown.weekday())
    return periods.start_of(shown, words.zone)


def _keep_day() -> None:
    if (day := st.session_state.get("timeline_day")) is not None:
        st.session_state["day"] = day.isoformat()


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _digest(context: ViewContext, span: _Span, day: datetime, alerts: Sequence[WeakSignal]) -> None:
    """The alerts, narratives and top posts of a day."""
    words = context.words
    window = Window(day, periods.shifted(day, -span.step))
    asked = _within(context, span.asked, window)
    assert window.until is not None
    posts = count_posts(context.queries, asked.of(), window)
    address = asked.address | {"since": rfc3339(day), "until": rfc3339(window.until)}
    address.pop("period", None)
    link = markup.page_link(
        "explore", words("narratives.read", posts=words.n("posts", posts)), words, **address
    )
    facts = [link]
    if asked.compare is not None:
        before = count_posts(context.queries, asked.of(), asked.compare)
        facts.append(html.escape(words("timeline.before", posts=words.n("posts", before))))
    last = window.until - timedelta(microseconds=1)
    said = words.day(day) if span.interval == "1d" else words.span(day, last)
    st.html(f'<p><b>{html.escape(said)}</b></p><div class="t-facts">{" · ".join(facts)}</div>')
    if not posts:
        st.html(markup.soft_paragraph(words("timeline.quiet")))
        return
    of_day = [alert for alert in alerts if day <= alert.flagged_at < window.until]
    waiting = filter_snoozed(context, (subject_of(alert.id) for alert in of_day))
    for alert in of_day:
        if subject_of(alert.id) not in waiting:
            st.html(_alert(alert, words))
            draw_votes(context, subject_of(alert.id), f"alert_{alert.id}")
    draw_snoozed(context, waiting)
    rows = count_narratives(context.queries, asked)[:DIGEST_NARRATIVES]
    if rows:
        st.html(narrative_table(rows, words))
    told = peaks.explain(context, asked, Peak(day, window.until, posts, None))
    documents = context.queries.documents(told.posts)[: peaks.POSTS_SHOWN]
    cards = [
        markup.post_card(document, words, context.account_names, compact=True)
        for document in documents
    ]
    heading = words("timeline.posts" if told.fared else "timeline.some_posts")
    st.html(markup.section_heading(heading))
    st.html(markup.post_grid(cards, len(cards), len(cards), words))


def _alert(alert: WeakSignal, words: Words) -> str:
    link = markup.page_link(
        "explore",
        words("narratives.read", posts=words.n("posts", alert.posts)),
        words,
        q=f"signal:{quote_value(alert.id)}",
    )
    named = alert.name or alert.headlines
    said = [alert.headline(words.code)] if named else shown_terms(alert.terms, 6)
    lang = foreign_language(said[0], alert.headlines, words.code) if named else ""
    heading = markup.in_language(markup.term_list(said, HEADLINE), lang, words)
    lag = (alert.flagged_at - alert.first_at).total_seconds()
    flagged = words("timeline.flagged", when=words.moment(alert.flagged_at))
    after = words("timeline.after", span=words.duration(max(0.0, lag)))
    lead = [html.escape(said) for said in _lead_of(alert, words)]
    facts = " · ".join(
        (
            link,
            html.escape(words.n("authors", alert.authors)),
            html.escape(flagged),
            html.escape(after),
            *lead,
            pin_link(f"signal:{alert.id}", words),
        )
    )
    return f'<section class="t-fact">{heading}<div class="t-facts">{facts}</div></section>'
