"""Explore: ask, see how many and when, refine by clicking, read the posts, take them away."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import streamlit as st

from dashboard import sanitize
from dashboard import url_state
from dashboard.base import ViewContext
from dashboard.components import charts, downloads, figures
from dashboard.components import markup
from dashboard.components.account_names import quote_value
from dashboard.engine_words import translated
from dashboard.queries import FACETS, window
from dashboard.url_state import QueryParameter
from index.base import Facet, Order, Page, Window
from index.command_context import when
from index.query import Node, QueryError, parse
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339
from tocsin.core.language.words import Words

PAGE_SIZE = 20
FACET_VALUES = 8
RANGES: dict[str, timedelta | None] = {
    "24h": timedelta(days=1), "3d": timedelta(days=3), "7d": timedelta(days=7), "30d": timedelta(days=30), "all": None,
}  # fmt: skip
ORDERS = ("newest", "oldest", "relevance")
FIELDS = {
    "q": QueryParameter(), "range": QueryParameter("all", list(RANGES)), "since": QueryParameter(), "until": QueryParameter(), "organic": QueryParameter("", ["", "1"]),
    "order": QueryParameter("newest", ORDERS),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the reader asked for. ``node`` is the query's tree with pseudonyms resolved and flagged accounts left out where wished."""

    text: str
    node: Node
    window: Window
    order: Order


class Explore:
    """The page of questions. See `dashboard.base.View`."""

    name = "explore"
    icon = ":material/search:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words("explore.title"), anchor=False)
        st.html(markup.lead_paragraph(words("explore.lede")))
        url_state.load(self.name, FIELDS)
        text = _box(words)
        flagged = query_nodes.posts_by_authors(context.queries.flagged())
        span, organic = _span(context, flagged)
        url_state.store(self.name, FIELDS)
        try:
            node = context.account_names.resolve_pseudonyms(parse(text))
            asked = Asked(
                text,
                query_nodes.exclude(node, flagged if organic else None),
                span,
                cast("Order", st.session_state["order"]),
            )
            page = context.queries.page(asked.node, span, facets=FACETS, size=PAGE_SIZE)
        except QueryError as error:
            st.html(_mistake(text, error, words))
            return
        left, right = st.columns([3, 1], gap="large")
        with right:
            _facets(context, page)
        with left:
            _answer(context, asked, page, None if organic else flagged)
            if page.total:
                _posts(context, asked, page)


def _box(words: Words) -> str:
    text = st.text_input(
        words("explore.query"),
        key="q",
        placeholder=words("explore.placeholder"),
        help=words("explore.help"),
        max_chars=2_000,
    )
    return text or ""


def _span(context: ViewContext, flagged: Node | None) -> tuple[Window, bool]:
    """The window in force, and whether flagged accounts are left out.

    The window is an interval chosen in the curve (``since``, ``until``), else a length back from the newest post.
    """
    words = context.words
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    chosen = row.segmented_control(
        words("explore.window"), list(RANGES), key="range", required=True, format_func=lambda name: words(f"explore.range.{name}"),
        label_visibility="collapsed", on_change=_clear,
    )  # fmt: skip
    organic = False
    if flagged is not None:
        left_out = row.pills(
            words("explore.organic"), ["1"], key="organic", format_func=lambda _: words("explore.organic"), label_visibility="collapsed",
            help=words("explore.organic_tip"),
        )  # fmt: skip
        organic = left_out == "1"
    try:
        since, until = (
            when(st.session_state["since"], "since"),
            when(st.session_state["until"], "until"),
        )
    except ConfigError:
        _clear()
        since = until = None
    if since or until:
        text = (
            words.span(since, until)
            if since and until
            else words("explore.from" if since else "explore.to", day=words.moment(since or until))
        )
        row.button(
            words("explore.clear", span=text), key="clear", on_click=_clear, icon=":material/close:"
        )
        return window(since, until), organic
    length, newest = RANGES[chosen or "all"], context.queries.state.stats.newest_at
    return (window(newest - length, None) if length and newest else window(None, None)), organic


def _clear() -> None:
    for name in ("since", "until"):
        st.session_state[name] = ""


def _mistake(text: str, error: QueryError, words: Words) -> str:
    at = min(error.column - 1, len(text))
    start = max(0, at - 60)
    shown, caret = sanitize.plain_text(text[start : at + 60]).replace("\n", " "), " " * (at - start) + "^"
    sentence = translated(str(error).partition(": ")[2], words)
    return (
        f'<div class="t-why" role="alert"><p><b>{html.escape(words("explore.mistake", column=words.number(error.column)))}</b> '
        f'{html.escape(sentence)}</p><pre aria-hidden="true">{html.escape(shown)}\n{caret}</pre></div>'
    )


def _answer(context: ViewContext, asked: Asked, page: Page, flagged: Node | None) -> None:
    words = context.words
    if not page.total:
        st.html(markup.empty_state(words("explore.none"), words("explore.none_text")))
        return
    total = page.histogram.buckets
    hot = (
        context.queries.histogram(
            query_nodes.intersect(asked.node, flagged), asked.window, page.histogram.interval
        ).buckets
        if flagged and len(total) > 1
        else []
    )
    rows = volume.merge_counts(total, hot)
    share = sum(r[2] for r in rows) / max(1, sum(r[1] for r in rows))
    note = (
        words("explore.share", share=words.percent(share))
        if any(r[2] for r in rows)
        else words("explore.no_share")
    )
    st.html(
        f'<p><b class="t-num" style="font-size:1.5rem">{words.n("posts", page.total)}</b> <span class="t-soft">· {html.escape(note)}</span></p>'
    )
    if len(rows) > 1:
        key = "curve" + hashlib.sha256(repr((asked.text, asked.window)).encode()).hexdigest()[:12]
        st.altair_chart(
            charts.volume_chart(rows, words, context.palette, height=150, brush=True), width="stretch", key=key, alt=words("explore.curve"),
            on_select=lambda: _brushed(key, words), selection_mode="brush",
        )  # fmt: skip
        st.caption(words("explore.brush"))


def _brushed(key: str, words: Words) -> None:
    """Take the interval that was brushed in the curve into the address."""
    selection = cast("Mapping[str, Any]", st.session_state.get(key) or {}).get("selection", {})
    between = (selection.get("brush") or {}).get("t") or []
    if len(between) == 2 and between[0] < between[1]:
        st.session_state["since"] = rfc3339(charts.from_wall_clock_ms(between[0], words))
        st.session_state["until"] = rfc3339(charts.from_wall_clock_ms(between[1], words))


def _facets(context: ViewContext, page: Page) -> None:
    words = context.words
    st.html(f'<h2 class="t-h" style="margin-top:0">{html.escape(words("explore.refine"))}</h2>')
    for name in FACETS:
        facet = page.facets.get(name)
        if facet is None or not facet.values:
            continue
        with st.container(key=f"facet_{name}", gap=None):
            st.html(f'<div class="t-soft t-facet">{html.escape(words(f"facet.{name}"))}</div>')
            called = _facet_names(facet, context)
            for number, (value, count) in enumerate(facet.values[:FACET_VALUES]):
                st.button(
                    f"{sanitize.markdown_label(called[value], 34)} :gray[{sanitize.markdown_label(words.number(count))}]",
                    key=f"facet_{name}_{number}", type="tertiary", width="stretch", on_click=_refine, args=(_facet_query(name, value, context),),
                )  # fmt: skip
            if rest := facet.other + sum(n for _, n in facet.values[FACET_VALUES:]):
                st.html(f'<div class="t-note">{html.escape(words.n("explore.rest", rest))}</div>')


def _facet_names(facet: Facet, context: ViewContext) -> dict[str, str]:
    """What the values of a facet are called."""
    values = [value for value, _ in facet.values[:FACET_VALUES]]
    if facet.field == "author":
        return context.display_names(values)
    if facet.field == "narrative":
        labels = {narrative.id: narrative.label for narrative in context.queries.narratives()}
        return {value: labels.get(value, value) for value in values}
    if facet.field == "lang":
        return {value: context.words.known("language", value) for value in values}
    return {value: f"#{value}" if facet.field == "hashtag" else value for value in values}


def _facet_query(field: str, value: str, context: ViewContext) -> str:
    return context.account_names.query_text(value) if field == "author" else f"{field}:{quote_value(value)}"


def _refine(part: str) -> None:
    """Add a part to the query in the box."""
    text = str(st.session_state.get("q") or "").strip()
    if part not in text:
        st.session_state["q"] = f"({text}) {part}" if " OR " in text else f"{text} {part}".strip()


def _posts(context: ViewContext, asked: Asked, page: Page) -> None:
    words = context.words
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    bar.selectbox(
        words("explore.order"),
        ORDERS,
        key="order",
        width=220,
        format_func=lambda name: words(f"explore.order_{name}"),
    )
    _downloads(context, asked, bar, page.total)
    cursors = _cursors(context, asked)
    found, after = _hits(context, asked, page, cursors[-1])
    labels = {narrative.id: narrative.label for narrative in context.queries.narratives()}
    st.html(
        "".join(markup.post_card(document, words, context.account_names, narratives=labels) for document in found)
    )
    pages = -(-page.total // PAGE_SIZE)
    if pages > 1:
        turn = st.container(
            horizontal=True,
            vertical_alignment="center",
            horizontal_alignment="center",
            gap="medium",
        )
        turn.button(
            words("explore.previous"),
            key="previous",
            disabled=len(cursors) == 1,
            on_click=_turn,
            args=(None,),
            icon=":material/chevron_left:",
        )
        turn.html(
            f'<span class="t-soft">{html.escape(words("explore.page", n=words.number(len(cursors)), of=words.number(pages)))}</span>',
            width="content",
        )
        turn.button(
            words("explore.next"), key="next", disabled=len(cursors) >= pages or after is None, on_click=_turn, args=(after,),
            icon=":material/chevron_right:", icon_position="right",
        )  # fmt: skip


def _cursors(context: ViewContext, asked: Asked) -> list[str | None]:
    """The cursors of the pages turned so far for this question; the first page has none."""
    question = (context.queries.stamp, asked)
    kept = st.session_state.get("cursors")
    if kept is None or kept[0] != question:
        kept = st.session_state["cursors"] = (question, [None])
    return cast("list[str | None]", kept[1])


def _hits(
    context: ViewContext, asked: Asked, page: Page, cursor: str | None
) -> tuple[list[Document], str | None]:
    """One page of documents and the next cursor. The first newest page came with the screen's one call."""
    if cursor is None and asked.order == "newest" and page.total <= PAGE_SIZE:
        return page.documents, None
    hits = context.queries.search(asked.node, asked.window, asked.order, PAGE_SIZE, cursor)
    return hits.documents, hits.after


def _turn(after: str | None) -> None:
    cursors = st.session_state["cursors"][1]
    if after is None:
        cursors.pop()
    else:
        cursors.append(after)


def _downloads(context: ViewContext, asked: Asked, bar: Any, total: int) -> None:
    words = context.words
    tip = words("explore.download_tip", n=words.number(min(total, downloads.MAX_ROWS)))
    for kind, make, mime in (
        ("csv", downloads.as_csv, "text/csv"),
        ("jsonl", downloads.as_jsonl, "application/x-ndjson"),
    ):
        bar.download_button(
            words(f"explore.{kind}"), key=f"download_{kind}", file_name=f"tocsin.{kind}", mime=mime, help=tip, on_click="ignore",
            data=lambda make=make: make(downloads.hits(context.queries.index, asked.node, asked.window), context.account_names), icon=":material/download:",
        )  # fmt: skip
