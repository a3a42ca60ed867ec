"""A query kept as a monitor."""

from __future__ import annotations

import json

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.explore.request import SearchRequest
from dashboard.components.frame import Frame
from dashboard.components.sentences import alert_paragraph
from tocsin.core.errors import TocsinError
from tocsin.core.runtime.answers import answer

RULES = ("volume", "new_narrative", "new_group", "crossing")
MAX_TITLE, MAX_NAME = 200, 60


def draw_saving(context: ViewContext, request: SearchRequest, frame: Frame) -> None:
    """The name and the rules of the monitor, and the button that writes its file."""
    words = context.words
    st.html(markup.section_heading(words("asking.save"), words("asking.save_note")))
    title = sanitize.single_line(request.text, MAX_TITLE) or words("explore.everything")
    with st.form("save_monitor", border=True):
        left, right = st.columns(2)
        shown = left.text_input(words("asking.save_title"), value=title, max_chars=MAX_TITLE)
        name = right.text_input(
            words("asking.save_name"),
            max_chars=MAX_NAME,
            key="monitor_name",
            placeholder=words("asking.save_name_example"),
        )
        rules = st.multiselect(
            words("asking.save_rules"),
            RULES,
            default=["volume"],
            format_func=lambda rule: words(f"monitors_page.rule.{rule}"),
        )
        wanted = st.form_submit_button(words("asking.save"), icon=":material/bookmark_add:")
    if wanted:
        _save(context, request, frame, name or "", shown or "", rules)


def _save(
    context: ViewContext,
    request: SearchRequest,
    frame: Frame,
    name: str,
    title: str,
    rules: list[str],
) -> None:
    words = context.words
    listed = {
        kind: [value for value in frame.address.get(kind, "").split(",") if value]
        for kind in ("languages", "platforms")
    }
    subject = json.dumps(
        {
            "ask": "save",
            "query": request.text,
            "name": name,
            "title": title,
            "rules": rules,
            "without_flagged": frame.leaves_out_flagged,
        }
        | listed
    )
    try:
        made = answer("monitor", context.workspace, context.queries.index, subject)
    except TocsinError as error:
        st.html(alert_paragraph(error.located, words))
        return
    said = words("monitor.saved", monitor=made["monitor"], path=made["path"])
    link = markup.page_link("monitors", words("asking.try_it"), words, monitor=str(made["monitor"]))
    st.html(f'<p role="status"><b>{sanitize.escaped_line(said, 600)}</b></p><p>{link}</p>')
