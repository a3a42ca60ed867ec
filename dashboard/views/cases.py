"""Cases: evidence pinned with what it said then, notes, a checklist, techniques, and its export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.cases import case_markup, case_requests
from dashboard.components.downloads import MEDIA_TYPES
from dashboard.components.sentences import alert_paragraph
from dashboard.url_state import QueryParameter
from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message

PARAMETERS = {"case": QueryParameter()}
FORMATS = ("html", "pdf", "docx", "xlsx", "zip", "stix")
"""Of an export."""
CHECKLISTS = ("campaign", "source", "none")
MAX_PINS = 50


class CasesView:
    """The page of cases. See `dashboard.base.View`."""

    name = "cases"
    title = Message("case_page.title")
    icon = ":material/keep:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("case_page.lead")))
        url_state.load(self.name, PARAMETERS)
        held = case_requests.cases(context)
        for why in held["wrong"]:
            st.html(alert_paragraph(why, words))
        chosen = st.session_state.get("case") or ""
        if chosen and chosen not in {one["id"] for one in held["cases"]}:
            st.html(
                alert_paragraph(
                    Message("case_page.none_such", {"id": sanitize.single_line(chosen, 40)}), words
                )
            )
            chosen = ""
        if chosen:
            _case(context, case_requests.case(context, chosen))
        else:
            _list(context, held["cases"])
        url_state.store(self.name, PARAMETERS)


def _do(context: ViewContext, do: str, **values: Any) -> None:
    """Do something with a case, and draw the page anew; what is wrong is said."""
    try:
        case_requests.act(context, do, **values)
    except TocsinError as error:
        st.html(alert_paragraph(error.located, context.words))
        return
    st.rerun()


# -- all cases


def _list(context: ViewContext, cases: list[Mapping[str, Any]]) -> None:
    words = context.words
    if cases:
        st.html(case_markup.list_table(cases, words))
    else:
        command = f'tocsin --home {context.workspace.home} case new "…"'
        title, text = words("case_page.empty"), words("case_page.empty_text")
        st.html(markup.empty_state(title, text, [command]))
    st.html(markup.section_heading(words("case_page.new")))
    with st.form("new_case"):
        title = st.text_input(words("case_page.name"), max_chars=200, key="new_title")
        question = st.text_area(
            words("case_page.question"), max_chars=2_000, height=80, key="new_question"
        )
        checklist = st.selectbox(
            words("case_page.checklist"),
            CHECKLISTS,
            format_func=lambda name: words(f"case_page.checklists.{name}"),
            key="new_checklist",
        )
        begun = st.form_submit_button(words("case_page.begin"), icon=":material/add:")
    if begun:
        try:
            made = case_requests.act(
                context, "new", title=title, question=question, checklist=checklist
            )
        except TocsinError as error:
            st.html(alert_paragraph(error.located, words))
            return
        st.query_params["case"] = made["id"]
        st.rerun()


# -- one case


def _case(context: ViewContext, case: Mapping[str, Any]) -> None:
    words = context.words
    is_open = case["status"] == "open"
    st.html(markup.page_link("cases", f"← {words('case_page.all')}", words, case=""))
    state = markup.badge(words(f"case.state.{case['status']}"), "plain" if is_open else "cleared")
    title = sanitize.escaped_line(case["title"], 200)
    st.html(
        f'<h2 class="t-h">{case["id"]} · {title} {state}</h2>'
        f'<p class="t-lead">{sanitize.escaped_line(case["question"], 2_000)}</p>'
    )
    if not case["history_unbroken"]:
        st.html(alert_paragraph(Message("case.history_broken"), words))
    _tools(context, case)
    st.html(markup.section_heading(words("case.title.pins"), words("case_page.pins_note")))
    pins = case["pins"]
    if pins:
        markup.draw_parts(case_markup.pin_card(pin, words) for pin in pins[:MAX_PINS])
        if len(pins) > MAX_PINS:
            st.html(markup.soft_paragraph(words.n("case_page.more_pins", len(pins) - MAX_PINS)))
        if is_open:
            _edit_pin(context, case)
    else:
        st.html(markup.soft_paragraph(words("case_page.no_pins")))
    if is_open:
        _pin_by_name(context, case)
    _checklist(context, case, is_open=is_open)
    _notes(context, case, is_open=is_open)
    st.html(markup.section_heading(words("case.title.history"), words("case_page.history_note")))
    st.html(markup.details(
        words.n("case_page.events", len(case["history"])), case_markup.history_table(case, words)
    ))  # fmt: skip
    with st.expander(words("case_page.remove"), key="remove_case"):
        st.html(markup.soft_paragraph(words("case_page.remove_note")))
        sure = st.checkbox(words("case_page.sure"), key="sure_to_remove")
        if st.button(words("case_page.remove_now"), key="remove_now", disabled=not sure):
            case_requests.act(context, "remove", case=case["id"])
            del st.query_params["case"]
            st.session_state["case"] = None
            st.rerun()


def _tools(context: ViewContext, case: Mapping[str, Any]) -> None:
    """Who acts; the export; open and close."""
    words = context.words
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    row.text_input(
        words("case_page.by"),
        key=case_requests.BY,
        max_chars=60,
        width=220,
        help=words("case_page.by_tip"),
    )
    kind = row.selectbox(
        words("case_page.format"), FORMATS, key="case_format", width=200,
        format_func=lambda name: words(f"case_page.formats.{name}"),
    )  # fmt: skip
    made = (case["id"], kind, words.code, len(case["history"]))
    if row.button(words("case_page.export"), icon=":material/description:", key="export_case"):
        try:
            with st.spinner(words("case_page.making")):
                file = case_requests.act(context, "export", case=case["id"], format=kind)
        except TocsinError as error:
            st.html(alert_paragraph(error.located, words))
            return
        made = (*made[:3], made[3] + 1)  # that it was exported is an event, too
        st.session_state["case_file"] = made, file["name"], file["data"]
    do, label = ("close", "case_page.close") if case["status"] == "open" else (
        "reopen", "case_page.reopen"
    )  # fmt: skip
    if row.button(words(label), key="close_case"):
        _do(context, do, case=case["id"])
    held = st.session_state.get("case_file")
    if held is not None and held[0] == made:
        st.download_button(
            words("case_page.download", name=held[1]), held[2], held[1], MEDIA_TYPES[kind],
            icon=":material/download:", key="download_case",
        )  # fmt: skip


def _edit_pin(context: ViewContext, case: Mapping[str, Any]) -> None:
    """The note and techniques of one pin, and taking it out."""
    words = context.words
    pins = {pin["id"]: pin for pin in case["pins"]}
    with st.expander(words("case_page.edit_pin"), key="edit_pin", icon=":material/edit:"):
        name = st.selectbox(
            words("case.part.pin"), list(pins), key=f"pin_of_{case['id']}",
            format_func=lambda one: sanitize.markdown_label(
                f"{one} · {pins[one]['label']}" if one in pins else one, 80
            ),
        )  # fmt: skip
        pin = pins[name] if name in pins else next(iter(pins.values()))
        at = {"case": case["id"], "pin": pin["id"]}
        key = f"{case['id']}_{pin['id']}"
        with st.form(f"note_{key}"):
            text = st.text_area(
                words("case_page.pin_note"), value=pin["note"], max_chars=10_000, key=f"text_{key}"
            )
            if st.form_submit_button(words("case_page.save")):
                _do(context, "note_on_pin", text=text, **at)
        with st.form(f"technique_{key}"):
            known = {one["id"]: one["name"] for one in case["techniques"]}
            chosen = st.selectbox(
                words("case_page.technique"), list(known), key=f"which_{key}",
                format_func=lambda one: f"{one} {known.get(one, '')}",
                help=words("case_file.framework"),
            )  # fmt: skip
            reason = st.text_input(words("case_page.reason"), max_chars=2_000, key=f"reason_{key}")
            if st.form_submit_button(words("case_page.attach")):
                _do(context, "technique", technique=chosen, reason=reason, **at)
        for one in pin["techniques"]:
            said = sanitize.markdown_label(f"{one['id']} {one['name']}: {one['reason']}", 160)
            if st.button(f"✕ {said}", key=f"detach_{key}_{one['id']}", type="tertiary"):
                _do(context, "remove_technique", technique=one["id"], **at)
        if st.button(words("case_page.unpin"), key=f"unpin_{key}", icon=":material/delete:"):
            _do(context, "unpin", **at)


def _pin_by_name(context: ViewContext, case: Mapping[str, Any]) -> None:
    words = context.words
    with st.form("pin_by_name", border=False):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        thing = row.text_input(
            words("case_page.thing"), key="pin_thing", max_chars=2_000,
            help=words("case_page.thing_tip"),
        )  # fmt: skip
        if row.form_submit_button(words("case_page.pin"), icon=":material/keep:"):
            _do(context, "pin", case=case["id"], thing=thing)


def _checklist(context: ViewContext, case: Mapping[str, Any], *, is_open: bool) -> None:
    words = context.words
    st.html(markup.section_heading(words("case_file.head.checklist")))
    steps = {step["id"]: step for step in case["checklist"]}
    for step in steps.values():
        key = f"step_{case['id']}_{step['id']}_{step['done']}"
        tip = None
        if step["done"]:
            tip = sanitize.markdown_label(f"{step['by']}, {words.moment(step['at'])}", 120)
        label = sanitize.markdown_label(step["text"], 400)
        done = st.checkbox(label, value=step["done"], key=key, disabled=not is_open, help=tip)
        if done != step["done"]:
            _do(context, "check", case=case["id"], step=step["id"], done=done)
    if not steps:
        st.html(markup.soft_paragraph(words("case_page.no_steps")))
    if not is_open:
        return
    with st.expander(words("case_page.edit_steps"), key="edit_steps", icon=":material/edit:"):
        with st.form("add_step", clear_on_submit=True):
            text = st.text_input(words("case_page.step"), max_chars=400, key="step_text")
            if st.form_submit_button(words("case_page.add_step")):
                _do(context, "add_step", case=case["id"], text=text)
        if steps:
            name = st.selectbox(
                words("case_page.step_out"), list(steps), key="step_out",
                format_func=lambda one: sanitize.markdown_label(
                    steps[one]["text"] if one in steps else one, 100
                ),
            )  # fmt: skip
            if st.button(words("case_page.remove_step"), key="remove_step"):
                _do(context, "remove_step", case=case["id"], step=name)


def _notes(context: ViewContext, case: Mapping[str, Any], *, is_open: bool) -> None:
    words = context.words
    st.html(markup.section_heading(words("case_file.head.notes")))
    if case["notes"]:
        st.html(case_markup.notes_list(case["notes"], words))
    elif not is_open:
        st.html(markup.soft_paragraph(words("case_page.no_notes")))
    if is_open:
        with st.form("new_note", clear_on_submit=True):
            text = st.text_area(words("case_page.note"), max_chars=10_000, key="note_text")
            if st.form_submit_button(words("case_page.write")):
                _do(context, "note", case=case["id"], text=text)
