"""Source: paste a domain or a handle; what the posts here show of it, each figure with its test and its posts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard import url_state
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.account_names import quote_value
from dashboard.components.cluster import names
from dashboard.engine_words import translated
from dashboard.url_state import QueryParameter
from index.base import EVERYTHING
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words

FIELDS = {"subject": QueryParameter()}
LONGEST = 300
SHOWN = 6
SUGGESTED = 12
VERDICTS = {
    "look closer": ("source.closer", ""), "nothing unusual": ("source.usual", " t-fits"), "not enough data": ("source.little", " t-not"),
}  # fmt: skip
"""Verdict of a dossier -> its catalogue key and how it is marked."""
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


class Source:
    """The page of dossiers. See `dashboard.base.View`."""

    name = "source"
    icon = ":material/travel_explore:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words("source.title"), anchor=False)
        st.html(markup.lead_paragraph(words("source.lede")))
        url_state.load(self.name, FIELDS)
        subject = st.text_input(
            words("source.subject"),
            key="subject",
            placeholder=words("source.placeholder"),
            help=words("source.help"),
            max_chars=LONGEST,
        )
        url_state.store(self.name, FIELDS)
        if not (subject or "").strip():
            _suggestions(context)
            return
        try:
            with st.spinner(words("source.reading")):
                dossier = context.queries.dossier(subject)
        except ConfigError as error:
            st.html(markup.empty_state(words("source.unclear"), _capital(translated(str(error), words))))
            return
        st.html(_verdict(dossier, words))
        site = dossier["subject"]
        if any(fact["name"] == f"links to {site}" for fact in dossier["facts"]):
            st.html(
                f'<p class="t-note">{markup.explore_link(f"domain:{quote_value(site)}", words("source.explore"), words)}</p>'
            )
        called = names(context.queries.clusters(), words)
        for number, fact in enumerate(dossier["facts"]):
            _fact(context, fact, number, called)
        st.html(f'<p class="t-note">{html.escape(words("source.caveat"))}</p>')


def _suggestions(context: ViewContext) -> None:
    """Where to begin: the sites that most posts link to."""
    words = context.words
    page = context.queries.page("", EVERYTHING, facets=("domain",))
    sites = [(value, count) for value, count in page.facets["domain"].values if value][:SUGGESTED]
    if not sites:
        st.html(f'<p class="t-note">{html.escape(words("source.no_sites"))}</p>')
        return
    rows = "".join(
        f"<li>{markup.page_link('source', site, words, subject=site)} <span class='t-soft'>{html.escape(words.n('posts', count))}</span></li>"
        for site, count in sites
    )
    st.html(
        markup.section_heading(words("source.most"), words("source.most_note"))
        + f'<ul class="t-list">{rows}</ul>'
    )


def _verdict(dossier: Mapping[str, Any], words: Words) -> str:
    said, kind = VERDICTS.get(dossier["verdict"], VERDICTS["not enough data"])
    reasons = "".join(
        f"<p>{sanitize.escaped_line(_sentence(reason, words), 900)}</p>" for reason in dossier["because"]
    )
    return f'<div class="t-why{kind}" role="status"><b>{sanitize.escaped_line(dossier["subject"], 120)} · {html.escape(words(said))}</b>{reasons}</div>'


def _fact(context: ViewContext, fact: Mapping[str, Any], number: int, called: Mapping[str, str]) -> None:
    """One fact: what is known, how it was tested, how else it may come about, the groups it names (``called``), and its posts."""
    words = context.words
    tested = words.probability("q", fact["q_value"]) if fact["q_value"] is not None else ""
    count = f"n = {words.number(fact['n'])}" if fact["n"] else ""
    notes = " · ".join(note for note in (count, tested) if note)
    innocent = (
        words("source.innocent", text=translated(fact["innocent"], words))
        if fact["innocent"]
        else ""
    )
    lines = "".join(
        f'<div class="t-note">{sanitize.escaped_line(line, 600)}</div>' for line in (notes, innocent) if line
    )
    name = _capital(translated(fact["name"], words))
    said, groups = (
        sanitize.escaped_line(_sentence(fact["value"], words), 900),
        _groups(fact["value"], called, words),
    )
    st.html(
        f'<section class="t-fact"><b>{sanitize.escaped_line(name, 120)}</b><div>{said}</div>{lines}{groups}</section>'
    )
    if not fact["evidence"]:
        return
    with st.expander(words.n("source.posts", len(fact["evidence"])), key=f"fact_{number}"):
        found = context.queries.documents(fact["evidence"])
        st.html(
            markup.post_grid(
                [markup.post_card(document, words, context.account_names, card=True) for document in found],
                SHOWN,
                len(found),
                words,
            )
        )


def _groups(value: str, called: Mapping[str, str], words: Words) -> str:
    """Links to the groups that a sentence names."""
    named = dict.fromkeys(re.findall(r"[\w-]+", value))
    links = [
        markup.page_link("coordination", words("source.group", name=called[key]), words, cluster=key)
        for key in named
        if key in called
    ]
    return f'<div class="t-note">{" · ".join(links)}</div>' if links else ""


def _sentence(text: str, words: Words) -> str:
    """A sentence of the dossier in the reader's language, its times in the reader's zone."""
    said = _STAMP.sub(
        lambda at: words.moment(datetime.fromisoformat(at.group())), translated(text, words)
    )
    return _capital(said)


def _capital(text: str) -> str:
    """With a capital letter, but for names of sites and accounts, which are written as they are."""
    return text[:1].upper() + text[1:] if text.split(" ")[0].replace("’", "").isalpha() else text
