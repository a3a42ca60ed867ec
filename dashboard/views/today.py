"""Today: what is rising, how much of it comes from accounts that act together, and what it looks like without them."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import streamlit as st

from dashboard import sanitize
from dashboard import url_state
from dashboard.base import ViewContext
from dashboard.components import charts, figures
from dashboard.components import markup
from dashboard.components.account_names import quote_value
from dashboard.components.figures import WINDOW_LENGTHS, VolumeComparison, WindowLength
from dashboard.url_state import QueryParameter
from index.base import Window
from index.query import Node
from tocsin.core.findings import Narrative, WeakSignal, rfc3339
from tocsin.core.language.words import Words

MAX_SIGNALS = 12
MAX_NARRATIVES = 12
SPARK_BARS = 56


class Today:
    """The first page. See `dashboard.base.View`."""

    name = "today"
    icon = ":material/notifications_active:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, stats = context.words, context.queries.state.stats
        st.title(words("today.title"), anchor=False)
        if not stats.documents:
            home = str(context.workspace.home)
            commands = [
                f"tocsin --home {home} {rest}"
                for rest in ("import posts.jsonl", "crawl", "enrich", "analyse")
            ]
            st.html(markup.empty_state(words("empty.title"), words("empty.text"), commands))
            return
        if stats.newest_at is None:
            st.html(markup.empty_state(words("empty.undated"), words("empty.undated_text")))
            return
        lede = st.empty()
        reach = _reach(words)
        window, past = volume.window_and_past(stats.newest_at, reach, words.zone)
        hot_query = query_nodes.posts_by_authors(context.queries.flagged())
        total = volume.fill_gaps(
            context.queries.page(
                "", past, facets=(), interval=reach.interval, size=0
            ).histogram.buckets,
            past,
            reach.step,
        )
        hot = context.queries.histogram(hot_query, past, reach.interval).buckets if hot_query else []
        rows = volume.merge_counts(total, hot)
        pace = volume.compare_with_past(total, window, reach, stats.oldest_at)
        current = [row for row in rows if window.since and row[0] >= window.since]
        share = sum(r[2] for r in current) / max(1, sum(r[1] for r in current))
        signals = context.queries.signals()
        lede.html(markup.lead_paragraph(_lede(context, window, pace, signals, share)))
        st.html(markup.metric_cards(_kpis(context, pace, signals, reach)))
        _volume(words, rows, share, window.since, context)
        _signals(context, signals, pace, reach, past, hot_query)
        _narratives(context)


def _reach(words: Words) -> WindowLength:
    fields = {"window": QueryParameter("24h", list(WINDOW_LENGTHS))}
    url_state.load("today", fields)
    chosen = st.segmented_control(
        words("today.window"), list(WINDOW_LENGTHS), key="window", required=True,
        format_func=lambda name: words(f"today.reach.{name}"), label_visibility="collapsed",
    )  # fmt: skip
    url_state.store("today", fields)
    return WINDOW_LENGTHS[chosen or "24h"]


def _lede(
    context: ViewContext, window: Window, pace: VolumeComparison, signals: list[WeakSignal], share: float
) -> str:
    words, ratio = context.words, pace.ratio
    rising = (
        words.n("today.lede.rising", len(signals)) if context.queries.analysed(WeakSignal.kind) else ""
    )
    against = (
        words("today.lede.normal", ratio=words.times(ratio))
        if ratio is not None
        else words("today.lede.no_normal")
    )
    return words(
        "today.lede.all", until=words.moment(window.until), zone=words.zone_name(), posts=words.n("posts", pace.posts), against=against,
        rising=rising, organic=words.percent(1 - share),
    )  # fmt: skip


def _kpis(
    context: ViewContext, pace: VolumeComparison, signals: list[WeakSignal], reach: WindowLength
) -> list[tuple[str, str, str, str]]:
    words, reads = context.words, context.queries
    normal = (
        words("today.kpi.normal", n=words.number(pace.normal))
        if pace.normal is not None
        else words("today.kpi.no_normal")
    )
    if pace.ratio is not None:
        normal = f"<b>{words.times(pace.ratio)}</b> {html.escape(normal)}"
    known = reads.analysed(WeakSignal.kind)
    alarms = max((s.expected_false_per_day for s in signals), default=0.0)
    rate = (
        words("today.kpi.alarms", n=words.expected(alarms))
        if known
        else words("today.kpi.not_analysed")
    )
    clusters = reads.clusters()
    flagged = [c for c in clusters if c.status == "flagged"]
    explained = sum(c.status == "explained" for c in clusters)
    members = len({m.id for c in flagged for m in c.accounts})
    runs = reads.runs()
    run = runs[0] if runs else None
    return [
        (words("today.kpi.posts"), words.number(pace.posts), normal, words("today.kpi.posts_tip", n=words.number(pace.windows), reach=words(f"today.reach.{reach.name}"))),
        (words("today.kpi.signals"), words.number(len(signals)) if known else "–", html.escape(rate), words("today.kpi.signals_tip")),
        (
            words("today.kpi.clusters"), words.number(len(flagged)),
            html.escape(words.n("accounts", members) + " · " + words.n("today.kpi.explained", explained)), words("today.kpi.clusters_tip"),
        ),
        (
            words("today.kpi.run"), words.ago(_when(run["started_at"])) if run else "–",
            html.escape(f"{run['command']} · {words.known('run', run['status'])}" if run else words("today.kpi.no_run")),
            words("today.kpi.run_tip", newest=words.moment(reads.state.stats.newest_at)),
        ),
    ]  # fmt: skip


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _volume(
    words: Words,
    rows: list[tuple[datetime, int, int]],
    share: float,
    since: datetime | None,
    context: ViewContext,
) -> None:
    st.html(
        markup.section_heading(
            words("today.volume.title"), words("today.volume.note", share=words.percent(share))
        )
    )
    if any(row[2] for row in rows):
        st.html(markup.chart_legend((words("chart.all"), True), (words("chart.without"), False)))
    st.altair_chart(
        charts.volume_chart(rows, words, context.palette, since=since),
        width="stretch",
        alt=words("today.volume.alt"),
    )


def _signals(
    context: ViewContext,
    signals: list[WeakSignal],
    pace: VolumeComparison,
    reach: WindowLength,
    past: Window,
    hot: Node | None,
) -> None:
    words = context.words
    st.html(markup.section_heading(words("today.rising.title"), words("today.rising.note")))
    if not signals:
        quiet = "today.rising.none" if pace.normal is not None else "today.rising.too_short"
        said = words(quiet if context.queries.analysed(WeakSignal.kind) else "today.rising.unknown")
        st.html(f'<p class="t-soft">{html.escape(said)}</p>')
        return
    for number, signal in enumerate(signals[:MAX_SIGNALS]):
        with st.container(key=f"signal_{number}"):
            left, middle, right = st.columns([5, 4, 3], gap="medium")
            left.html(_signal_facts(signal, context))
            middle.html(_signal_curve(signal, context, reach, past, hot) or "<div></div>")
            right.html(_signal_numbers(signal, words))
            text = query_nodes.terms_as_text(signal.terms)
            right.page_link(
                context.pages["explore"], label=words("today.rising.posts"), icon=":material/arrow_forward:",
                query_params={"q": text, "since": rfc3339(signal.first_at), "lang": words.code},
            )  # fmt: skip
    if len(signals) > MAX_SIGNALS:
        st.caption(words("today.rising.more", n=words.number(len(signals) - MAX_SIGNALS)))


def _signal_facts(signal: WeakSignal, context: ViewContext) -> str:
    words = context.words
    above = ""
    hours = signal.method.parameters.get("tick_hours")
    if signal.lead_authors and signal.expected is not None and isinstance(hours, (int, float)):
        above = " · " + html.escape(
            words(
                "today.rising.above",
                lead=signal.lead_authors,
                span=words.duration(3600 * hours),
                n=words.expected(signal.expected),
            )
        )
    counts = f"<b>{words.n('posts', signal.posts)}</b> · <b>{words.n('authors', signal.authors)}</b>{above}"
    first = ", ".join(
        sanitize.escaped_line(name, 40) for name in context.display_names(signal.first_authors[:3]).values()
    )
    began = html.escape(words("today.rising.began", when=words.moment(signal.first_at))) + (
        f" · {html.escape(words('today.rising.by'))} {first}" if first else ""
    )
    return (
        f'{markup.term_list(signal.terms[:6])}<div class="t-facts">{counts}</div><div class="t-facts">{began}</div>'
        f'<details class="t-more"><summary>{html.escape(words("method.title"))}</summary><div class="t-note">{_method(signal, words)}</div></details>'
    )


def _method(signal: WeakSignal, words: Words) -> str:
    parameters = ", ".join(
        f"{sanitize.single_line(str(k), 40)} = {sanitize.single_line(str(v), 60)}"
        for k, v in sorted(signal.method.parameters.items())
    )
    lines = [
        words(
            "method.name",
            name=sanitize.single_line(signal.method.name, 60),
            version=sanitize.single_line(signal.method.version, 20),
        ),
        words("method.parameters", text=parameters) if parameters else "",
        words("method.flagged_at", when=words.moment(signal.flagged_at)),
    ]
    said = f'<p lang="en">{sanitize.escaped_line(signal.why, 400)}</p>' + "".join(
        f'<p lang="en">{sanitize.escaped_line(c, 300)}</p>' for c in signal.caveats
    )
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines if line) + said


def _signal_curve(
    signal: WeakSignal, context: ViewContext, reach: WindowLength, past: Window, hot: Node | None
) -> str:
    words, reads = context.words, context.queries
    query = query_nodes.posts_with_terms(signal.terms)
    if query is None:
        return ""
    total = volume.fill_gaps(reads.histogram(query, past, reach.interval).buckets, past, reach.step)
    part = reads.histogram(query_nodes.intersect(query, hot), past, reach.interval).buckets if hot else []
    rows = volume.downsample(volume.merge_counts(total, part), SPARK_BARS)
    label = words(
        "today.rising.curve",
        posts=words.number(sum(r[1] for r in rows)),
        hot=words.number(sum(r[2] for r in rows)),
    )
    key = (
        markup.chart_legend((words("chart.flagged"), True), (words("chart.others"), False))
        if any(r[2] for r in rows)
        else ""
    )
    return markup.sparkline(rows, words, label) + key


def _signal_numbers(signal: WeakSignal, words: Words) -> str:
    share = signal.coordinated_share
    lines = [
        f'<div class="t-facts" title="{html.escape(words("today.rising.share_tip"), quote=True)}">{markup.percentage_bar(share, words)} {html.escape(words("today.rising.share"))}</div>'
    ]
    if share and signal.without_coordinated is not None:
        lines.append(
            f'<div class="t-facts">{html.escape(words.n("today.rising.without", signal.without_coordinated))}</div>'
        )
    tip = html.escape(words("today.rising.p_tip", n=words.number(signal.posts)), quote=True)
    lines.append(
        f'<div class="t-facts" title="{tip}"><b>{html.escape(words.probability("p", signal.p_value))}</b> · {html.escape(words("today.rising.alarms", n=words.expected(signal.expected_false_per_day)))}</div>'
    )
    return "".join(lines)


def _narratives(context: ViewContext) -> None:
    words, found = context.words, context.queries.narratives()
    st.html(markup.section_heading(words("today.narratives.title"), words("today.narratives.note")))
    if not found:
        st.html(f'<p class="t-soft">{html.escape(words("today.narratives.none"))}</p>')
        return
    found = sorted(found, key=lambda n: (-n.posts, n.id))
    heads = [
        ("label", ""),
        ("languages", ""),
        ("posts", "t-r"),
        ("authors", "t-r"),
        ("dates", ""),
        ("share", ""),
    ]
    head = "".join(
        f'<th scope="col" class="{css}">{html.escape(words(f"today.narratives.{name}"))}</th>'
        for name, css in heads
    )
    body = "".join(_narrative_row(narrative, context) for narrative in found[:MAX_NARRATIVES])
    st.html(
        f'<div class="t-scroll"><table class="t-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _narrative_row(narrative: Narrative, context: ViewContext) -> str:
    words = context.words
    languages = " · ".join(
        f"{html.escape(words.known('language', code))} {words.percent(share)}"
        for code, share in language_shares(narrative.languages)
    )
    terms = ", ".join(
        sanitize.escaped_line(term, 40) for term in narrative.terms[:10] if term not in narrative.label
    )
    return (
        f'<tr><td>{markup.explore_link(f"narrative:{quote_value(narrative.id)}", narrative.label, words)}<div class="t-facts">{terms}</div></td>'
        f'<td>{languages}</td><td class="t-r">{words.number(narrative.posts)}</td><td class="t-r">{words.number(narrative.authors)}</td>'
        f"<td>{html.escape(words.span(narrative.first_at, narrative.last_at))}</td><td>{markup.percentage_bar(narrative.coordinated_share, words)}</td></tr>"
    )
