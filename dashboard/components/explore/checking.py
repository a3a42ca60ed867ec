"""What a query leaves out, offered with one click, and what each of its terms does."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.explore.request import SearchRequest, ask_again
from dashboard.components.frame import Frame
from dashboard.queries import WorkspaceQueries
from index.base import Window
from index.query import Node
from index.query.editing import with_forms
from index.reading.doctor import LeftOut, examine, left_out

FORMS_NAMED = 3
COLUMNS = ("term", "posts", "without", "forms", "with_forms")


@st.cache_resource(max_entries=64, show_spinner=False)
def _left_out(
    stamp: str,  # noqa: ARG001
    text: str,
    scope: Node | None,
    window: Window,
    _queries: WorkspaceQueries,
) -> tuple[LeftOut, ...]:
    return tuple(left_out(text, _queries.index, _queries.people, window, scope=scope))


@st.cache_resource(max_entries=32, show_spinner=False)
def _examined(
    stamp: str,  # noqa: ARG001
    text: str,
    scope: Node | None,
    window: Window,
    _queries: WorkspaceQueries,
) -> Mapping[str, Any]:
    return examine(text, _queries.index, _queries.people, window, scope=scope)


def offer_forms(context: ViewContext, request: SearchRequest, frame: Frame) -> None:
    """Other forms of the query's words, and how many posts each word would bring with them."""
    words, queries = context.words, context.queries
    offers = _left_out(queries.stamp, request.text, frame.scope, request.window, queries)
    if not offers:
        return
    row = st.container(horizontal=True, gap="small", vertical_alignment="center", key="left_out")
    row.html(f'<span class="t-soft">{html.escape(words("asking.left_out"))}</span>',
             width="content")  # fmt: skip
    for offer in offers:
        row.button(
            sanitize.markdown_label(_include(offer, words), 90),
            key=f"forms_{offer.word}",
            type="tertiary",
            icon=":material/add:",
            help=words("asking.forms_tip", written=f"\\~{sanitize.markdown_label(offer.word)}"),
            on_click=ask_again,
            args=(with_forms(request.text, offer.word),),
        )


def _include(offer: LeftOut, words: Any) -> str:
    named = ", ".join(form.form for form in offer.forms[:FORMS_NAMED])
    more = len(offer.forms) - FORMS_NAMED
    forms = words.n("asking.and_more", more, forms=named) if more > 0 else named
    return str(words("asking.include", count=words.number(offer.more), forms=forms))


def draw_doctor(context: ViewContext, request: SearchRequest, frame: Frame) -> None:
    """The table of terms: posts of each, the query without it, the forms that it leaves out."""
    words, queries = context.words, context.queries
    if not request.text.strip():
        st.html(markup.soft_paragraph(words("asking.check_empty")))
        return
    document = _examined(queries.stamp, request.text, frame.scope, request.window, queries)
    heads = [_capital(words(f"doctor.{name}")) for name in COLUMNS]
    rows = "".join(markup.table_row(_cells(term, words), heads) for term in document["terms"])
    st.html(markup.section_heading(words("asking.check"), words("asking.check_note")))
    st.html(markup.table(heads, rows, right=(1, 2, 4)))
    if document["of_terms"] > len(document["terms"]):
        cut = words("doctor.cut", n=len(document["terms"]), of=document["of_terms"])
        st.html(markup.soft_paragraph(cut))


def _cells(term: Mapping[str, Any], words: Any) -> list[tuple[str, str]]:
    written = f"-{term['term']}" if term["excluded"] else term["term"]
    shown = sanitize.escaped_line(written, 80)
    if term["dead"]:
        shown += f" {markup.badge(words('asking.dead'), 'flagged')}"
    forms = ", ".join(
        f"{sanitize.escaped_line(form['form'], 40)} ({words.number(form['posts'])})"
        for form in term["forms"]
    )
    wider = "–" if term["with_forms"] is None else words.number(term["with_forms"])
    return [
        (shown, ""),
        (words.number(term["posts"]), "t-r"),
        (words.number(term["without"]), "t-r"),
        (forms or "–", ""),
        (wider, "t-r"),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
