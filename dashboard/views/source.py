"""Source: paste a domain or a handle; what the posts here show of it.

Each figure stands with its test and its posts.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.account_names import quote_value
from dashboard.components.cluster import cluster_names
from dashboard.components.sentences import say
from dashboard.counts import count_posts
from dashboard.pin_links import pin_link
from dashboard.url_state import QueryParameter
from index.base import EVERYTHING
from index.query import Term, normalise
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words, capitalise
from tocsin.core.messages import Message

PARAMETERS = {"subject": QueryParameter()}
MAX_SUBJECT = 300
_ID = re.compile(r"[\w-]+")
MAX_SENTENCE = 900
POSTS_BESIDE = 6
SUGGESTIONS = 12


class _Verdict(NamedTuple):
    key: str
    css: str


VERDICTS = {
    "look closer": _Verdict("source.closer", ""),
    "nothing unusual": _Verdict("source.usual", "t-fits"),
    "not enough data": _Verdict("source.little", "t-not"),
}
"""Verdict of a dossier, as in its JSON -> its catalogue key and how it is marked."""


class SourceView:
    """The page of dossiers. See `dashboard.base.View`."""

    name = "source"
    title = Message("source.title")
    icon = ":material/travel_explore:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("source.lead")))
        subject = _subject_box(words)
        if not subject:
            _suggestions(context)
            return
        try:
            with st.spinner(words("source.reading")):
                dossier = context.queries.dossier(subject)
        except ConfigError as error:
            sentence = _sentence(error.message, words)
            st.html(markup.empty_state(words("source.unclear"), sentence))
            return
        groups = [*context.queries.clusters(), *context.queries.structures()]
        names = cluster_names(groups, words)
        st.html(_verdict(dossier, names, words))
        link = _link_to_posts(context, dossier["subject"])
        thing = f"{'source' if link else 'account'}:{dossier['subject']}"
        posts = _link_to_own_posts(dossier["subject"], dossier["facts"], words)
        links = [part for part in (link, posts) if part]
        links += (
            [pin_link(thing, words, context.account_names.pseudonyms)] if dossier["facts"] else []
        )
        if links:
            st.html(f'<p class="t-note">{" · ".join(links)}</p>')
        for number, fact in enumerate(dossier["facts"]):
            _fact(context, fact, number, names)
        st.html(f'<p class="t-note">{html.escape(words("source.caveat"))}</p>')


def _subject_box(words: Words) -> str:
    url_state.load("source", PARAMETERS)
    subject = st.text_input(
        words("source.subject"),
        key="subject",
        placeholder=words("source.placeholder"),
        help=words("source.help"),
        max_chars=MAX_SUBJECT,
    )
    url_state.store("source", PARAMETERS)
    return (subject or "").strip()


def _suggestions(context: ViewContext) -> None:
    """Where to begin: the sites that most posts link to."""
    words = context.words
    page = context.queries.page("", EVERYTHING, facets=("domain",))
    sites = [(value, count) for value, count in page.facets["domain"].values if value]
    if not sites:
        st.html(f'<p class="t-note">{html.escape(words("source.no_sites"))}</p>')
        return
    items = []
    for site, count in sites[:SUGGESTIONS]:
        link = markup.page_link("source", site, words, subject=site)
        posts = html.escape(words.n("posts", count))
        items.append(f"<li>{link} <span class='t-soft'>{posts}</span></li>")
    heading = markup.section_heading(words("source.most"), words("source.most_note"))
    st.html(f'{heading}<ul class="t-list">{"".join(items)}</ul>')


def _verdict(dossier: Mapping[str, Any], names: Mapping[str, str], words: Words) -> str:
    verdict = VERDICTS.get(dossier["verdict"], VERDICTS["not enough data"])
    subject = sanitize.escaped_line(dossier["subject"], 120)
    reasons = "".join(
        f"<p>{sanitize.escaped_line(_named(_sentence(reason, words), names), MAX_SENTENCE)}</p>"
        for reason in dossier["because"]
    )
    return (
        f'<div class="t-why {verdict.css}" role="status">'
        f"<b>{subject} · {html.escape(words(verdict.key))}</b>{reasons}</div>"
    )


def _link_to_posts(context: ViewContext, subject: str) -> str:
    """A link to the posts that link to a site; empty where there are none."""
    words = context.words
    links = Term("domain", normalise("domain", subject))
    if not links.value or not count_posts(context.queries, links):
        return ""
    return markup.explore_link(f"domain:{quote_value(subject)}", words("source.explore"), words)


def _link_to_own_posts(subject: str, facts: Sequence[Mapping[str, Any]], words: Words) -> str:
    """A link to all posts of an account, of which its facts show the first alone; empty where the
    dossier is of none."""
    if not any(fact["code"] == "posts" for fact in facts):
        return ""
    return markup.explore_link(f"author:{quote_value(subject)}", words("people.posts"), words)


def _fact(
    context: ViewContext, fact: Mapping[str, Any], number: int, names: Mapping[str, str]
) -> None:
    """One fact: what is known, how it was tested, how else it may come about, and its posts.

    Args:
        names: cluster id -> name, for links to the groups that the fact names.
    """
    words = context.words
    notes = []
    if fact["n"]:
        notes.append(f"n = {words.number(fact['n'])}")
    if fact["q_value"] is not None:
        notes.append(words.probability("q", fact["q_value"]))
    lines = [" · ".join(notes)]
    if fact["innocent"]:
        lines.append(words("source.innocent", text=say(fact["innocent"], words)))
    below = "".join(
        f'<div class="t-note">{sanitize.escaped_line(line, 600)}</div>' for line in lines if line
    )
    name = sanitize.escaped_line(_sentence(fact["name"], words), 120)
    value = sanitize.escaped_line(_named(_sentence(fact["value"], words), names), MAX_SENTENCE)
    st.html(
        f'<section class="t-fact"><b>{name}</b><div>{value}</div>{below}'
        f"{_cluster_links(str(fact['value']), names, words)}</section>"
    )
    if not fact["evidence"]:
        return
    with st.expander(words.n("source.posts", len(fact["evidence"])), key=f"fact_{number}"):
        documents = context.queries.documents(fact["evidence"])
        cards = [
            markup.post_card(document, words, context.account_names, compact=True)
            for document in documents
        ]
        st.html(markup.post_grid(cards, POSTS_BESIDE, len(documents), words))


def _cluster_links(text: str, names: Mapping[str, str], words: Words) -> str:
    """Links to the groups whose ids a text names."""
    named = dict.fromkeys(_ID.findall(text))
    links = [
        markup.page_link(
            "coordination", words("source.group", name=names[word]), words, cluster=word
        )
        for word in named
        if word in names
    ]
    return f'<div class="t-note">{" · ".join(links)}</div>' if links else ""


def _named(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence with the groups that it names by id called as on every page."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), sentence)


def _sentence(message: Message | str, words: Words) -> str:
    return capitalise(say(message, words))
