"""Today: what is rising, how much of it comes from accounts that act together, and what is left.

Everything stands beside what it looks like without the accounts of flagged groups.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.collection_gaps import Bucket, Gap
from dashboard.components import frame, markup, query_nodes, volume
from dashboard.components.figures import draw_volume
from dashboard.components.frame import Frame
from dashboard.components.frame.periods import length_between
from dashboard.components.markup import Metric
from dashboard.components.narrative_counts import (
    GROWS,
    NarrativeCount,
    count_narratives,
    fading_narratives,
    without_binned,
)
from dashboard.components.narrative_table import caveat_paragraphs, narrative_table
from dashboard.components.sentences import clause_as_sentence
from dashboard.components.stories.card import draw_story, marked_headline
from dashboard.components.stories.story import Story, posts_within, rank, tell
from dashboard.components.stories.votes import draw_precision, draw_snoozed, filter_snoozed
from dashboard.components.volume import VolumeComparison, VolumeRow, WindowLength
from dashboard.pin_links import count_links
from index.base import Stats, Window
from index.current import flagged_members
from index.query import Node
from tocsin.core.calibration.votes import subject_of
from tocsin.core.findings import WeakSignal
from tocsin.core.groups.headlines import foreign_language
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

MAX_SIGNALS = 5
NAMED = 2
"""Stories that the first sentence names."""
CHANGES = 3
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
        known = _flagged_known(context, period.asked, comparison)
        signals = _signals_within(context, period)
        waiting = filter_snoozed(context, (subject_of(one.id) for one in signals))
        awake = [one for one in signals if subject_of(one.id) not in waiting]
        ranked = rank(context, awake, period.asked)
        stories = [tell(context, one, period.asked) for one in ranked[:MAX_SIGNALS]]
        said = _lead(context, window, comparison, stories, share, known)
        lead.html(markup.lead_paragraph("", made=said))
        st.html(markup.metric_row(_metrics(context, comparison, signals, choice)))
        _coordination_caveats(context)
        note = words(f"today.volume.{known}", share=words.percent(share))
        _volume(context, rows, note, window.since, gaps)
        query = replace(period.asked, window=past).written()
        links = count_links(query, words, context.account_names.pseudonyms)
        st.html(f'<div class="t-facts">{links}</div>')
        _signals(context, signals, stories, waiting, comparison, period)
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
    inside = posts_within(context, found, period.asked)
    return [signal for signal in found if not inside.isdisjoint(signal.post_ids)]


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


def _flagged_known(context: ViewContext, asked: Frame, comparison: VolumeComparison) -> str:
    """Whether a share of flagged accounts can be said: ``left_out`` where their posts are,
    ``unanalysed`` before any analysis, ``untested`` where it found none of it, ``empty`` where
    there is no post, else ``share``."""
    if asked.leaves_out_flagged:
        return "left_out"
    if context.queries.tested() is None:
        return "untested" if context.queries.analysed(WeakSignal.kind) else "unanalysed"
    return "share" if comparison.posts else "empty"


def _lead(
    context: ViewContext,
    window: Window,
    comparison: VolumeComparison,
    stories: list[Story],
    share: float,
    known: str,
) -> str:
    """The page in a few words: how much, what rises, who drives it, organic or orchestrated.

    As HTML. ``share`` is the part of flagged accounts, ``known`` of `_flagged_known`.
    """
    words = context.words
    against = words("today.lead.no_normal")
    if comparison.partial:
        against = words("today.lead.partial")
    if comparison.ratio is not None:
        against = words("today.lead.normal", ratio=words.times(comparison.ratio))
    rising = "" if known == "unanalysed" else _rising(context, stories, comparison)
    return markup.sentence(
        words(f"today.lead.with_{known}"),
        until=html.escape(words.moment(window.until)),
        zone=html.escape(words.zone_name()),
        posts=html.escape(words.n("posts", comparison.posts)),
        against=html.escape(against),
        rising=f"{rising} " if rising else "",
        organic=html.escape(words.percent(1 - share)),
        command=html.escape(f"tocsin --home {context.workspace.home} analyse"),
    )


def _rising(context: ViewContext, stories: list[Story], comparison: VolumeComparison) -> str:
    """The stories that rise, by name, as HTML."""
    words = context.words
    if not stories:
        quiet = context.queries.analysed(WeakSignal.kind) and comparison.normal is not None
        return html.escape(words("today.lead.nothing" if quiet else "today.lead.unknown"))
    clauses = []
    for story in stories[:NAMED]:
        names = list(context.display_names([one.account for one in story.drivers[:1]]).values())
        clause = markup.sentence(
            words(f"today.lead.{story.kind}"),
            headline=marked_headline(story, words),
            share=html.escape(words.percent(story.signal.coordinated_share or 0.0)),
        )
        if names:
            driven = words("today.lead.driven", who=sanitize.single_line(names[0], 40))
            clause += html.escape(driven)
        clauses.append(clause)
    joined = html.escape(words("today.lead.join")).join(clauses)
    said = markup.sentence(words("today.lead.rises"), stories=joined)
    if (rest := len(stories) - NAMED) > 0:
        said += f" {html.escape(words.n('today.lead.more', rest))}"
    return said


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
    tip = words("today.metric.clusters_tip")
    if context.queries.tested() is None and not clusters:
        note = html.escape(words("today.metric.not_analysed"))
        return Metric(words("today.metric.clusters"), "–", note, tip)
    flagged = sum(cluster.status == "flagged" for cluster in clusters)
    explained = sum(cluster.status == "explained" for cluster in clusters)
    in_groups = len(flagged_members(clusters))
    accounts = words.n("accounts", in_groups)
    note = f"{accounts} · {words.n('today.metric.explained', explained)}"
    apart = [found for found in context.queries.structures() if found.status == "flagged"]
    if apart:
        beside = words.n("accounts", len(context.queries.flagged_accounts()) - in_groups)
        note += f" · {words.n('today.metric.structures', len(apart), accounts=beside)}"
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
    if run := context.queries.last_run("analyse"):  # the run that found what the page shows
        figure = words.ago(datetime.fromisoformat(run["started_at"]).astimezone(UTC))
        note = f"{words.known('run_name', run['command'])} · {words.known('run', run['status'])}"
    newest = words.moment(context.queries.state.stats.newest_at)
    tip = words("today.metric.run_tip", newest=newest)
    return Metric(words("today.metric.run"), figure, html.escape(note), tip)


# -- the curve


def _volume(
    context: ViewContext,
    rows: list[VolumeRow],
    note: str,
    since: datetime | None,
    gaps: list[Gap],
) -> None:
    words = context.words
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
    stories: list[Story],
    waiting: list[str],
    comparison: VolumeComparison,
    period: _Period,
) -> None:
    words = context.words
    st.html(markup.section_heading(words("today.rising.title"), words("today.rising.note")))
    if not signals:
        st.html(markup.soft_paragraph(words(_why_nothing_rises(context, comparison))))
    for number, story in enumerate(stories):
        draw_story(context, story, _signal_curve(story.signal, context, period), number)
    for untested in context.queries.untested():  # what is not listed comes after what is
        st.html(markup.soft_paragraph(clause_as_sentence(untested, words)))
    draw_precision(context)
    draw_snoozed(context, waiting)
    if len(signals) > MAX_SIGNALS:
        st.caption(words.n("today.rising.more", len(signals) - MAX_SIGNALS))
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
    curve = markup.sparkline(
        rows, words, label, context.queries.gaps(period.past), signal.flagged_at
    )
    if flagged:
        curve += markup.chart_legend(words("chart.flagged"), words("chart.others"))
    return curve


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
    rows = without_binned(count_narratives(context.queries, period.asked))
    if period.asked.compare is not None:
        st.html(_changes(context, rows, period.asked))
    if rows:
        st.html(narrative_table(rows[:MAX_NARRATIVES], words))
    else:
        st.html(markup.soft_paragraph(words("today.narratives.quiet")))
    st.page_link(
        context.pages["narratives"],
        label=words("today.narratives.all_of_them", n=words.number(len(narratives))),
        icon=":material/arrow_forward:",
        query_params={"period": period.asked.period} | period.asked.address | {"lang": words.code},
    )


def _changes(context: ViewContext, rows: list[NarrativeCount], asked: Frame) -> str:
    """What is new, what grows, what fades against the period that the frame compares with."""
    words = context.words
    growing = [row for row in rows if not row.is_new and (row.growth or 0) >= GROWS]
    growing.sort(key=lambda row: (-(row.growth or 0), row.narrative.id))
    parts = {
        "new": [(row, words.n("posts", row.posts)) for row in rows if row.is_new],
        "growing": [(row, words.times(row.growth or 0)) for row in growing],
        "fading": [
            (
                row,
                words(
                    "today.changes.fell",
                    before=words.number(row.before or 0),
                    posts=words.n("posts", row.posts),
                ),
            )
            for row in fading_narratives(context.queries, asked)
        ],
    }
    cells = ""
    for name, found in parts.items():
        items = "".join(
            f"<li>{_story_link(row, words, asked)} {html.escape(said)}</li>"
            for row, said in found[:CHANGES]
        )
        nothing = html.escape(words("today.changes.nothing"))
        body = f"<ul>{items}</ul>" if items else f'<p class="t-soft">{nothing}</p>'
        heading = html.escape(words(f"today.changes.{name}"))
        cells += f"<div><h3>{heading}</h3>{body}</div>"
    return f'<div class="t-changes">{cells}</div>'


def _story_link(row: NarrativeCount, words: Words, asked: Frame) -> str:
    headline = row.narrative.headline(words.code)
    address = {"period": asked.period} | asked.address
    if asked.period == "dates":
        address.pop("period")
    link = markup.page_link("narratives", headline, words, id=row.narrative.id, **address)
    lang = foreign_language(headline, row.narrative.headlines, words.code)
    return markup.in_language(link, lang, words)
