"""Explore: ask, see how many and when, refine by clicking, read the posts, take them away."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.collection_gaps import Bucket, Gap
from dashboard.components import charts, downloads, facets, frame, markup, query_nodes, tags, volume
from dashboard.components.explore import refining
from dashboard.components.explore.beyond import draw_beyond
from dashboard.components.explore.checking import draw_doctor, offer_forms
from dashboard.components.explore.comparison import draw_comparison, second_box
from dashboard.components.explore.form import draw_form
from dashboard.components.explore.highlights import finder
from dashboard.components.explore.request import SearchRequest, address_of
from dashboard.components.explore.saving import draw_saving
from dashboard.components.figures import draw_volume
from dashboard.components.sentences import alert_paragraph, clause_as_sentence, say
from dashboard.counts import count_posts
from dashboard.pin_links import count_links
from dashboard.ranking import by_engagement
from dashboard.url_state import QueryParameter
from index.base import EVERYTHING, Order, Page
from index.exports.about import names_sentence
from index.query import QueryError
from index.query.editing import excluded
from index.reading.queries import resolve, unknown_stories
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words, finish_sentence
from tocsin.core.messages import Message

PAGE_SIZE = 20
MAX_QUERY = 2_000
CONTEXT_OF_MISTAKE = 60
"""Characters that are shown on both sides of a mistake in a query."""
ENGAGEMENT = "engagement"
ORDERS = ("newest", "oldest", "relevance", ENGAGEMENT)
TOOLS = ("build", "check", "compare", "beyond", "save")
"""What can be opened under the query: its form, what each of its terms does, another query beside
it, posts beyond its words, and keeping it as a monitor."""
PARAMETERS = {
    "q": QueryParameter(),
    "order": QueryParameter("newest", ORDERS),
    "tool": QueryParameter("", ["", *TOOLS]),
    "against": QueryParameter(),
}


class ExploreView:
    """The page of questions. See `dashboard.base.View`."""

    name = "explore"
    title = Message("explore.title")
    icon = ":material/search:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, queries = context.words, context.queries
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("explore.lead")))
        followed = url_state.is_followed(self.name, PARAMETERS)
        url_state.load(self.name, PARAMETERS)
        text = _query_box(words)
        tool = _tool_choice(words)
        if tool == "build":
            draw_form(context, text)
        against = second_box(words) if tool == "compare" else ""
        asked = frame.ask(context, self.name, followed=followed)
        url_state.store(self.name, PARAMETERS)
        fields = facets.facet_fields(queries)
        try:
            names = context.account_names
            node = resolve(
                names.resolve_pseudonyms(queries.parse(text)), queries.index, names.pseudonyms
            )
            request = SearchRequest(
                text,
                asked.of(node),
                node,
                asked.window,
                str(st.session_state["order"]),
            )
            page = queries.page(request.node, asked.window, facets=fields, size=PAGE_SIZE)
        except QueryError as error:
            st.html(_mistake(text, error, words))
            return
        except ConfigError as error:  # a name that several accounts have
            st.html(alert_paragraph(error.message or str(error), words))
            return
        _draw_tool(context, request, asked, tool, against)
        with st.container(key="explored"):
            left, right = st.columns([2.7, 1], gap="large")
        with right:
            refining.draw(context, request, page, fields)
        with left:
            _summary(context, request, page, asked)
            offer_forms(context, request, asked)
            if page.total:
                _posts(context, request, page, asked)


def _query_box(words: Words) -> str:
    text = st.text_input(
        words("explore.query"),
        key="q",
        placeholder=words("explore.placeholder"),
        help=words("explore.help"),
        max_chars=MAX_QUERY,
    )
    return text or ""


def _tool_choice(words: Words) -> str:
    chosen = st.pills(
        words("asking.tools"),
        TOOLS,
        key="tool",
        format_func=lambda name: words(f"asking.tool.{name}"),
        label_visibility="collapsed",
    )
    return chosen or ""


def _draw_tool(
    context: ViewContext, request: SearchRequest, asked: frame.Frame, tool: str, against: str
) -> None:
    if tool == "check":
        draw_doctor(context, request, asked)
    elif tool == "compare":
        draw_comparison(context, request, asked, against)
    elif tool == "beyond":
        draw_beyond(context, request, asked)
    elif tool == "save":
        draw_saving(context, request, asked)


# -- the answer


def _mistake(text: str, error: QueryError, words: Words) -> str:
    """Where the query cannot be read, and why."""
    at = min(error.column - 1, len(text))
    start = max(0, at - CONTEXT_OF_MISTAKE)
    excerpt = sanitize.plain_text(text[start : at + CONTEXT_OF_MISTAKE]).replace("\n", " ")
    caret = " " * (at - start) + "^"
    column = words("explore.mistake", column=words.number(error.column))
    sentence = finish_sentence(say(error.message, words))
    return (
        f'<div class="t-why" role="alert"><p><b>{html.escape(column)}</b> '
        f'{sanitize.escaped_line(sentence, 600)}</p><pre aria-hidden="true">'
        f"{html.escape(excerpt)}\n{caret}</pre></div>"
    )


def _summary(context: ViewContext, request: SearchRequest, page: Page, asked: frame.Frame) -> None:
    """How many posts, how many of them by flagged accounts, and when."""
    words, gaps, flagged = context.words, context.queries.gaps(request.window), asked.flagged
    if not page.total:
        absent = unknown_stories(request.node, context.queries.index)
        why = " ".join(clause_as_sentence(said, words) for said in absent)
        st.html(markup.empty_state(words("explore.none"), why or words("explore.none_text")))
        if note := markup.gap_note(gaps, words):
            st.caption(note)
        return
    buckets = page.histogram.buckets
    flagged_buckets: list[Bucket] = []
    note = words("explore.no_share")
    if context.queries.tested() is None:
        note = words("explore.untested")
    if asked.leaves_out_flagged:
        note = words("explore.left_out")
    if flagged:
        by_flagged = query_nodes.intersect(request.node, flagged)
        if number := count_posts(context.queries, by_flagged, request.window):
            note = words("explore.share", share=words.percent(number / page.total))
        if len(buckets) > 1:
            interval = volume.askable_interval(page.histogram.interval)
            histogram = context.queries.histogram(by_flagged, request.window, interval)
            flagged_buckets = histogram.buckets
    rows = volume.merge_counts(buckets, flagged_buckets)
    st.html(
        f'<p><b class="t-num" style="font-size:1.5rem">{words.n("posts", page.total)}</b> '
        f'<span class="t-soft">· {html.escape(note)}</span></p>'
    )
    charts_of = ("time",) if len(rows) > 1 else ()
    people = context.account_names.pseudonyms
    if links := count_links(asked.written(request.text), words, people, charts_of):
        st.html(f'<div class="t-facts">{links}</div>')
    if len(rows) > 1:
        _curve(context, request, rows, gaps)
    # a window leaves them out of the total, too
    undated = page.total - sum(row.total for row in rows)
    if request.window != EVERYTHING:
        undated = count_posts(context.queries, query_nodes.undated(request.node))
    if note := markup.undated_note(undated, words):
        st.caption(note)
    if note := markup.gap_note(gaps, words):
        st.caption(note)


def _curve(
    context: ViewContext,
    request: SearchRequest,
    rows: list[volume.VolumeRow],
    gaps: list[Gap],
) -> None:
    """Posts over time; an interval that is brushed becomes the window."""
    words = context.words
    question = repr((request.text, request.window)).encode()
    key = "curve" + hashlib.sha256(question).hexdigest()[:12]
    draw_volume(
        context,
        "explore",
        rows,
        title=request.text or words("explore.everything"),
        gaps=gaps,
        brush=True,
        height=150,
        key=key,
        on_select=lambda: _take_brushed_interval(key, words),
        selection_mode="brush",
    )
    st.caption(words("explore.brush"))


def _take_brushed_interval(key: str, words: Words) -> None:
    """Take the interval that was brushed in the curve into the address."""
    state = cast("Mapping[str, Any]", st.session_state.get(key) or {})
    interval = (state.get("selection", {}).get("brush") or {}).get("t") or []
    if len(interval) == 2 and interval[0] < interval[1]:
        since, until = (charts.from_wall_clock_ms(edge, words) for edge in interval)
        frame.take_dates(since, until)


# -- the posts


def _posts(context: ViewContext, request: SearchRequest, page: Page, asked: frame.Frame) -> None:
    words = context.words
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    bar.selectbox(
        words("explore.order"),
        ORDERS,
        key="order",
        width=220,
        format_func=lambda name: words(f"explore.order_{name}"),
    )
    _downloads(context, request, bar, page.total)
    cursors = _cursors(context, request)
    documents, next_cursor = _hits(context, request, page, cursors[-1])
    narratives = {n.id: n.headline(words.code) for n in context.queries.narratives()}
    worth = tags.worth(context)
    find = finder(request.asked)
    cards = [
        markup.post_card(
            document,
            words,
            context.account_names,
            narratives=narratives,
            tags=tags.tags_of_post(document, worth, words),
            find=find,
            actions=_actions(context, request, asked, document),
        )
        for document in documents
    ]
    markup.draw_parts(cards)
    pages = -(-page.total // PAGE_SIZE)
    if pages > 1:
        _pager(len(cursors), pages, next_cursor, words)


def _actions(
    context: ViewContext, request: SearchRequest, asked: frame.Frame, document: Document
) -> list[str]:
    """What can be done about a post: ask again without its author."""
    if document.author is None:
        return []
    without = excluded(request.text, context.account_names.query_text(document.author.id))
    label = context.words("asking.without_account")
    address = address_of(request, asked, without)
    return [markup.page_link("explore", label, context.words, **address)]


def _pager(number: int, pages: int, next_cursor: str | None, words: Words) -> None:
    """Previous, the number of the page, next."""
    bar = st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="center", gap="medium"
    )
    bar.button(
        words("explore.previous"),
        key="previous",
        disabled=number == 1,
        on_click=_turn_page,
        args=(None,),
        icon=":material/chevron_left:",
    )
    place = words("explore.page", n=words.number(number), of=words.number(pages))
    bar.html(f'<span class="t-soft">{html.escape(place)}</span>', width="content")
    bar.button(
        words("explore.next"),
        key="next",
        disabled=number >= pages or next_cursor is None,
        on_click=_turn_page,
        args=(next_cursor,),
        icon=":material/chevron_right:",
        icon_position="right",
    )


def _cursors(context: ViewContext, request: SearchRequest) -> list[str | None]:
    """The cursors of the pages turned so far for this request; the first page has none."""
    question = (context.queries.stamp, request)
    stored = st.session_state.get("cursors")
    if stored is None or stored[0] != question:
        stored = st.session_state["cursors"] = (question, [None])
    return cast("list[str | None]", stored[1])


def _hits(
    context: ViewContext, request: SearchRequest, page: Page, cursor: str | None
) -> tuple[list[Document], str | None]:
    """One page of documents and the next cursor.

    The first newest page came with the screen's one call, and is all there is where hits are few.
    """
    if cursor is None and request.order == "newest" and page.total <= PAGE_SIZE:
        return page.documents, None
    node, window, queries = request.node, request.window, context.queries
    if request.order == ENGAGEMENT:
        return by_engagement(queries, node, window, PAGE_SIZE, cursor)
    hits = queries.search(node, window, cast("Order", request.order), PAGE_SIZE, cursor)
    return hits.documents, hits.after


def _turn_page(next_cursor: str | None) -> None:
    """Go to the page of a cursor, or with None one page back."""
    cursors = st.session_state["cursors"][1]
    if next_cursor is None:
        cursors.pop()
    else:
        cursors.append(next_cursor)


def _downloads(context: ViewContext, request: SearchRequest, bar: Any, total: int) -> None:
    words = context.words
    tip = words("explore.download_tip", n=words.number(min(total, downloads.MAX_ROWS)))
    is_cut = total > downloads.MAX_ROWS
    part = words.number(min(total, downloads.MAX_ROWS))
    share = f" ({words('explore.part', n=part, of=words.number(total))})" if is_cut else ""
    if is_cut:
        command = f"tocsin --home {context.workspace.home} export jsonl"
        tip = f"{tip} {words('explore.download_rest', command=f'`{command}`')}"
    formats = (
        ("csv", words("explore.csv"), downloads.as_csv),
        ("xlsx", words("explore.xlsx"), downloads.as_xlsx),
        ("jsonl", words("explore.jsonl"), downloads.as_jsonl),
    )
    box = bar.popover(words("explore.download"), icon=":material/download:", key="download_posts")
    for name, label, write in formats:

        def data(write: downloads.Writer = write) -> bytes:
            index = context.queries.index
            documents = downloads.hits(index, request.node, request.window)
            return write(documents, context.account_names, index, words)

        box.download_button(
            label + share,
            key=f"download_{name}",
            file_name=f"tocsin.{name}",
            mime=downloads.MEDIA_TYPES[name],
            help=tip,
            on_click="ignore",
            data=data,
            type="tertiary",
        )
    names = words.say(names_sentence(context.account_names.pseudonymised))
    box.html(f'<span class="t-soft">{html.escape(names)}</span>')
