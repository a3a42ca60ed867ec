"""Spread: where something was seen first, and by which copies and reposts it went on."""

from __future__ import annotations

import html
import re

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import frame, markup
from dashboard.components.account_names import quote_value
from dashboard.components.frame import Frame
from dashboard.components.sentences import alert_paragraph
from dashboard.components.spread.first_posts import (
    FIELDS,
    FirstPost,
    Uncertainty,
    find_first_posts,
    find_values_without_posts,
    has_field_values,
)
from dashboard.components.spread.texts import find_texts
from dashboard.counts import count_posts, count_reposts
from dashboard.pin_links import pin_link
from dashboard.url_state import QueryParameter
from index.base import EVERYTHING
from index.query import Node, QueryError, Term
from index.reading.queries import among, resolve
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Copy
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

PARAMETERS = {"q": QueryParameter()}
MAX_QUERY = 2_000
COPIES, EARLIEST = 8, 3
HEADLINE = 90
_FINDING = re.compile(r"(?:signal|cluster|narrative):[\w.-]+")
"""A query that names one thing, which can be pinned."""


class SpreadView:
    """The page of paths. See `dashboard.base.View`."""

    name = "spread"
    title = Message("spread.title")
    icon = ":material/share_reviews:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, stats = context.words, context.queries.state.stats
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("spread.lead")))
        if stats.newest_at is None:
            key = "empty.undated" if stats.documents else "empty.title"
            st.html(markup.empty_state(words(key), words("spread.undated")))
            return
        followed = url_state.is_followed(self.name, PARAMETERS)
        url_state.load(self.name, PARAMETERS)
        text = st.text_input(
            words("spread.query"),
            key="q",
            placeholder=words("explore.placeholder"),
            max_chars=MAX_QUERY,
        )
        asked = frame.ask(context, self.name, followed=followed)
        url_state.store(self.name, PARAMETERS)
        if not (text or "").strip():
            st.html(_suggestions(context))
            return
        try:
            names = context.account_names
            node = resolve(
                names.resolve_pseudonyms(context.queries.parse(text)),
                context.queries.index,
                names.pseudonyms,
            )
        except (QueryError, ConfigError) as error:
            st.html(alert_paragraph(error.message or str(error), words))
            return
        posts = count_posts(context.queries, asked.of(node), asked.window)
        if not posts:
            st.html(markup.empty_state(words("explore.none"), words("explore.none_text")))
            return
        _summary(context, asked, text, node, posts)
        for field in FIELDS:
            _firsts(context, asked, text, node, field)
        _copies(context, asked, text, node)


def _suggestions(context: ViewContext) -> str:
    """Narratives to begin with."""
    words = context.words
    found = sorted(context.queries.narratives(), key=lambda one: (-one.posts, one.id))
    items = "".join(
        "<li>"
        + markup.page_link(
            "spread", one.headline(words.code), words, q=f"narrative:{quote_value(one.id)}"
        )
        + "</li>"
        for one in found[:COPIES]
    )
    return markup.soft_paragraph(words("spread.ask")) + (f"<ul>{items}</ul>" if items else "")


def _summary(context: ViewContext, asked: Frame, text: str, node: Node, posts: int) -> None:
    """How many posts, how many of them reposts, and the earliest that is known."""
    words, queries = context.words, context.queries
    link = markup.page_link(
        "explore",
        words("narratives.read", posts=words.n("posts", posts)),
        words,
        q=text,
        **asked.address,
    )
    reposts = words.n("spread.reposts", count_reposts(queries, asked.of(node), asked.window))
    facts = [link, html.escape(reposts)]
    if _FINDING.fullmatch(text.strip()):
        facts.append(pin_link(text.strip(), words, context.account_names.pseudonyms))
    st.html(f'<div class="t-facts">{" · ".join(facts)}</div>')
    earliest = queries.search(asked.of(node), asked.window, "oldest", EARLIEST).documents
    st.html(markup.section_heading(words("spread.earliest")))
    cards = [
        markup.post_card(document, words, context.account_names, compact=True)
        for document in earliest
    ]
    st.html(markup.post_grid(cards, len(cards), len(cards), words))


def _firsts(context: ViewContext, asked: Frame, text: str, node: Node, field: str) -> None:
    words = context.words
    found = find_first_posts(context, asked, node, field)
    st.html(markup.section_heading(words(f"spread.by.{field}")))
    if not found:
        said = (
            "spread.no_time" if has_field_values(context, asked, node, field) else "trends.no_value"
        )
        st.html(markup.soft_paragraph(words(said)))
        return
    heads = [words(f"spread.{name}") for name in ("where", "first", "doubt", "by_whom", "posts")]
    rows = "".join(_row(context, asked, one, text, heads) for one in found)
    st.html(markup.table(heads, rows, right=(4,)))
    if silent := find_values_without_posts(context, asked, node, field):
        said = ", ".join(sanitize.single_line(name, 60) for name in silent)
        st.html(f'<p class="t-note">{html.escape(words("spread.silent", which=said))}</p>')


def _row(context: ViewContext, asked: Frame, one: FirstPost, text: str, heads: list[str]) -> str:
    words, document = context.words, one.document
    author = document.author
    who = words("post.unsigned")
    if author is not None:
        who = context.account_names.display_name(author.id, author.handle)
    query = f"({text}) {one.text}"
    link = markup.page_link("explore", words.number(one.posts), words, q=query, **asked.address)
    cells = [
        (sanitize.escaped_line(one.label, 60), "t-words"),
        (html.escape(words.moment(document.published_at)), "t-nowrap"),
        (html.escape(describe_uncertainty(one.uncertainty, words)), "t-words"),
        (sanitize.escaped_line(who, 60), "t-words"),
        (link, "t-r"),
    ]
    return markup.table_row(cells, heads)


def describe_uncertainty(uncertainty: Uncertainty, words: Words) -> str:
    """How much earlier it may have been, in words."""
    return words(f"spread.doubts.{uncertainty.reason}", since=words.moment(uncertainty.since))


def _copies(context: ViewContext, asked: Frame, text: str, node: Node) -> None:
    """The texts that went around most, each with its first post."""
    words, queries = context.words, context.queries
    st.html(markup.section_heading(words("spread.copies"), words("spread.copies_note")))
    found = find_texts(queries, asked.of(node), asked.window, COPIES)
    kinds = {copy.id: copy.copy_kind for copy in queries.copies()}
    names = ("text", "kind", "first", "by_whom", "posts", "passed_on")
    heads = [words(f"spread.{name}") for name in names]
    rows = ""
    for one in found:
        own = Term(Copy.kind, one.group) if one.group else among("id", [one.post])
        first = queries.search(own, EVERYTHING, "oldest", 1).documents
        if not first:
            continue
        document = first[0]
        who = words("post.unsigned")
        if document.author is not None:
            author = document.author
            who = context.account_names.display_name(author.id, author.handle)
        said = sanitize.single_line(document.text or document.title or "", HEADLINE)
        finds = f"copy:{quote_value(one.group)}" if one.group else _by_id(context, one.post)
        link = html.escape(said)
        if finds:
            link = markup.page_link("explore", said, words, q=finds)
        number = words.number(one.posts)
        if one.group:
            query = f"({text}) {finds}"
            number = markup.page_link("explore", number, words, q=query, **asked.address)
        kind = words.known("spread.kinds", kinds[one.group]) if one.group in kinds else "–"
        cells = [
            (link, ""),
            (html.escape(kind), "t-words"),
            (html.escape(words.moment(document.published_at)), "t-nowrap"),
            (sanitize.escaped_line(who, 60), "t-words"),
            (number, "t-r"),
            (words.number(one.reposts), "t-r"),
        ]
        rows += markup.table_row(cells, heads)
    if rows:
        st.html(markup.table(heads, rows, right=(4, 5)))
    else:
        st.html(markup.soft_paragraph(words("spread.no_copies")))


def _by_id(context: ViewContext, post: str) -> str:
    """The query that finds a post; empty where its id names an account that is hidden."""
    shown = native_id(post)
    return (
        f"id:{quote_value(shown)}" if context.account_names.pseudonyms.text(shown) == shown else ""
    )
