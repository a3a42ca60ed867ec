"""The dial: what each allowed error would find in these posts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.expert import account_list
from dashboard.components.expert.cached_answers import ask_cached
from dashboard.components.signal_words import SignalWords
from tocsin.core.calibration.stated import false_accounts, false_accounts_at
from tocsin.core.language.words import Words, capitalise, unmarked
from tocsin.core.messages import Message

_FIGURES = ("groups", "structures", "accounts", "expected_false_accounts")


def draw(
    context: ViewContext, signals: SignalWords, measured: Mapping[str, Any] | None = None
) -> None:
    """A slider, what is found at its place, and the accounts that come and go.

    Args:
        measured: the false accounts of the setting in force, as `measured_false_accounts` gives
            them; newer than the levels may be, which are kept.

    Raises:
        ConfigError: posts have changed since the analysis.
    """
    words = context.words
    st.html(markup.section_heading(words("dial.heading"), words("dial.note")))
    with st.spinner(words("dial.working")):
        levels = ask_cached(context, "dial")["levels"]
    by_rate = {level["false_discovery_rate"]: level for level in levels}
    in_force = next(level["false_discovery_rate"] for level in levels if level["in_force"])
    if st.session_state.get("dial_rate") not in by_rate:
        st.session_state["dial_rate"] = in_force
    rate = st.select_slider(
        words("dial.slider"),
        list(by_rate),
        key="dial_rate",
        format_func=lambda value: _name(by_rate[value], words),
        help=words("dial.slider_tip"),
    )
    chosen = by_rate[rate]
    st.html(_sentence(chosen, measured if chosen["in_force"] else None, words))
    st.html(_table(levels, chosen, words))
    if not chosen["in_force"]:
        _keep(chosen, words)
        _changes(context, chosen, signals)


def _name(level: Mapping[str, Any], words: Words) -> str:
    rate = words.small(level["false_discovery_rate"])
    name = words.say(Message(f"dial.level.{level['error']}")) if level["error"] else ""
    return f"{name} · {rate}" if name else rate


def _sentence(level: Mapping[str, Any], measured: Mapping[str, Any] | None, words: Words) -> str:
    expected = level["expected_false_accounts"]
    stated = false_accounts if level["in_force"] else false_accounts_at
    said = words(
        "dial.finds",
        groups=words.n("clusters", level["groups"]),
        structures=words.n("dial.apart", level["structures"]),
        accounts=words.n("accounts", level["accounts"]),
        expected=unmarked(words.say(stated(expected, measured))),
    )
    return f'<p aria-live="polite"><b>{html.escape(said)}</b></p>'


def _table(levels: list[Mapping[str, Any]], chosen: Mapping[str, Any], words: Words) -> str:
    columns = ("level", "groups", "structures", "accounts", "expected")
    heads = [capitalise(words(f"dial.column.{name}")) for name in columns]
    rows = ""
    for level in levels:
        name = html.escape(_name(level, words))
        if level is chosen:
            name = f"<b>{name}</b>"
        if level["in_force"]:
            name += f" {markup.badge(words('dial.now'), 'plain')}"
        figures = [words.number(level[figure]) for figure in _FIGURES[:-1]]
        figures.append(words.expected(level[_FIGURES[-1]]))
        cells = [(name, ""), *((html.escape(figure), "t-r") for figure in figures)]
        rows += markup.table_row(cells, heads)
    return markup.table(heads, rows, right=(1, 2, 3, 4))


def _keep(level: Mapping[str, Any], words: Words) -> None:
    """How to keep a setting."""
    st.html(f'<p class="t-note">{html.escape(words("dial.keep"))}</p>')
    line = f"false_discovery_rate = {level['false_discovery_rate']:g}"
    if level["error"]:
        line = f'error = "{level["error"]}"'
    st.code(f"[graph]\n{line}", language=None)


def _changes(context: ViewContext, level: Mapping[str, Any], signals: SignalWords) -> None:
    """Who is flagged there and not now, and the reverse."""
    words = context.words
    shown = st.segmented_control(
        words("dial.changes"),
        ("adds", "loses"),
        default="adds" if level["adds"]["accounts"] or not level["loses"]["accounts"] else "loses",
        key=f"dial_changes_{level['false_discovery_rate']:g}".replace(".", "_"),
        required=True,
        format_func=lambda name: words(f"dial.{name}", n=words.number(level[name]["accounts"])),
    )
    key = f"dial_{shown}_{level['false_discovery_rate']:g}".replace(".", "_")
    account_list.draw(context, level[shown], signals, {}, key)
