"""What the rules of other tools would say of these posts, beside the published groups."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.cluster import cluster_names
from dashboard.components.expert import account_list
from dashboard.components.expert.cached_answers import ask_cached
from dashboard.components.sentences import say
from dashboard.components.signal_words import SignalWords
from tocsin.core.calibration.stated import false_accounts
from tocsin.core.language.words import Words, capitalise
from tocsin.core.messages import Message

WINDOWS = (1, 10, 60, 600, 3600)
FIGURES = ("both", "adds", "loses")
_COLUMNS = ("rule", "accounts", "both", "adds", "loses")


def draw(
    context: ViewContext, signals: SignalWords, measured: Mapping[str, Any] | None = None
) -> None:
    """A table of rules, and the accounts behind each figure.

    Args:
        measured: the false accounts among ours, as `measured_false_accounts` gives them.

    Raises:
        ConfigError: posts have changed since the analysis.
    """
    words = context.words
    st.html(markup.section_heading(words("rules.heading"), words("rules.note")))
    window = st.segmented_control(
        words("rules.within"),
        WINDOWS,
        default=60,
        key="rules_window",
        required=True,
        format_func=words.duration,
        help=words("rules.within_tip"),
    )
    with st.spinner(words("rules.working")):
        document = ask_cached(context, "rules", str(window))
    ours = document["ours"]
    said = words(
        "rules.ours",
        accounts=words.n("accounts", ours["accounts"]),
        expected=words.say(false_accounts(ours["expected_false_accounts"], measured)).replace(
            "`", ""
        ),
    )
    st.html(f'<p class="t-note">{html.escape(said)}</p>')
    rules = {rule["rule"]: rule for rule in document["rules"] if "failed" not in rule}
    st.html(_table(rules, words))
    for rule in document["rules"]:
        if "failed" in rule:
            failed = {"rule": _name(rule["rule"], words), "why": rule["failed"]}
            st.html(markup.soft_paragraph(say(Message("rules.failed", failed), words)))
    if rules:
        _figure(context, rules, signals)
    st.html(_sources(document["rules"], words))


def _name(rule: str, words: Words) -> str:
    return words.known("rules.name", rule)


def _table(rules: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    heads = [capitalise(words(f"rules.column.{name}")) for name in _COLUMNS]
    rows = "".join(
        markup.table_row(
            [
                (html.escape(_name(name, words)), ""),
                (words.number(rule["accounts"]), "t-r"),
                *((words.number(rule[figure]["accounts"]), "t-r") for figure in FIGURES),
            ],
            heads,
        )
        for name, rule in rules.items()
    )
    return markup.table(heads, rows, right=(1, 2, 3, 4))


def _figure(
    context: ViewContext, rules: Mapping[str, Mapping[str, Any]], signals: SignalWords
) -> None:
    """The accounts of one figure: of a rule, those that both find, that it adds, that it loses."""
    words = context.words
    if st.session_state.get("rules_rule") not in rules:
        st.session_state["rules_rule"] = next(iter(rules))
    chosen = st.selectbox(
        words("rules.open"), list(rules), key="rules_rule", format_func=lambda r: _name(r, words)
    )
    rule = rules[chosen]
    figure = st.segmented_control(
        words("rules.figure"),
        FIGURES,
        default="adds",
        key="rules_figure",
        required=True,
        format_func=lambda name: words(
            f"rules.figure_{name}", n=words.number(rule[name]["accounts"])
        ),
        label_visibility="collapsed",
    )
    if figure == "adds" and rule["adds"]["why"]:
        reasons = [
            Message(f"rules.why.{reason}", {"n": number})
            for reason, number in rule["adds"]["why"].items()
        ]
        said = Message("rules.adds", {"rule": _name(chosen, words), "reasons": reasons})
        st.html(f'<p class="t-note">{sanitize.escaped_line(say(said, words), 900)}</p>')
    found = [*context.queries.clusters(), *context.queries.structures()]
    names = cluster_names(found, words)
    account_list.draw(context, rule[figure], signals, names, f"rules_{chosen}_{figure}")


def _sources(rules: Sequence[Mapping[str, Any]], words: Words) -> str:
    tools: dict[str, tuple[str, Any]] = {}
    for rule in rules:
        tools.setdefault(rule["tool"], (rule["source"], rule["defaults"]["time_window"]))
    said = (
        words("rules.cited", source=source, span=words.duration(own))
        for source, own in tools.values()
    )
    lines = "".join(f"<li>{sanitize.escaped_line(line, 400)}</li>" for line in said)
    return markup.details(words("rules.sources"), f'<ul class="t-note">{lines}</ul>')
