"""Today: what is rising, how much of it comes from accounts that act together, and what is left.

Everything stands beside what it looks like without the accounts of flagged groups.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.collection_gaps import Bucket, Gap
from dashboard.components import frame, markup, query_nodes, volume
from dashboard.components.account_names import quote_value
from dashboard.components.figures import draw_volume
from dashboard.components.frame import Frame
from dashboard.components.frame.periods import length_between
from dashboard.components.markup import Metric
from dashboard.components.narrative_counts import count_narratives
from dashboard.components.narrative_table import caveat_paragraphs, narrative_table
from dashboard.components.sentences import clause_as_sentence
from dashboard.components.volume import VolumeComparison, VolumeRow, WindowLength
from dashboard.counts import count_posts
from index.base import Stats, Window
from index.current import flagged_members
from index.query import Node
from index.reading.queries import among
from tocsin.core.findings import WeakSignal
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

MAX_SIGNALS = 12
MAX_NARRATIVES = 12
SPARKLINE_BARS = 56


@dataclass(frozen=True)
class _Period:
    """What the page looks at, and the past that its window is compared with."""

    asked: Frame
    choice: WindowLength
    window: Window
    past: Window

    def rows(self, context: ViewContext, query: Node | None = None) -> list[VolumeRow]:
        """Posts over the past and the window, and those by flagged accounts.

        Args:
            query: which posts; None for all.
        """
        queries, interval = context.queries, self.choice.interval
        buckets = queries.histogram(self.asked.of(query), self.past, interval).buckets
        flagged_buckets: list[Bucket] = []
        if (by_flagged := self.asked.flagged_of(query)) is not None:
            flagged_buckets = queries.histogram(by_flagged, self.past, interval).buckets
        total = volume.fill_gaps(buckets, self.past, self.choice.step)
        return volume.merge_counts(total, flagged_buckets)


class TodayView:
    """The first page. See `dashboard.base.View`."""

    name = "today"
    title = Message("today.title")
    icon = ":material/notifications_active:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, stats = context.words, context.queries.state.stats
        st.title(words.say(self.title), anchor=False)
        if not stats.documents:
            st.html(_welcome(context))
            return
        if stats.newest_at is None:
            title, text = words("empty.undated"), words("empty.undated_text")
            st.html(markup.empty_state(title, text))
            return
        lead = st.empty()
        period = _period_of(frame.ask(context, self.name, "24h"), stats, words)
        window, past, choice = period.window, period.past, period.choice
        rows = period.rows(context)
        buckets = [(row.start, row.total) for row in rows]
        gaps = context.queries.gaps(past)
        comparison = volume.compare_with_past(buckets, window, choice, stats.oldest_at, gaps)
        rows = volume.from_oldest(rows, stats.oldest_at)
        current = [row for row in rows if window.since and row.start >= window.since]
        share = volume.flagged_share(current)
        signals = _signals_within(context, period)
        lead.html(markup.lead_paragraph(_lead(context, window, comparison, signals, share)))
        st.html(markup.metric_row(_metrics(context, comparison, signals, choice)))
        _coordination_caveats(context)
        _volume(context, rows, share, window.since, gaps)
        _signals(context, signals, comparison, period)
        _narratives(context, period)


def _welcome(context: ViewContext) -> str:
    words = context.words
    steps = ("import posts.jsonl", "crawl", "enrich", "analyse")
    commands = [f"tocsin --home {context.workspace.home} {step}" for step in steps]
    return markup.empty_state(words("empty.title"), words("empty.text"), commands)


def _signals_within(context: ViewContext, period: _Period) -> list[WeakSignal]:
    """What was flagged in the window, of the posts that the frame lets through."""
    since, until = period.window.since, period.window.until
    found = [
        signal
        for signal in context.queries.weak_signals()
        if (since is None or signal.flagged_at >= since)
        and (until is None or signal.flagged_at < until)
    ]
    if period.asked.scope is None:
        return found
    return [
        signal
        for signal in found
        if count_posts(context.queries, period.asked.of(among("id", signal.post_ids)))
    ]


def _period_of(asked: Frame, stats: Stats, words: Words) -> _Period:
    """All times are a window without a past."""
    window, choice = asked.window, asked.choice
    if choice is None:
        assert stats.oldest_at is not None
        assert stats.newest_at is not None
        first, last = (at.astimezone(words.zone) for at in (stats.oldest_at, stats.newest_at))
        since = window.since or first.replace(hour=0, minute=0, second=0, microsecond=0)
        until = window.until or last + timedelta(seconds=1)
        choice = length_between(since, max(until, since + timedelta(seconds=1)))
        return _Period(asked, choice, Window(since, until), Window(since, until))
    return _Period(asked, choice, window, volume.with_past(window, choice))


def _lead(
    context: ViewContext,
    window: Window,
    comparison: VolumeComparison,
    signals: list[WeakSignal],
    share: float,
) -> str:
    """The page in a sentence."""
    words = context.words
    rising = ""
    if context.queries.analysed(WeakSignal.kind):
        rising = words.n("today.lead.rising", len(signals))
    against = words("today.lead.no_normal")
    if comparison.partial:
        against = words("today.lead.partial")
    if comparison.ratio is not None:
        against = words("today.lead.normal", ratio=words.times(comparison.ratio))
    return words(
        "today.lead.all",
        until=words.moment(window.until),
        zone=words.zone_name(),
        posts=words.n("posts", comparison.posts),
        against=against,
        rising=rising,
        organic=words.percent(1 - share),
    )


# -- the row of figures


def _metrics(
    context: ViewContext,
    comparison: VolumeComparison,
    signals: list[WeakSignal],
    choice: WindowLength,
) -> list[Metric]:
    return [
        _posts_metric(comparison, choice, context.words),
        _signals_metric(context, signals),
        _clusters_metric(context),
        _run_metric(context),
    ]


def _posts_metric(comparison: VolumeComparison, choice: WindowLength, words: Words) -> Metric:
    note = html.escape(words("today.metric.no_normal"))
    if comparison.normal is not None:
        note = html.escape(words("today.metric.normal", n=words.number(comparison.normal)))
    if comparison.ratio is not None:
        note = f"<b>{words.times(comparison.ratio)}</b> {note}"
    length = words.duration(choice.length.total_seconds())
    tip = words("today.metric.posts_tip", n=words.number(comparison.windows), length=length)
    return Metric(words("today.metric.posts"), words.number(comparison.posts), note, tip)


def _signals_metric(context: ViewContext, signals: list[WeakSignal]) -> Metric:
    words = context.words
    figure, note = "–", words("today.metric.not_analysed")
    if context.queries.analysed(WeakSignal.kind):
        rate = max((signal.expected_false_per_day for signal in signals), default=0.0)
        figure = words.number(len(signals))
        note = words("today.metric.alarms", n=words.expected(rate))
    tip = words("today.metric.signals_tip")
    return Metric(words("today.metric.signals"), figure, html.escape(note), tip)


def _clusters_metric(context: ViewContext) -> Metric:
    words, clusters = context.words, context.queries.clusters()
    flagged = sum(cluster.status == "flagged" for cluster in clusters)
    explained = sum(cluster.status == "explained" for cluster in clusters)
    in_groups = len(flagged_members(clusters))
    accounts = words.n("accounts", in_groups)
    note = f"{accounts} · {words.n('today.metric.explained', explained)}"
    apart = [found for found in context.queries.structures() if found.status == "flagged"]
    if apart:
        beside = words.n("accounts", len(context.queries.flagged_accounts()) - in_groups)
        note += f" · {words.n('today.metric.structures', len(apart), accounts=beside)}"
    tip = words("today.metric.clusters_tip")
    return Metric(words("today.metric.clusters"), words.number(flagged), html.escape(note), tip)


def _coordination_caveats(context: ViewContext) -> None:
    """What the counts of groups leave out, beside them."""
    words, tested = context.words, context.queries.tested()
    if tested is None or not tested.caveats:
        return
    sentences = " ".join(clause_as_sentence(caveat, words) for caveat in tested.caveats)
    label = words("today.metric.clusters")
    st.html(markup.soft_paragraph(words("today.caveats", label=label, text=sentences)))


def _run_metric(context: ViewContext) -> Metric:
    words = context.words
    figure, note = "–", words("today.metric.no_run")
    run: Mapping[str, Any] | None = next(iter(context.queries.runs()), None)
    if run:
        figure = words.ago(datetime.fromisoformat(run["started_at"]).astimezone(UTC))
        note = f"{run['command']} · {words.known('run', run['status'])}"
    newest = words.moment(context.queries.state.stats.newest_at)
    tip = words("today.metric.run_tip", newest=newest)
    return Metric(words("today.metric.run"), figure, html.escape(note), tip)


# -- the curve


def _volume(
    context: ViewContext,
    rows: list[VolumeRow],
    share: float,
    since: datetime | None,
    gaps: list[Gap],
) -> None:
    words = context.words
    note = words("today.volume.note", share=words.percent(share))
    st.html(markup.section_heading(words("today.volume.title"), note))
    draw_volume(
        context,
        "volume",
        rows,
        title=words("today.volume.title"),
        period=note,
        since=since,
        gaps=gaps,
    )
    if note := markup.undated_note(context.queries.state.stats.without.get("time", 0), words):
        st.caption(note)
    if note := markup.gap_note(gaps, words):
        st.caption(f"{note} {words('today.volume.gap')}")


# -- what rises


def _signals(
    context: ViewContext,
    signals: list[WeakSignal],
    comparison: VolumeComparison,
    period: _Period,
) -> None:
    words = context.words
    st.html(markup.section_heading(words("today.rising.title"), words("today.rising.note")))
    for untested in context.queries.untested():
        st.html(markup.soft_paragraph(clause_as_sentence(untested, words)))
    if not signals:
        st.html(markup.soft_paragraph(words(_why_nothing_rises(context, comparison))))
    for number, signal in enumerate(signals[:MAX_SIGNALS]):
        with st.container(key=f"signal_{number}"):
            left, middle, right = st.columns([5, 4, 3], gap="medium")
            left.html(_signal_facts(signal, context))
            middle.html(_signal_curve(signal, context, period) or "<div></div>")
            right.html(_signal_figures(signal, words))
            right.page_link(
                context.pages["explore"],
                label=words("today.rising.posts"),
                icon=":material/arrow_forward:",
                query_params={
                    "q": f"signal:{quote_value(signal.id)}",
                    "lang": words.code,
                },
            )
    if len(signals) > MAX_SIGNALS:
        st.caption(words("today.rising.more", n=words.number(len(signals) - MAX_SIGNALS)))
    if elsewhere := len(context.queries.weak_signals()) - len(signals):
        st.caption(words.n("today.rising.earlier", elsewhere))


def _why_nothing_rises(context: ViewContext, comparison: VolumeComparison) -> str:
    if not context.queries.analysed(WeakSignal.kind):
        return "today.rising.unknown"
    if context.queries.weak_signals():
        return "today.rising.none_now"
    if comparison.normal is None:
        return "today.rising.too_short"
    return "today.rising.none"


def _signal_facts(signal: WeakSignal, context: ViewContext) -> str:
    """Its terms, how many posts and authors, since when and by whom."""
    words = context.words
    counts = (
        f"<b>{words.n('posts', signal.posts)}</b> · <b>{words.n('authors', signal.authors)}</b>"
    )
    if excess := _excess(signal, words):
        counts += f" · {html.escape(excess)}"
    began = html.escape(words("today.rising.began", when=words.moment(signal.first_at)))
    first_names = context.display_names(signal.first_authors[:3]).values()
    if first := ", ".join(sanitize.escaped_line(name, 40) for name in first_names):
        began += f" · {html.escape(words('today.rising.by'))} {first}"
    method = markup.details(
        words("method.title"), f'<div class="t-note">{_method(signal, words)}</div>'
    )
    return (
        f'{markup.term_list(signal.terms[:6])}<div class="t-facts">{counts}</div>'
        f'<div class="t-facts">{began}</div>{method}'
    )


def _excess(signal: WeakSignal, words: Words) -> str:
    """How many authors there were in one tick of the clock, and how many were expected."""
    hours = signal.method.parameters.get("tick_hours")
    if not signal.lead_authors or signal.expected is None or not isinstance(hours, (int, float)):
        return ""
    return words(
        "today.rising.above",
        lead=words.number(signal.lead_authors),
        span=words.duration(3600 * hours),
        n=words.expected(signal.expected),
    )


def _method(signal: WeakSignal, words: Words) -> str:
    parameters = ", ".join(
        f"{sanitize.single_line(str(name), 40)} = {sanitize.single_line(str(value), 60)}"
        for name, value in sorted(signal.method.parameters.items())
    )
    name = sanitize.single_line(signal.method.name, 60)
    version = sanitize.single_line(signal.method.version, 20)
    lines = [words("method.name", name=name, version=version)]
    if parameters:
        lines.append(words("method.parameters", text=parameters))
    lines.append(words("method.flagged_at", when=words.moment(signal.flagged_at)))
    sentences = [clause_as_sentence(text, words) for text in (signal.why, *signal.caveats)]
    return "".join(
        [f"<p>{html.escape(line)}</p>" for line in lines]
        + [f"<p>{sanitize.escaped_line(sentence, 501)}</p>" for sentence in sentences]
    )


def _signal_curve(signal: WeakSignal, context: ViewContext, period: _Period) -> str:
    words = context.words
    query = query_nodes.posts_with_terms(signal.terms)
    if query is None:
        return ""
    rows = volume.from_oldest(period.rows(context, query), context.queries.state.stats.oldest_at)
    rows = volume.downsample(rows, SPARKLINE_BARS)
    flagged = sum(row.flagged for row in rows)
    label = words(
        "today.rising.curve",
        posts=words.number(sum(row.total for row in rows)),
        flagged=words.number(flagged),
    )
    curve = markup.sparkline(rows, words, label, context.queries.gaps(period.past))
    if flagged:
        curve += markup.chart_legend(words("chart.flagged"), words("chart.others"))
    return curve


def _signal_figures(signal: WeakSignal, words: Words) -> str:
    """The share of flagged accounts, what is left without them, and how sure the signal is."""
    share_bar = markup.percentage_bar(signal.coordinated_share, words)
    share = f"{share_bar} {html.escape(words('today.rising.share'))}"
    lines = [(share, words("today.rising.share_tip"))]
    if signal.coordinated_share and signal.without_coordinated is not None:
        left = words.n("today.rising.without", signal.without_coordinated)
        lines.append((html.escape(left), ""))
    p_value = html.escape(words.probability("p", signal.p_value))
    alarms = words("today.rising.alarms", n=words.expected(signal.expected_false_per_day))
    tip = words("today.rising.p_tip", n=words.number(signal.posts))
    lines.append((f"<b>{p_value}</b> · {html.escape(alarms)}", tip))
    return "".join(
        f'<div class="t-facts" title="{html.escape(tip, quote=True)}">{line}</div>'
        for line, tip in lines
    )


# -- narratives


def _narratives(context: ViewContext, period: _Period) -> None:
    """The stories of the window, those of most posts first; the page Narratives has all."""
    words = context.words
    st.html(markup.section_heading(words("today.narratives.title"), words("today.narratives.note")))
    narratives = context.queries.narratives()
    for caveat in caveat_paragraphs(context.queries.state.stats, narratives, words):
        st.html(caveat)
    if not narratives:
        st.html(markup.soft_paragraph(words("today.narratives.none")))
        return
    rows = count_narratives(context.queries, period.asked)
    if rows:
        st.html(narrative_table(rows[:MAX_NARRATIVES], words))
    else:
        st.html(markup.soft_paragraph(words("today.narratives.quiet")))
    st.page_link(
        context.pages["narratives"],
        label=words("today.narratives.all_of_them", n=words.number(len(narratives))),
        icon=":material/arrow_forward:",
        query_params={"period": period.choice.name} | period.asked.address | {"lang": words.code},
    )
