"""The choice of a case at the top of a page, after a click on "pin"; and what was pinned."""

from __future__ import annotations

import html

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.cases import case_requests
from dashboard.components.sentences import alert_paragraph
from dashboard.pin_links import PARAMETER, asked_thing
from tocsin.core.errors import TocsinError

MAX_CASES = 8
MAX_TITLE = 60
_DONE = "case_pinned"


def draw_pinning(context: ViewContext) -> None:
    """What was just pinned, or the choice of a case where the address names a thing to pin."""
    words = context.words
    if done := st.session_state.pop(_DONE, None):
        link = markup.page_link("cases", words("case_pin.open"), words, case=done["case"])
        text = words("case_pin.done", title=done["title"], case=done["case"], pin=done["pin"])
        said = sanitize.escaped_line(text, 300)
        st.html(f'<div class="t-why" role="status"><p>{said} {link}</p></div>')
    thing = asked_thing()
    if not thing:
        return
    kind = words.known("case.kind", thing.partition(":")[0])
    with st.container(border=True, key="pinning"):
        st.html(
            f'<p role="status"><b>{html.escape(words("case_pin.title", kind=kind))}</b></p>'
            f'<p class="t-note">{html.escape(words("case_pin.note"))}</p>'
        )
        held = [one for one in case_requests.cases(context)["cases"] if one["status"] == "open"]
        row = st.container(horizontal=True, gap="small")
        for one in sorted(held, key=lambda one: one["changed_at"], reverse=True)[:MAX_CASES]:
            label = sanitize.markdown_label(f"{one['id']} · {one['title']}", MAX_TITLE)
            if row.button(label, key=f"pin_to_{one['id']}", icon=":material/keep:"):
                _pin(context, thing, case=one["id"])
        with st.form("pin_to_new", border=False):
            form = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
            title = form.text_input(words("case_pin.new"), max_chars=200, key="pin_new_title")
            if form.form_submit_button(words("case_pin.begin"), icon=":material/add:"):
                _pin(context, thing, title=title or words("case_pin.untitled"))
        if st.button(words("case_pin.cancel"), key="pin_cancel", type="tertiary"):
            del st.query_params[PARAMETER]
            st.rerun()


def _pin(context: ViewContext, thing: str, **values: str) -> None:
    try:
        with st.spinner(context.words("case_pin.working")):
            done = case_requests.act(context, "pin", thing=thing, **values)
    except TocsinError as error:
        st.html(alert_paragraph(error.located, context.words))
        return
    st.session_state[_DONE] = dict(done)
    del st.query_params[PARAMETER]
    st.rerun()
