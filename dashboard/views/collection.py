"""Collection: what came in, from where, what of it is filled, and what went wrong.

What runs said is said here in the same words as in the terminal, in the reader's language.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.collection_runs import (
    STALE_SOURCE,
    CollectedFile,
    CollectingRun,
    CrawledSource,
    files_of,
    filled_shares,
    list_collected_files,
    list_crawled_sources,
    read_collecting_runs,
    sources_of,
    unreadable_source_files,
)
from dashboard.components import collection_reports as reports
from dashboard.components import markup
from dashboard.components.account_names import quote_value
from dashboard.components.markup import Metric
from dashboard.components.sentences import alert_paragraph
from dashboard.url_state import QueryParameter
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

PARAMETERS = {"run": QueryParameter(), "part": QueryParameter()}
MAX_FILES = 50
MAX_SOURCES = 50
MAX_RUNS = 20
MAX_GAPS = 20
MIN_POSTS = 20
"""Posts from which a share is given; of fewer, counts are."""
MIN_DAYS = timedelta(days=3)
"""Span of posts from which a gap can be told from a quiet time."""


class CollectionView:
    """The page of sources, files and runs. See `dashboard.base.View`."""

    name = "collection"
    title = Message("collection.title")
    icon = ":material/inventory_2:"

    def render(self, context: ViewContext) -> None:
        """Draw the page: one report where the address names it, else the lists."""
        words = context.words
        st.title(words.say(self.title), anchor=False)
        runs = read_collecting_runs(context.workspace.home, datetime.now(UTC))
        chosen = url_state.load(self.name, PARAMETERS)
        url_state.store(self.name, PARAMETERS)
        if chosen["run"]:
            _report(context, runs, chosen["run"], chosen["part"])
            return
        st.html(markup.lead_paragraph(words("collection.lead")))
        if not runs and not context.queries.state.stats.documents:
            steps = ("import posts.csv", "init", "crawl")
            commands = [f"tocsin --home {context.workspace.home} {step}" for step in steps]
            title, text = words("collection.empty"), words("collection.empty_text")
            st.html(markup.empty_state(title, text, commands))
            return
        st.html(markup.metric_row(_metrics(context, runs)))
        _sources(context, runs)
        _files(context, runs)
        _holdings(context)
        _gaps(context)
        _runs(context, runs)


def _report(context: ViewContext, runs: Sequence[CollectingRun], run_id: str, part: str) -> None:
    """The whole report of a file or source."""
    words = context.words
    st.button(
        words("collection.back"), key="back", icon=":material/arrow_back:", on_click=_close_report
    )
    number = int(part) if part.isdecimal() and len(part) < 6 else -1
    for run in runs:
        if run.run_id != run_id:
            continue
        for file in files_of(run, context.workspace.home):
            if file.number == number:
                reports.file_report(context, file, _outcomes(run.fates, words))
                return
        for source in sources_of(run):
            if source.number == number:
                reports.source_report(context, source, _source_query(context, source))
                return
    title, text = words("collection.gone"), words("collection.gone_text")
    st.html(markup.empty_state(title, text))


def _close_report() -> None:
    st.session_state["run"] = st.session_state["part"] = ""


# -- figures


def _metrics(context: ViewContext, runs: Sequence[CollectingRun]) -> list[Metric]:
    words, stats = context.words, context.queries.state.stats
    newest, note = "–", words("collection.metric.never")
    if runs:
        newest = words.ago(runs[0].started_at)
        note = f"{words.known('run_name', runs[0].command)} · {words.known('run', runs[0].status)}"
    metrics = [
        Metric(
            words("collection.metric.documents"),
            words.number(stats.documents),
            html.escape(words.span(stats.oldest_at, stats.newest_at)) if stats.oldest_at else "",
            words("collection.metric.documents_tip"),
        ),
        Metric(
            words("collection.metric.newest"),
            newest,
            html.escape(note),
            words("collection.metric.newest_tip"),
        ),
    ]
    for name, query in (("time", "-exists:published"), ("author", "-exists:author"), ("text", "")):
        lacking = stats.without.get(name, 0)
        figure = _share(stats.documents - lacking, stats.documents, words)
        said = words("collection.metric.lack", n=words.number(lacking))
        below = html.escape(said if lacking else words("collection.metric.none_lack"))
        if lacking and query:
            below = markup.explore_link(query, said, words)
        label, tip = words(f"collection.metric.{name}"), words(f"collection.metric.{name}_tip")
        metrics.append(Metric(label, figure, below, tip))
    return metrics


def _share(number: float, total: int, words: Words) -> str:
    """A share of documents; of too few of them, how many."""
    if not total:
        return "–"
    if total < MIN_POSTS:
        return words("collection.few", n=words.number(number), of=words.number(total))
    return words.percent(number / total)


def _shares(filled: Mapping[str, float], rows: int, words: Words) -> list[tuple[str, str]]:
    """Cells: the shares of rows with a time, a text, an author."""
    return [
        (
            html.escape(_share(round(filled[key] * rows), rows, words)) if key in filled else "–",
            "t-r",
        )
        for key in ("published_at", "text", "author")
    ]


def _outcomes(fates: Mapping[str, int], words: Words) -> str:
    return reports.outcomes(fates, words) or words("collection.sources.nothing")


# -- lists


def _sources(context: ViewContext, runs: Sequence[CollectingRun]) -> None:
    """The sources that are crawled, with what came of each last."""
    words, home = context.words, context.workspace.home
    st.html(
        markup.section_heading(words("collection.sources.title"), words("collection.sources.note"))
    )
    for name in unreadable_source_files(home):
        file = context.queries.people.text(name)
        st.html(alert_paragraph(Message("collection.sources.unreadable", {"file": file}), words))
    sources = list_crawled_sources(runs, home)
    if not sources:
        st.html(markup.soft_paragraph(words("collection.sources.none")))
        return
    heads = [words(f"collection.sources.{name}") for name in ("name", "last", "came")]
    heads += [words(f"collection.metric.{name}") for name in ("time", "text", "author")]
    heads.append(words("collection.posts"))
    rows = "".join(
        markup.table_row(_source_cells(context, source), heads) for source in sources[:MAX_SOURCES]
    )
    st.html(markup.table(heads, rows, css="t-collection", right=(3, 4, 5, 6)))
    if any(source.counts.get("rows", MIN_POSTS) < MIN_POSTS for source in sources):
        st.caption(words("collection.few_note"))


def _source_cells(context: ViewContext, source: CrawledSource) -> list[tuple[str, str]]:
    words = context.words
    shown = context.queries.people.text(source.name)
    name = sanitize.escaped_line(shown, 80)
    if source.run is None:
        key = "uncounted" if source.is_uncounted else "waiting"
        key = key if source.is_enabled else "disabled"
        said = words(f"collection.sources.{key}", **({"name": shown} if source.is_enabled else {}))
        waiting = f'<span class="t-soft">{sanitize.escaped_line(said, 200)}</span>'
        return [(name, ""), ("–", ""), (waiting, ""), *[("–", "t-r")] * 4]
    link = _report_link(shown, source.run, source.number, words)
    notes = [] if source.is_configured else [words("collection.sources.removed")]
    age = datetime.now(UTC) - source.run.started_at
    if source.is_configured and source.is_enabled and age > STALE_SOURCE:
        notes.append(words("collection.sources.stale", span=words.duration(age.total_seconds())))
    below = "".join(f'<div class="t-note">{html.escape(note)}</div>' for note in notes)
    report = _how_much_said(len(source.messages), words)
    rows = int(source.counts.get("rows") or 0)
    return [
        (f"<div>{link}{below}</div>", ""),
        (html.escape(words.moment(source.run.started_at)), ""),
        (
            f"<div>{html.escape(_outcomes(source.counts.get('fates') or {}, words))}{report}</div>",
            "",
        ),
        *_shares(filled_shares(source.counts), rows, words),
        (_posts_link(context, _source_query(context, source)), "t-r"),
    ]


def _how_much_said(number: int, words: Words) -> str:
    said = html.escape(words.n("collection.runs.said", number))
    return f'<div class="t-note">{said}</div>' if number else ""


def _source_query(context: ViewContext, source: CrawledSource) -> tuple[str, int]:
    """The query for the posts of a source's sites, and how many it finds; empty for none."""
    counts = context.queries.state.stats.sources
    sites = [str(site) for site in source.counts.get("sites") or ()]
    return _by_source(context, {site: counts[site] for site in sites if site in counts})


def _by_source(context: ViewContext, counts: Mapping[str, int]) -> tuple[str, int]:
    """The query for posts of these sources. A name that hides is in no address."""
    people = context.queries.people
    shown = {name: number for name, number in counts.items() if people.text(name) == name}
    query = " OR ".join(f"source:{quote_value(name)}" for name in shown)
    return query, sum(shown.values())


def _posts_link(context: ViewContext, found: tuple[str, int]) -> str:
    query, number = found
    if not query:
        return '<span class="t-soft">–</span>'
    return markup.explore_link(query, context.words.number(number), context.words)


def _report_link(label: str, run: CollectingRun, part: int, words: Words) -> str:
    return markup.page_link(
        "collection",
        label,
        words,
        tip=words("collection.open_report"),
        run=run.run_id,
        part=str(part),
    )


def _files(context: ViewContext, runs: Sequence[CollectingRun]) -> None:
    """The files of imports, newest first."""
    words = context.words
    files = list_collected_files(runs, context.workspace.home)
    st.html(markup.section_heading(words("collection.files.title"), words("collection.files.note")))
    if not files:
        st.html(markup.soft_paragraph(words("collection.files.none")))
        return
    heads = [words("collection.files.file"), words("collection.files.when")]
    heads.append(words("collection.sources.came"))
    heads += [words(f"collection.metric.{name}") for name in ("time", "text", "author")]
    heads.append(words("collection.posts"))
    rows = "".join(
        markup.table_row(_file_cells(context, file), heads) for file in files[:MAX_FILES]
    )
    st.html(markup.table(heads, rows, css="t-collection", right=(3, 4, 5, 6)))
    if len(files) > MAX_FILES:
        st.caption(words.n("collection.files.more", len(files) - MAX_FILES))


def _file_cells(context: ViewContext, file: CollectedFile) -> list[tuple[str, str]]:
    words, people = context.words, context.queries.people
    shown = people.text(reports.short_name(file.file["file"]))
    link = _report_link(shown, file.run, file.number, words)
    about = sanitize.escaped_line(str(file.file["format"]), 60)
    report = _how_much_said(len(file.messages), words)
    fates = file.file.get("fates") or {}
    rows = int(file.file["rows"])
    source = file.file.get("source")
    known = context.queries.state.stats.sources
    found = _by_source(context, {source: known[source]} if source in known else {})
    posts = _posts_link(context, found)
    if not found[0]:
        tip = html.escape(words("collection.files.no_query_tip"), quote=True)
        label = html.escape(words("collection.files.no_query"))
        posts = f'<span class="t-soft" title="{tip}">{label}</span>'
    return [
        (f'<div>{link}<div class="t-note">{about}</div></div>', ""),
        (html.escape(words.moment(file.run.started_at)), ""),
        (f"<div>{html.escape(_outcomes(fates or file.run.fates, words))}{report}</div>", ""),
        *_shares(file.filled(), rows, words),
        (posts, "t-r"),
    ]


def _holdings(context: ViewContext) -> None:
    """What the index holds of each source, and what its posts lack; each figure opens its posts."""
    words, stats = context.words, context.queries.state.stats
    st.html(
        markup.section_heading(
            words("collection.holdings.title"), words("collection.holdings.note")
        )
    )
    if not stats.sources:
        st.html(markup.soft_paragraph(words("collection.holdings.none")))
        return
    heads = [words("collection.sources.name"), words("collection.posts")]
    heads += [words(f"collection.holdings.without_{name}") for name in ("time", "author", "text")]
    ordered = sorted(stats.sources.items(), key=lambda item: (-item[1], item[0]))
    named = [(name, f"source:{quote_value(name)}", total) for name, total in ordered[:MAX_SOURCES]]
    rest = stats.documents - sum(stats.sources.values())
    if rest > 0:
        named.append(("", "-exists:source", rest))
    rows = "".join(
        markup.table_row(_holding_cells(context, name, query, total), heads)
        for name, query, total in named
    )
    st.html(markup.table(heads, rows, css="t-collection", right=(1, 2, 3, 4)))
    if len(ordered) > MAX_SOURCES:
        st.caption(words.n("collection.holdings.more", len(ordered) - MAX_SOURCES))


def _holding_cells(
    context: ViewContext, name: str, query: str, total: int
) -> list[tuple[str, str]]:
    words, stats = context.words, context.queries.state.stats
    people = context.queries.people
    shown = people.text(name) if name else words("collection.holdings.unnamed")
    is_hidden = bool(name) and shown != name

    def figure(number: int, part: str) -> tuple[str, str]:
        label = words.number(number)
        if is_hidden or not part or not number:
            return label, "t-r"
        return markup.explore_link(part, label, words), "t-r"

    cells = [(sanitize.escaped_line(shown, 120), ""), figure(total, query)]
    for key, lack in (("time", "-exists:published"), ("author", "-exists:author"), ("text", "")):
        by_source = stats.without_by_source.get(key, {})
        number = by_source.get(name, 0)
        if not name:
            number = stats.without.get(key, 0) - sum(by_source.values())
        cell = figure(number, f"{query} {lack}" if lack else "")
        share = ""
        if number and total >= MIN_POSTS:
            share = f' <span class="t-soft">{words.percent(number / total)}</span>'
        cells.append((f"<span>{cell[0]}{share}</span>", "t-r"))
    return cells


def _gaps(context: ViewContext) -> None:
    """The times in which nothing was collected."""
    words, stats = context.words, context.queries.state.stats
    st.html(markup.section_heading(words("collection.gaps.title"), words("collection.gaps.note")))
    span = timedelta()
    if stats.oldest_at is not None and stats.newest_at is not None:
        span = stats.newest_at - stats.oldest_at
    if span < MIN_DAYS:
        st.html(markup.soft_paragraph(words("collection.gaps.too_little")))
        return
    gaps = context.queries.gaps()
    if not gaps:
        st.html(markup.soft_paragraph(words("collection.gaps.none")))
        return
    items = "".join(
        f"<li>{html.escape(words.span(gap.since, gap.until))} <span class='t-soft'>"
        f"{html.escape(words.duration((gap.until - gap.since).total_seconds()))}</span></li>"
        for gap in gaps[-MAX_GAPS:]
    )
    st.html(f'<ul class="t-list">{items}</ul>')
    if len(gaps) > MAX_GAPS:
        st.caption(words.n("chart.more_gaps", len(gaps) - MAX_GAPS))


def _runs(context: ViewContext, runs: Sequence[CollectingRun]) -> None:
    """The last runs, with what ended them and what they said."""
    words = context.words
    st.html(markup.section_heading(words("collection.runs.title"), words("collection.runs.note")))
    if not runs:
        st.html(markup.soft_paragraph(words("collection.runs.none")))
        return
    heads = [words(f"collection.runs.{name}") for name in ("when", "command", "state", "outcome")]
    rows = "".join(markup.table_row(_run_cells(context, run), heads) for run in runs[:MAX_RUNS])
    st.html(markup.table(heads, rows, css="t-runs"))


def _run_cells(context: ViewContext, run: CollectingRun) -> list[tuple[str, str]]:
    words, people = context.words, context.queries.people
    state = html.escape(words.known("run", run.status))
    if run.status in ("failed", "stopped"):
        state = markup.badge(words.known("run", run.status), "flagged")
    lines = [f"<div>{html.escape(_outcomes(run.fates, words))}</div>"]
    if run.silent_for:
        span = words.duration(run.silent_for)
        lines.append(alert_paragraph(Message("collection.runs.stale", {"span": span}), words))
    if run.error or run.status == "failed":
        error = people.hide(run.error) or words("collection.unknown_error")
        sentence = Message("collection.runs.error", {"sentence": error})
        lines.append(alert_paragraph(sentence, words, limit=700))
    if run.messages:
        said = words.n("collection.runs.said", len(run.messages))
        body = reports.sentence_list(context, run.messages)
        lines.append(markup.details(said, body))
    elif not run.error and not run.silent_for:
        clean = html.escape(words("collection.runs.clean"))
        lines.append(f'<div class="t-note">{clean}</div>')
    return [
        (html.escape(words.moment(run.started_at)), ""),
        (sanitize.escaped_line(words.known("run_name", run.command), 40), ""),
        (f"<div>{state}</div>", ""),
        (f"<div>{''.join(lines)}</div>", ""),
    ]
