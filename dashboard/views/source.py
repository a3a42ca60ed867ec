"""Source: paste a domain or a handle; what the posts here show of it, each figure with its test and its posts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import address, parts, safe
from dashboard.address import Field
from dashboard.base import Screen
from dashboard.cluster import names
from dashboard.engine_words import translated
from dashboard.i18n import Words
from dashboard.people import quoted
from index.base import EVERYTHING
from tocsin.errors import ConfigError

FIELDS = {"subject": Field()}
LONGEST = 300
SHOWN = 6
SUGGESTED = 12
VERDICTS = {"look closer": "closer", "nothing unusual": "usual", "not enough data": "little"}
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


class Source:
    """The page of dossiers. See `dashboard.base.View`."""

    name = "source"
    icon = ":material/travel_explore:"

    def render(self, screen: Screen) -> None:
        """Draw the page."""
        words = screen.words
        st.title(words("source.title"), anchor=False)
        st.html(parts.lede(words("source.lede")))
        address.enter(self.name, FIELDS)
        subject = st.text_input(
            words("source.subject"), key="subject", placeholder=words("source.placeholder"), help=words("source.help"), max_chars=LONGEST
        )
        address.leave(self.name, FIELDS)
        if not (subject or "").strip():
            _suggestions(screen)
            return
        try:
            with st.spinner(words("source.reading")):
                dossier = screen.reads.dossier(subject)
        except ConfigError as error:
            st.html(parts.empty(words("source.unclear"), _capital(translated(str(error), words))))
            return
        st.html(_verdict(dossier, words))
        site = dossier["subject"]
        if any(fact["name"] == f"links to {site}" for fact in dossier["facts"]):
            st.html(f'<p class="t-note">{parts.ask(f"domain:{quoted(site)}", words("source.explore"), words)}</p>')
        for number, fact in enumerate(dossier["facts"]):
            _fact(screen, fact, number)
        st.html(f'<p class="t-note">{html.escape(words("source.caveat"))}</p>')


def link(subject: str, words: Words) -> str:
    """A link to the dossier of a subject."""
    target = "source?" + urlencode({"subject": subject, "lang": words.code})
    return f'<a class="t-link" target="_self" href="{html.escape(target, quote=True)}">{safe.escaped(subject, 90)}</a>'


def _suggestions(screen: Screen) -> None:
    """Where to begin: the sites that most posts link to."""
    words = screen.words
    page = screen.reads.page("", EVERYTHING, facets=("domain",))
    sites = [(value, count) for value, count in page.facets["domain"].values if value][:SUGGESTED]
    if not sites:
        st.html(f'<p class="t-note">{html.escape(words("source.no_sites"))}</p>')
        return
    rows = "".join(
        f"<li>{link(site, words)} <span class='t-soft'>{html.escape(words.n('posts', count))}</span></li>" for site, count in sites
    )
    st.html(parts.heading(words("source.most"), words("source.most_note")) + f'<ul class="t-list">{rows}</ul>')


def _verdict(dossier: Mapping[str, Any], words: Words) -> str:
    verdict = VERDICTS.get(dossier["verdict"], "little")
    said = {"closer": words("source.closer"), "usual": words("source.usual"), "little": words("source.little")}[verdict]
    reasons = "".join(f"<p>{safe.escaped(_sentence(reason, words), 900)}</p>" for reason in dossier["because"])
    kind = {"closer": "", "usual": " t-fits", "little": " t-not"}[verdict]
    return f'<div class="t-why{kind}" role="status"><b>{safe.escaped(dossier["subject"], 120)} · {html.escape(said)}</b>{reasons}</div>'


def _fact(screen: Screen, fact: Mapping[str, Any], number: int) -> None:
    """One fact: what is known, how it was tested, how else it may come about, and its posts."""
    words = screen.words
    tested = words.probability("q", fact["q_value"]) if fact["q_value"] is not None else ""
    count = f"n = {words.number(fact['n'])}" if fact["n"] else ""
    notes = " · ".join(note for note in (count, tested) if note)
    innocent = words("source.innocent", text=translated(fact["innocent"], words)) if fact["innocent"] else ""
    lines = "".join(f'<div class="t-note">{safe.escaped(line, 600)}</div>' for line in (notes, innocent) if line)
    name = _capital(translated(fact["name"], words))
    said, groups = safe.escaped(_sentence(fact["value"], words), 900), _groups(screen, fact["value"])
    st.html(f'<section class="t-fact"><b>{safe.escaped(name, 120)}</b><div>{said}</div>{lines}{groups}</section>')
    if not fact["evidence"]:
        return
    with st.expander(words.n("source.posts", len(fact["evidence"])), key=f"fact_{number}"):
        found = screen.reads.documents(fact["evidence"])
        cards = [parts.post(document, words, screen.people, card=True) for document in found]
        shown, folded = "".join(cards[:SHOWN]), "".join(cards[SHOWN:])
        if folded:
            more = html.escape(words.n("drawer.rest", len(cards) - SHOWN))
            shown += f'<details class="t-more"><summary>{more}</summary><div class="t-side">{folded}</div></details>'
        gone = "" if found else f'<p class="t-note">{html.escape(words("drawer.gone"))}</p>'
        st.html(f'<div class="t-side">{shown}</div>{gone}')


def _groups(screen: Screen, value: str) -> str:
    """Links to the groups that a sentence names."""
    clusters = screen.reads.clusters()
    called, named = names(clusters, screen.words), set(re.findall(r"[\w-]+", value))
    links = []
    for cluster in clusters:
        if cluster.id in named:
            target = html.escape("coordination?" + urlencode({"cluster": cluster.id, "lang": screen.words.code}), quote=True)
            label = safe.escaped(screen.words("source.group", name=called[cluster.id]), 90)
            links.append(f'<a class="t-link" target="_self" href="{target}">{label}</a>')
    return f'<div class="t-note">{" · ".join(links)}</div>' if links else ""


def _sentence(text: str, words: Words) -> str:
    """A sentence of the dossier in the reader's language, its times in the reader's zone."""
    said = _STAMP.sub(lambda at: words.moment(datetime.fromisoformat(at.group())), translated(text, words))
    return _capital(said)


def _capital(text: str) -> str:
    """With a capital letter, but for names of sites and accounts, which are written as they are."""
    return text[:1].upper() + text[1:] if text.split(" ")[0].replace("’", "").isalpha() else text
