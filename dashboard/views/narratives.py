"""Narratives: every story that posts tell, what grows, what is new, who carries it.

One narrative opens with its curve, its most central posts and those at its edge.
"""

from __future__ import annotations

import html

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import frame, markup, volume
from dashboard.components.account_names import quote_value
from dashboard.components.figures import draw_volume, offer
from dashboard.components.frame import Frame
from dashboard.components.narrative_counts import NarrativeCount, count_narratives, matching
from dashboard.components.narrative_edits import draw_edits, named
from dashboard.components.narrative_table import (
    caveat_paragraphs,
    languages_line,
    narrative_file,
    narrative_table,
)
from dashboard.components.sentences import alert_paragraph
from dashboard.pin_links import pin_link
from dashboard.url_state import QueryParameter
from index.query import Term
from tocsin.core.findings import Narrative
from tocsin.core.groups.headlines import foreign_language
from tocsin.core.groups.narrative_order import narrative_sort_key
from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.messages import Message

ORDERS = ("posts", "growth", "newest")
PARAMETERS = {
    "sort": QueryParameter("posts", ORDERS),
    "find": QueryParameter(),
    "id": QueryParameter(),
}
SHOWN, MAX_SHOWN = 25, 300
MAX_FIND = 120
CENTRAL_POSTS, EDGE_POSTS = 3, 3
CURVE_BARS = 120


class NarrativesView:
    """The page of stories. See `dashboard.base.View`."""

    name = "narratives"
    title = Message("narratives.title")
    icon = ":material/auto_stories:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, queries = context.words, context.queries
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("narratives.lead")))
        narratives = queries.narratives()
        if not narratives:
            commands = [
                f"tocsin --home {context.workspace.home} {s}" for s in ("enrich", "analyse")
            ]
            st.html(
                markup.empty_state(
                    words("narratives.none"), words("narratives.none_text"), commands
                )
            )
            return
        followed = url_state.is_followed(self.name, PARAMETERS)
        state = url_state.load(self.name, PARAMETERS)
        chosen = named(narratives, state["id"])
        if state["id"]:
            st.button(words("narratives.back"), icon=":material/arrow_back:", on_click=_leave)
        asked = frame.ask(context, self.name, followed=followed)
        if state["id"]:
            _one(context, chosen, state["id"], asked)
            url_state.store(self.name, PARAMETERS)
            return
        _controls(context)
        url_state.store(self.name, PARAMETERS)
        for caveat in caveat_paragraphs(queries.state.stats, narratives, words):
            st.html(caveat)
        _list(context, count_narratives(queries, asked, with_pinned=True), asked)


def _controls(context: ViewContext) -> None:
    """Words to find, and the order."""
    words = context.words
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.text_input(
        words("narratives.find"),
        key="find",
        placeholder=words("narratives.find"),
        max_chars=MAX_FIND,
        label_visibility="collapsed",
    )
    row.selectbox(
        words("narratives.sort"),
        list(ORDERS),
        key="sort",
        format_func=lambda name: words(f"narratives.sorts.{name}"),
        label_visibility="collapsed",
        width=240,
    )


def _list(context: ViewContext, rows: list[NarrativeCount], asked: Frame) -> None:
    words = context.words
    wanted = str(st.session_state.get("find") or "")
    found = _sorted(matching(rows, wanted), str(st.session_state.get("sort") or "posts"))
    count = html.escape(words.n("narratives.found", len(found)))
    st.html(f'<p class="t-note" role="status">{count}</p>')
    if not found:
        st.html(markup.soft_paragraph(words("narratives.nothing")))
        return
    shown = found[:SHOWN]
    if len(found) > SHOWN and st.toggle(
        words("narratives.show", n=words.number(min(len(found), MAX_SHOWN))),
        key="all_stories",
    ):
        shown = found[:MAX_SHOWN]
    st.html(narrative_table(shown, words))
    offer(context, narrative_file(found, words, asked.said))
    if len(found) > MAX_SHOWN and len(shown) == MAX_SHOWN:
        st.caption(words("narratives.rest", n=words.number(len(found) - MAX_SHOWN)))


def _sorted(rows: list[NarrativeCount], order: str) -> list[NarrativeCount]:
    """In an order; those that an analyst pinned first, only alike and binned ones last."""
    if order == "growth":  # what has no window before it to grow from comes last
        rows = sorted(rows, key=lambda row: (-(row.growth or 0.0), -row.posts, row.narrative.id))
    if order == "newest":
        born = {row.narrative.id: row.narrative.first_at for row in rows}
        dated = [row for row in rows if born[row.narrative.id]]
        dated.sort(key=lambda row: (born[row.narrative.id], row.narrative.id), reverse=True)
        rows = [*dated, *(row for row in rows if not born[row.narrative.id])]
    return sorted(rows, key=lambda row: narrative_sort_key(row.narrative))


# -- one narrative


def _one(context: ViewContext, narrative: Narrative | None, gone: str, asked: Frame) -> None:
    words = context.words
    if narrative is None:
        said = Message("narratives.gone", {"id": sanitize.single_line(gone, 60)})
        st.html(alert_paragraph(said, words))
        return
    headline = narrative.headline(words.code)
    lang = foreign_language(headline, narrative.headlines, words.code)
    shown = markup.in_language(html.escape(headline), lang, words)
    named = shown_terms(narrative.terms_in(words.code), 10)
    terms = ", ".join(sanitize.single_line(term, 40) for term in named)
    st.html(markup.section_heading(headline, terms, made=shown))
    st.html(_facts(context, narrative, asked))
    pin = pin_link(f"narrative:{narrative.id}", words, context.account_names.pseudonyms)
    st.html(f'<div class="t-facts">{pin}</div>')
    draw_edits(context, narrative)
    _curve(context, narrative, asked)
    _posts(context, narrative.central[:CENTRAL_POSTS], "narratives.central")
    _posts(context, narrative.fringe[:EDGE_POSTS], "narratives.edge")


def _leave() -> None:
    st.session_state["id"] = ""


def _facts(context: ViewContext, narrative: Narrative, asked: Frame) -> str:
    words = context.words
    rows = count_narratives(context.queries, asked)
    counted = next((row for row in rows if row.narrative.id == narrative.id), None)
    posts = words.n("posts", counted.posts if counted else 0)
    link = markup.page_link(
        "explore",
        words("narratives.read", posts=posts),
        words,
        q=f"narrative:{quote_value(narrative.id)}",
        **asked.address,
    )
    spread = markup.page_link(
        "spread", words("spread.how"), words, q=f"narrative:{quote_value(narrative.id)}"
    )
    network = markup.page_link(
        "network", words("conversation.see"), words, q=f"narrative:{quote_value(narrative.id)}"
    )
    names = context.display_names(narrative.first_authors[:3]).values()
    began = words("today.rising.began", when=words.moment(narrative.first_at))
    by = ", ".join(sanitize.escaped_line(name, 40) for name in names)
    lines = [
        f"{link} · {spread} · {network} · "
        f"{html.escape(words.n('authors', narrative.authors))} · "
        f"{languages_line(narrative.languages, words)}",
        html.escape(began) + (f" · {html.escape(words('today.rising.by'))} {by}" if by else ""),
        f"{markup.percentage_bar(counted.flagged_share if counted else None, words)} "
        f"{html.escape(words('today.rising.share'))}",
    ]
    return "".join(f'<div class="t-facts">{line}</div>' for line in lines)


def _curve(context: ViewContext, narrative: Narrative, asked: Frame) -> None:
    words, queries = context.words, context.queries
    told = asked.of(Term("narrative", narrative.id))
    total = queries.histogram(told, asked.window, "auto")
    by_flagged = []
    if (flagged := asked.flagged_of(Term("narrative", narrative.id))) is not None:
        interval = volume.askable_interval(total.interval)
        by_flagged = queries.histogram(flagged, asked.window, interval).buckets
    rows = volume.merge_counts(total.buckets, by_flagged)
    if len(rows) < 2:  # one interval is no curve
        return
    title = narrative.headline(words.code)
    draw_volume(context, "narrative", rows, title=title, gaps=queries.gaps(asked.window))


def _posts(context: ViewContext, ids: tuple[str, ...], title: str) -> None:
    words = context.words
    documents = context.queries.documents(ids)
    if not documents:
        return
    st.html(markup.section_heading(words(title)))
    cards = [
        markup.post_card(document, words, context.account_names, compact=True)
        for document in documents
    ]
    st.html(markup.post_grid(cards, len(cards), len(cards), words))
