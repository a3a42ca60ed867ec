"""Trends: share of voice, against what; the week's rhythm; peaks explained."""

from __future__ import annotations

import html
from datetime import timedelta

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import facets, frame, markup
from dashboard.components.figures import Figure, Legend, PageTable, draw, offer
from dashboard.components.frame import Frame
from dashboard.components.stories.votes import draw_snooze, draw_snoozed, filter_snoozed
from dashboard.components.trends import charts, peaks
from dashboard.components.trends.peaks import Peak
from dashboard.components.trends.slices import FIELDS, MAX_QUERIES, QUERIES, Count, Division, divide
from dashboard.counts import count_posts, share_of_flagged
from dashboard.pin_links import count_links, pin_link
from dashboard.url_state import QueryParameter
from index.base import Window
from index.cases.record import CHARTS
from tocsin.core.findings import rfc3339
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.text import tokens

MAX_LINES = 3_000
RHYTHM_DAYS = 400
_PERIOD = frozenset({"period", "since", "until", "compare"})
"""What the address says of the time: a peak that is put off stays so in a longer period."""


def _parameters(dimensions: list[str]) -> dict[str, QueryParameter]:
    return {"by": QueryParameter("narrative", dimensions), "queries": QueryParameter()}


class TrendsView:
    """The page of comparisons. See `dashboard.base.View`."""

    name = "trends"
    title = Message("trends.title")
    icon = ":material/stacked_bar_chart:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, stats = context.words, context.queries.state.stats
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("trends.lead")))
        if not stats.documents:
            commands = [f"tocsin --home {context.workspace.home} import posts.jsonl"]
            st.html(markup.empty_state(words("empty.title"), words("empty.text"), commands))
            return
        dimensions = [*FIELDS, *_declared(context), QUERIES]
        parameters = _parameters(dimensions)
        followed = url_state.is_followed(self.name, parameters)
        url_state.load(self.name, parameters)
        asked = frame.ask(context, self.name, followed=followed)
        by, lines = _division_choice(context, dimensions)
        url_state.store(self.name, parameters)
        if not count_posts(context.queries, asked.of(), asked.window):
            st.html(markup.empty_state(words("trends.none"), words("trends.none_text")))
            return
        _share_of_voice(context, asked, by, lines)
        _rhythm(context, asked)
        _peaks(context, asked)


def _declared(context: ViewContext) -> list[str]:
    return [
        name
        for name, field in context.queries.declared_fields().items()
        if field.type in ("keyword", "bool") and name not in FIELDS
    ]


def _division_choice(context: ViewContext, dimensions: list[str]) -> tuple[str, str]:
    words = context.words
    by = st.selectbox(
        words("trends.by"),
        dimensions,
        key="by",
        width=260,
        format_func=lambda name: _dimension_label(name, context),
    )
    lines = ""
    if by == QUERIES:
        lines = (
            st.text_area(
                words("trends.queries"),
                key="queries",
                placeholder=words("trends.queries_example"),
                help=words("trends.queries_help", n=words.number(MAX_QUERIES)),
                max_chars=MAX_LINES,
            )
            or ""
        )
    return by or "narrative", lines


def _dimension_label(name: str, context: ViewContext) -> str:
    words = context.words
    if words.has(f"trends.dimension.{name}"):
        return words(f"trends.dimension.{name}")
    return facets.field_label(name, context)


# -- share of voice


def _share_of_voice(context: ViewContext, asked: Frame, by: str, lines: str) -> None:
    words = context.words
    division = divide(context, asked, by, lines)
    for line, sentence in division.mistakes:
        said = f"{sanitize.single_line(line, 80)}: {sentence}"
        st.html(f'<div class="t-why" role="alert"><p>{sanitize.escaped_line(said, 700)}</p></div>')
    if not division.counts:
        code = "trends.type" if by == QUERIES else "trends.no_value"
        st.html(markup.soft_paragraph(words(code)))
        return
    label = _dimension_label(by, context)
    title = words("trends.by_what", what=label[:1].lower() + label[1:])
    st.html(markup.section_heading(title, _outside(division, by, words)))
    beyond = "" if by in (QUERIES, "domain", "hashtag") else words("trends.beyond")
    gaps = context.queries.gaps(asked.window)
    slice_head, when = label, words("chart.when")
    posts = words("chart.posts")
    rows = [
        {when: start, slice_head: one.slice.label, posts: one.buckets[place]}
        for place, start in enumerate(division.starts)
        for one in division.counts
        if one.buckets[place]
    ]
    if division.starts:
        draw(
            context,
            Figure(
                name="trends",
                title=title,
                build=lambda colours: charts.stacked_chart(division, beyond, words, colours, gaps),
                columns=(when, slice_head, posts),
                rows=rows,
                alt=title,
                legend=_legend(division, beyond),
                period=_outside(division, by, words),
            ),
        )
    if note := markup.gap_note(gaps, words):
        st.caption(note)
    if by in CHARTS:
        people = context.account_names.pseudonyms
        links = count_links(asked.written(), words, people, (by,))
        st.html(f'<div class="t-facts">{links}</div>')
    st.html(_table(division, label, asked, words))
    offer(context, _file(division, label, title, asked, words))
    if asked.compare is not None:
        st.html(f'<p class="t-note">{html.escape(words("trends.interval"))}</p>')


def _legend(division: Division, beyond: str) -> list[Legend]:
    inside = [
        Legend(sanitize.single_line(one.slice.label, 70), f"objects.{place}", one.slice.lang)
        for place, one in enumerate(division.counts)
    ]
    return [*inside, *([Legend(beyond, "calm")] if beyond else [])]


def _outside(division: Division, by: str, words: Words) -> str:
    """What stands in no slice: other values, and posts of which it is unknown."""
    said = [words.n("trends.of", division.posts)]
    share = division.unknown / max(1, division.posts)
    if by == QUERIES:
        said.append(words("trends.unmatched", share=words.percent(share)))
    else:
        said.append(words("trends.unknown", share=words.percent(share)))
        if division.others:
            others = division.others / max(1, division.posts)
            said.append(words("trends.others", share=words.percent(others)))
    if by == "theme" and not all(one.slice.text.startswith("theme:") for one in division.counts):
        said.append(words("trends.themes"))
    return " ".join(said)


def _table(division: Division, label: str, asked: Frame, words: Words) -> str:
    names = ["posts", "share", "reposts", "flagged"]
    if asked.compare is not None:
        names[2:2] = ["before", "moved"]
    heads = [label, *(words(f"trends.{name}") for name in names)]
    body = "".join(_row(one, asked, heads, names, words) for one in division.counts)
    return markup.table(heads, body, css="t-trends", right=range(1, len(heads) - 1))


def _file(division: Division, label: str, title: str, asked: Frame, words: Words) -> PageTable:
    """The table of shares with the ends of its intervals, as numbers."""
    names = ("posts", "share", "before", "moved", "low", "high", "reposts", "flagged")
    heads = [label, *(words(f"trends.{name}") for name in names)]

    def row(one: Count) -> dict[str, object]:
        moved = (None, None, None) if one.moved is None else tuple(one.moved)
        told = (one.reposts, one.flagged_share)
        values = (one.slice.label, one.posts, one.share, one.before, *moved, *told)
        return dict(zip(heads, values, strict=True))

    rows = [row(one) for one in division.counts]
    return PageTable("shares", title, heads, rows, asked.said)


def _row(one: Count, asked: Frame, heads: list[str], names: list[str], words: Words) -> str:
    link = markup.page_link("explore", one.slice.label, words, q=one.slice.text, **asked.address)
    label = markup.in_language(link, one.slice.lang, words)
    moved = "–"
    if one.moved is not None:
        moved = words(
            "trends.points",
            value=_signed(one.moved.value, words),
            low=_signed(one.moved.low, words),
            high=_signed(one.moved.high, words),
        )
    cells = {
        "posts": (words.number(one.posts), "t-r"),
        "share": (words.percent(one.share), "t-r"),
        "before": ("–" if one.before is None else words.percent(one.before), "t-r"),
        "moved": (html.escape(moved), "t-r"),
        "reposts": (words.number(one.reposts), "t-r"),
        "flagged": (markup.percentage_bar(one.flagged_share, words), "t-nowrap"),
    }
    return markup.table_row([(label, ""), *(cells[name] for name in names)], heads)


def _signed(share: float, words: Words) -> str:
    """Percentage points with their sign."""
    text = words.decimal(100 * share)
    return f"+{text}" if share > 0 and text != "0" else text


# -- the rhythm of a week


def _rhythm(context: ViewContext, asked: Frame) -> None:
    words, queries = context.words, context.queries
    note = words("trends.rhythm_note", n=words.number(RHYTHM_DAYS))
    st.html(markup.section_heading(words("trends.rhythm"), note))
    hours = queries.histogram(asked.of(), _last_days(context, asked.window), "1h").buckets
    if not hours:
        st.html(markup.soft_paragraph(words("trends.undated")))
        return
    if len(hours) < 48:
        st.html(markup.soft_paragraph(words("trends.short")))
        return
    cells = peaks.weekly_rhythm(hours, queries.gaps(asked.window))
    day, hour, mean = words("trends.day"), words("trends.clock"), words("trends.average")
    rows = [
        {day: words(f"weekday.{place}"), hour: f"{clock:02d}:00", mean: value}
        for place, row in enumerate(cells)
        for clock, value in enumerate(row)
    ]
    draw(
        context,
        Figure(
            name="rhythm",
            title=words("trends.rhythm"),
            build=lambda colours: charts.heat_chart(cells, words, colours),
            columns=(day, hour, mean),
            rows=rows,
            alt=words("trends.rhythm"),
        ),
    )


def _last_days(context: ViewContext, window: Window) -> Window:
    """The last `RHYTHM_DAYS` of a window: habits change, and an index counts so many hours."""
    newest = context.queries.state.stats.newest_at
    until = window.until or (newest + timedelta(seconds=1) if newest else None)
    if until is None:
        return window
    first = until - timedelta(days=RHYTHM_DAYS)
    return Window(max(first, window.since) if window.since else first, until)


# -- peaks


def _peaks(context: ViewContext, asked: Frame) -> None:
    words, queries = context.words, context.queries
    st.html(markup.section_heading(words("trends.peaks"), words("trends.peaks_note")))
    interval = asked.choice.interval if asked.choice is not None else "auto"
    found = peaks.find_peaks(queries.histogram(asked.of(), asked.window, interval).buckets)
    if not found:
        st.html(markup.soft_paragraph(words("trends.no_peak")))
    scope = repr(sorted(item for item in asked.address.items() if item[0] not in _PERIOD))
    subjects = {peaks.subject_of_peak(scope, peak): peak for peak in found}
    waiting = filter_snoozed(context, subjects)
    for number, (subject, peak) in enumerate(subjects.items()):
        if subject not in waiting:
            _peak(context, asked, peak)
            draw_snooze(context, subject, f"peak_{number}")
    draw_snoozed(context, waiting, "vote.snoozed_peaks")


def _posts_of_term(asked: Frame, peak: Peak, term: str, said: str, words: Words) -> str:
    """A link to the posts of a peak that have its word."""
    dates = {"since": rfc3339(peak.since), "until": rfc3339(peak.until)}
    return markup.page_link(
        "explore", said, words, **(asked.address | dates | {"q": tokens(term)[0]})
    )


def _peak(context: ViewContext, asked: Frame, peak: Peak) -> None:
    words = context.words
    told = peaks.explain(context, asked, peak)
    when = words.span(peak.since, peak.until)
    address = asked.address | {"since": rfc3339(peak.since), "until": rfc3339(peak.until)}
    link = markup.page_link(
        "explore", words("narratives.read", posts=words.n("posts", peak.posts)), words, **address
    )
    facts = [link]
    if peak.ratio is not None:
        facts.append(html.escape(words("trends.ratio", ratio=words.times(peak.ratio))))
    if told.term:
        said = words("trends.term", term=sanitize.single_line(told.term, 40))
        facts.append(_posts_of_term(asked, peak, told.term, said, words))
    if told.narrative:
        said = words("trends.narrative", narrative=sanitize.single_line(told.narrative, 90))
        facts.append(html.escape(said))
        facts.append(
            pin_link(f"narrative:{told.narrative_id}", words, context.account_names.pseudonyms)
        )
    flagged = asked.flagged_of()
    if flagged is not None:
        window = Window(peak.since, peak.until)
        by_flagged = share_of_flagged(count_posts(context.queries, flagged, window), peak.posts)
        facts.append(html.escape(words("explore.share", share=words.percent(by_flagged or 0.0))))
    st.html(
        f'<section class="t-fact"><b>{html.escape(when)}</b>'
        f'<div class="t-facts">{" · ".join(facts)}</div></section>'
    )
    shown = peaks.show_term(context, asked, peak, told)
    documents = context.queries.documents(shown)[: peaks.POSTS_SHOWN]
    cards = [
        markup.post_card(document, words, context.account_names, compact=True)
        for document in documents
    ]
    st.html(markup.post_grid(cards, len(cards), len(cards), words))
