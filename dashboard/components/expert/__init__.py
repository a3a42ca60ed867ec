"""For experts, on the Coordination page: the dial of allowed error, and other tools' rules.

It is worked out when somebody opens it, and nothing of it is stored.
"""

from __future__ import annotations

import html

import streamlit as st

from dashboard import url_state
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.expert import dial, rules
from dashboard.components.sentences import say
from dashboard.components.signal_words import SignalWords
from dashboard.url_state import QueryParameter
from tocsin.core.calibration.record import newest
from tocsin.core.calibration.stated import measured_false_accounts
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Tested
from tocsin.core.language.words import capitalise

AT_ONCE = 60_000
"""Posts up to which it is worked out when the section opens; beyond, somebody asks for it."""
PARAMETERS = {"expert": QueryParameter("", ("", "open"))}


def draw(context: ViewContext, tested: Tested | None, signals: SignalWords) -> None:
    """A section that opens."""
    if tested is None:
        return
    words = context.words
    is_asked = url_state.load("expert", PARAMETERS)["expert"] == "open"
    section = st.expander(
        words("expert.title"),
        expanded=is_asked,
        key="expert_open",
        icon=":material/tune:",
        on_change="rerun",
    )
    st.session_state["expert"] = "open" if section.open else ""
    url_state.store("expert", PARAMETERS)
    if not section.open:
        return
    with section:
        st.html(markup.soft_paragraph(words("expert.lead")))
        posts = context.queries.state.stats.documents
        if posts > AT_ONCE and not st.session_state.get("expert_asked"):
            st.html(f'<p class="t-note">{html.escape(words.n("expert.large", posts))}</p>')
            st.button(words("expert.ask"), key="expert_ask", on_click=_ask)
            return
        try:
            measured = measured_false_accounts(newest(context.workspace), tested)
            dial.draw(context, signals, measured)
            rules.draw(context, signals, measured)
        except ConfigError as error:
            st.html(markup.soft_paragraph(capitalise(say(error.message, words))))


def _ask() -> None:
    st.session_state["expert_asked"] = True
