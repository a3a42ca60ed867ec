"""Refine by a click: values of fields, and words beside the query; only these, or not these."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import facets, tags
from dashboard.components.explore.cooccurrence import (
    NAMES,
    find_cooccurring_names,
    find_cooccurring_words,
)
from dashboard.components.explore.request import SearchRequest, ask_again
from dashboard.components.facets import MAX_VALUES, Choice
from dashboard.counts import count_values
from index.base import Page
from index.query.editing import excluded, narrowed

MOST_VALUES = 100
"""Values of a field that is opened."""
EXCLUDABLE = frozenset({"author", "domain", "hashtag", "source", "lang"})
"""Fields whose values can be left out by one click: others are many buttons that nobody needs."""


def draw(context: ViewContext, request: SearchRequest, page: Page, fields: Sequence[str]) -> None:
    """The most frequent values of each field, all of them on request, and what stands beside."""
    if not page.total:
        return
    words = context.words
    worth = tags.worth(context)
    heading = html.escape(words("explore.refine"))
    st.html(f'<h2 class="t-h" style="margin-top:0">{heading}</h2>')
    _beside(context, request)
    for field in fields:
        facet = page.facets.get(field)
        if facet is None or not facet.values:
            continue
        is_open = bool(st.session_state.get(f"open_{field}"))
        if is_open:
            facet = count_values(
                context.queries, field, request.node, request.window, size=MOST_VALUES
            )
        values = facet.values if is_open else facet.values[:MAX_VALUES]
        with st.container(key=f"facet_{field}", gap=None):
            _heading(facets.field_label(field, context))
            _choices(f"facet_{field}", facets.labelled(field, values, context), request, context,
                     removable=field in EXCLUDABLE)  # fmt: skip
            if field in worth:
                st.html(f'<div class="t-note">{html.escape(words.say(worth[field]["said"]))}</div>')
            rest = facet.other + sum(count for _, count in facet.values[len(values) :])
            if rest:
                note = html.escape(words.n("explore.rest", rest))
                st.html(f'<div class="t-note">{note}</div>')
            if rest or is_open:
                st.button(
                    words("asking.fewer" if is_open else "asking.all_values"),
                    key=f"more_{field}",
                    type="tertiary",
                    icon=":material/unfold_less:" if is_open else ":material/unfold_more:",
                    on_click=_toggle,
                    args=(f"open_{field}",),
                )


def _beside(context: ViewContext, request: SearchRequest) -> None:
    """Words and names that stand with the query more often than elsewhere: homonyms show here."""
    words = context.words
    with st.container(key="facet_beside", gap=None):
        if not st.session_state.get("beside"):
            st.button(
                words("asking.beside"),
                key="open_beside",
                type="tertiary",
                icon=":material/join_inner:",
                help=words("asking.beside_tip"),
                on_click=_toggle,
                args=("beside",),
            )
            return
        _heading(words("asking.beside"))
        found = find_cooccurring_words(context.queries, request)
        if not found:
            st.html(f'<div class="t-note">{html.escape(words("asking.beside_none"))}</div>')
        _choices("beside", found, request, context, removable=True)
        for label, names in find_cooccurring_names(context.queries, request).items():
            _heading(words(f"asking.names.{NAMES[label]}"))
            _choices(f"names_{label}", names, request, context, removable=True)


def _heading(label: str) -> None:
    st.html(f'<div class="t-soft t-facet">{html.escape(label)}</div>')


def _choices(
    key: str,
    choices: Sequence[Choice],
    request: SearchRequest,
    context: ViewContext,
    *,
    removable: bool,
) -> None:
    words = context.words
    for number, choice in enumerate(choices):
        count = sanitize.markdown_label(words.number(choice.posts))
        # a button takes no lang attribute: the language is written
        lang = f" :gray[({sanitize.markdown_label(choice.lang)})]" if choice.lang else ""
        label = f"{sanitize.markdown_label(choice.label, 34)}{lang} :gray[{count}]"
        row = st.container(
            key=f"row_{key}_{number}", horizontal=True, gap=None, vertical_alignment="center"
        )
        row.button(
            label,
            key=f"{key}_{number}",
            type="tertiary",
            width="stretch",
            on_click=ask_again,
            args=(narrowed(request.text, choice.query),),
        )
        if removable:
            row.button(
                "",
                key=f"not_{key}_{number}",
                type="tertiary",
                icon=":material/remove_circle_outline:",
                help=words("asking.not_this", what=sanitize.markdown_label(choice.label, 34)),
                on_click=ask_again,
                args=(excluded(request.text, choice.query),),
            )


def _toggle(name: str) -> None:
    st.session_state[name] = not st.session_state.get(name)
