"""Posts beyond the words of a query, and the judge: is it about this, yes or no?"""

from __future__ import annotations

import html
import json
import shlex
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.explore.request import SearchRequest
from dashboard.components.frame import Frame
from dashboard.components.sentences import alert_paragraph, clause_as_sentence
from tocsin.core.errors import TocsinError
from tocsin.core.findings import rfc3339_or_none
from tocsin.core.messages import Message
from tocsin.core.runtime.answers import answer

SHOWN = 10
YES, NO = "yes", "no"


def draw_beyond(context: ViewContext, request: SearchRequest, frame: Frame) -> None:
    """What means the same in other words, and ten posts whose judgement would tell most."""
    words = context.words
    st.html(markup.section_heading(words("asking.beyond"), words("asking.beyond_note")))
    if not request.text.strip():
        st.html(markup.soft_paragraph(words("asking.beyond_empty")))
        return
    asked = (request.text, frame.query, request.window, context.queries.stamp,
             context.queries.people.enabled)  # fmt: skip
    held = st.session_state.get("beyond")
    if held is None or held[0] != asked:
        if not st.button(words("asking.look"), icon=":material/travel_explore:", key="look_beyond"):
            return
        held = asked, _ask(context, request, frame.query, {})
        st.session_state["beyond"] = held
    document = held[1]
    if isinstance(document, (str, Message)):
        st.html(alert_paragraph(document, words))
        _command(context, request, frame.query, None)
        return
    _told(context, document)
    _judge(context, request, frame, document, asked)
    _posts(context, document)
    _command(context, request, frame.query, str(document["file"]))


def _ask(
    context: ViewContext, request: SearchRequest, within: str, judgements: Mapping[str, bool]
) -> Mapping[str, Any] | Message | str:
    """The answer, or the sentence that says why there is none."""
    subject = json.dumps(
        {
            "query": request.text,
            "within": within,
            "since": rfc3339_or_none(request.window.since),
            "until": rfc3339_or_none(request.window.until),
            "judgements": judgements,
        }
    )
    try:
        with st.spinner(context.words("asking.looking")):
            return answer("discover", context.workspace, context.queries.index, subject)
    except TocsinError as error:
        return error.located


def _told(context: ViewContext, document: Mapping[str, Any]) -> None:
    words, estimate = context.words, document["estimate"]
    title = Message("discovery.nothing")
    if document["promise"] is not None:
        title = Message("discovery.title", {"n": estimate["posts"]})
    said = sanitize.escaped_line(words.say(title), 400)
    st.html(f'<p role="status"><b>{said}</b></p>')
    if document["promise"] is not None:
        st.html(markup.soft_paragraph(clause_as_sentence(document["promise"], words)))
    for warning in document["warnings"]:
        if warning.code != "discovery.unjudged":  # which options to give: here are buttons
            st.html(markup.soft_paragraph(clause_as_sentence(warning, words)))


def _judge(
    context: ViewContext,
    request: SearchRequest,
    frame: Frame,
    document: Mapping[str, Any],
    asked: Any,
) -> None:
    """Ten posts, each with yes and no; all answers are kept together."""
    words = context.words
    posts = context.queries.documents(document["to_judge"])
    if not posts:
        return
    st.html(markup.section_heading(words("asking.judge"), words("asking.judge_note")))
    with st.form("judge", border=True):
        for post in posts:
            card, choice = st.columns([4, 1], vertical_alignment="center")
            card.html(markup.post_card(post, words, context.account_names, compact=True))
            choice.segmented_control(
                words("asking.relevant"),
                (YES, NO),
                key=f"judge_{post.id}",
                format_func=lambda name: words(f"answer.{name}"),
                label_visibility="collapsed",
            )
        kept = st.form_submit_button(words("asking.keep"), icon=":material/gavel:")
    if not kept:
        return
    said = {post.id: st.session_state.get(f"judge_{post.id}") for post in posts}
    judgements = {name: chosen == YES for name, chosen in said.items() if chosen}
    if judgements:
        st.session_state["beyond"] = asked, _ask(context, request, frame.query, judgements)
        st.rerun()


def _posts(context: ViewContext, document: Mapping[str, Any]) -> None:
    """The likeliest posts beyond the words."""
    words = context.words
    found = dict(zip(document["documents"][:SHOWN], document["posts"], strict=False))
    cards = []
    for post in context.queries.documents(tuple(found)):
        chance = words.percent(found[post.id]["expected_precision"])
        note = f"<span>{html.escape(words('asking.chance', share=chance))}</span>"
        cards.append(markup.post_card(post, words, context.account_names, compact=True, note=note))
    if cards:
        st.html(markup.section_heading(words("asking.likeliest")))
        st.html(markup.post_grid(cards, len(cards), len(cards), words))


def _command(context: ViewContext, request: SearchRequest, within: str, file: str | None) -> None:
    """The command that goes on with the same judgements."""
    parts = ["tocsin", "--home", str(context.workspace.home), "discover", request.text]
    if within:
        parts.append(f"--within={within}")
    window = request.window
    for name, moment in (("--since", window.since), ("--until", window.until)):
        if moment is not None:
            parts += [name, str(rfc3339_or_none(moment))]
    if file is not None:
        parts += ["--judged", file, "--to-judge", file]
    st.html(f'<p class="t-note">{html.escape(context.words("asking.same_command"))}</p>')
    st.code(shlex.join(parts), language="sh", wrap_lines=True)
