"""Sealed studies: what is in each, when it was verified, and what differs between two."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.expert.cached_answers import ask_cached
from dashboard.components.sentences import say
from tocsin.core.language.words import Words, capitalise
from tocsin.core.messages import Message, decode_message
from tocsin.core.studies.sentences import MOVES

COLUMNS = ("name", "posts", "groups", "pairs", "sealed", "verified")
MAX_COMPARISONS = 12
MAX_ROWS = 50


def draw(context: ViewContext) -> None:
    """A section that opens: the studies, and under each what came of it."""
    words = context.words
    section = st.expander(
        words("study.screen.title"),
        key="studies_open",
        icon=":material/inventory_2:",
        on_change="rerun",
    )
    if not section.open:
        return
    with section:
        known = context.queries.people.hide(dict(ask_cached(context, "study", _state(context))))
        studies, comparisons = known["studies"], known["comparisons"]
        home = f"tocsin --home {context.workspace.home} study"
        if not studies and not comparisons:
            st.html(markup.soft_paragraph(words("study.screen.none")))
            st.code(f"{home} seal my-study\n{home} verify my-study", language=None)
            return
        st.html(markup.soft_paragraph(words("study.screen.lead")))
        if studies:
            heads = [capitalise(words(f"study.list.{name}")) for name in COLUMNS]
            rows = "".join(markup.table_row(_row(study, words), heads) for study in studies)
            st.html(markup.table(heads, rows, right=(1, 2, 3)))
        for study in studies:
            if study["verified"] and not study["verified"]["equal"]:
                title = words("study.screen.differs", name=sanitize.single_line(study["name"], 80))
                st.html(_outcome(title, study["verified"], words))
        if comparisons:
            st.html(markup.section_heading(words("study.screen.compared")))
        for compared in comparisons[:MAX_COMPARISONS]:
            a, b = (sanitize.single_line(name, 80) for name in compared["names"])
            at = words.moment(datetime.fromisoformat(compared["at"]))
            title = words("study.screen.pair", a=a, b=b, at=at)
            st.html(_outcome(title, compared, words))


def _state(context: ViewContext) -> str:
    """What changes when a study is sealed, verified, compared or removed."""
    home = context.workspace.home
    paths = [home / "studies.json", *sorted((home / "studies").glob("*.json*"))]
    return repr([(p.name, (s := p.stat()).st_mtime_ns, s.st_size) for p in paths if p.exists()])


def _row(study: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    name = f"<b>{sanitize.escaped_line(study['name'], 80)}</b>"
    checked = study["verified"]
    outcome = f'<span class="t-soft">{html.escape(words("study.list.never"))}</span>'
    if checked:
        equal = checked["equal"]
        verdict = words("study.list.equal" if equal else "study.list.differs")
        badge = markup.badge(verdict, "cleared" if equal else "flagged")
        at = words.moment(datetime.fromisoformat(checked["at"]))
        outcome = f"{badge}<br>{html.escape(at)}"
    if "failed" in study:
        why = sanitize.escaped_line(capitalise(say(decode_message(study["failed"]), words)), 300)
        return [(name, ""), *[("–", "t-r")] * 3, (why, "t-soft"), (outcome, "")]
    written = html.escape(words.moment(datetime.fromisoformat(study["written_at"])))
    if not study["whole"]:
        written += f"<br>{html.escape(words('study.screen.changed'))}"
    numbers = [(words.number(study[key]), "t-r") for key in ("posts", "groups", "pairs")]
    return [(name, ""), *numbers, (written, ""), (outcome, "")]


def _outcome(title: str, outcome: Mapping[str, Any], words: Words) -> str:
    """What a verification or comparison said, and who moved."""
    said = "".join(
        f"<li>{sanitize.escaped_line(say(sentence, words), 700)}</li>"
        for sentence in map(decode_message, outcome["said"])
        if sentence.code.removeprefix("study.") not in MOVES
    )
    return (
        f'<section class="t-fact"><b>{html.escape(title)}</b>'
        f'<ul class="t-note">{said}</ul>{_moves(outcome, words)}</section>'
    )


def _moves(outcome: Mapping[str, Any], words: Words) -> str:
    moves: Sequence[Mapping[str, Any]] = outcome["moves"]
    if not moves:
        return ""
    columns = ("kind", "account", "was", "is", "why")
    heads = [words(f"study.screen.column.{name}") for name in columns]
    rows = "".join(
        markup.table_row(
            [
                (html.escape(words(f"study.screen.{move['kind']}")), ""),
                (sanitize.escaped_line(move["account"], 80), ""),
                (sanitize.escaped_line(move["was"] or "–", 60), ""),
                (sanitize.escaped_line(move["is"] or "–", 60), ""),
                (sanitize.escaped_line(_why(move, words), 400), "t-soft"),
            ],
            heads,
        )
        for move in moves[:MAX_ROWS]
    )
    left = sum(outcome["counts"].values()) - min(len(moves), MAX_ROWS)
    more = words.say(Message("study.more", {"n": left})) if left else ""
    return markup.table(heads, rows) + (
        f'<p class="t-note">{html.escape(more)}</p>' if more else ""
    )


def _why(move: Mapping[str, Any], words: Words) -> str:
    return "; ".join(say(cause, words) for cause in map(decode_message, move["why"]))
