"""The buttons of one narrative: rename, pin, bin, merge, split; what was done, and undo."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components.sentences import clause_as_sentence
from dashboard.queries import forget_state
from index.base import EditAction
from index.narratives.editor import Editor, EditResult
from index.narratives.edits import MAX_NAME, MAX_QUERY
from tocsin.core.errors import TocsinError
from tocsin.core.findings import Edited, Narrative

MAX_CHOICES = 300
MAX_LABEL = 90
_SAID = "narrative_edit_said"
"""Entry of the session: what became of the last act, and whether it could be done."""


def draw_edits(context: ViewContext, narrative: Narrative) -> None:
    """What analysts did to a narrative, and the buttons to do more."""
    words = context.words
    _say_last()
    for number, edit in enumerate(narrative.edits):
        _draw_edit(context, narrative, edit, number)
    with st.expander(words("narratives.edit.title"), icon=":material/edit:"):
        st.caption(words("narratives.edit.lead"))
        _rename(context, narrative)
        _switches(context, narrative)
        _merge(context, narrative)
        _split(context, narrative)


def _say_last() -> None:
    said, ok = st.session_state.pop(_SAID, ("", True))
    if said:
        show = st.success if ok else st.error
        show(sanitize.markdown_label(said, 400))


def _draw_edit(context: ViewContext, narrative: Narrative, edit: Edited, number: int) -> None:
    """What was done, by whom and when, and the button that takes it back."""
    words = context.words
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    said = words(
        f"narratives.edit.did.{edit.action}",
        by=edit.by,
        when=words.moment(edit.at),
        said=edit.said or _headline_of(context, edit.other),
    )
    row.caption(sanitize.markdown_label(said, 400))
    row.button(
        words("narratives.edit.undo"),
        key=f"undo_{edit.action}_{number}",
        icon=":material/undo:",
        type="tertiary",
        on_click=_undo,
        args=(context, narrative, edit),
    )


def _headline_of(context: ViewContext, name: str) -> str:
    """What a narrative by this id says, or said before it became part of another; else the id."""
    queries = context.queries
    known = (*queries.narratives(), *queries.grouped_narratives())
    return next((one.headline(context.words.code) for one in known if one.id == name), name)


def _rename(context: ViewContext, narrative: Narrative) -> None:
    words = context.words
    with st.form(key=f"rename_{narrative.id}", border=False):
        st.text_input(
            words("narratives.edit.name"),
            value=narrative.name,
            key="edit_name",
            max_chars=MAX_NAME,
            help=words("narratives.edit.help.rename"),
        )
        st.form_submit_button(
            words("narratives.edit.rename"),
            on_click=_act,
            args=(context, lambda editor: editor.rename(narrative.id, _typed("edit_name"))),
        )


def _switches(context: ViewContext, narrative: Narrative) -> None:
    words = context.words
    row = st.container(horizontal=True, gap="small")
    if not narrative.pinned:
        row.button(
            words("narratives.edit.pin"),
            key="edit_pin",
            icon=":material/keep:",
            help=words("narratives.edit.help.pin"),
            on_click=_act,
            args=(context, lambda editor: editor.pin(narrative.id)),
        )
    if not narrative.binned:
        row.button(
            words("narratives.edit.bin"),
            key="edit_bin",
            icon=":material/delete:",
            help=words("narratives.edit.help.bin"),
            on_click=_act,
            args=(context, lambda editor: editor.bin(narrative.id)),
        )


def _merge(context: ViewContext, narrative: Narrative) -> None:
    words = context.words
    others = {
        one.id: sanitize.single_line(one.headline(words.code), MAX_LABEL)
        for one in context.queries.narratives()[:MAX_CHOICES]
        if one.id != narrative.id
    }
    if not others:
        return
    with st.form(key=f"merge_{narrative.id}", border=False):
        st.multiselect(
            words("narratives.edit.others"),
            list(others),
            key="edit_others",
            format_func=lambda key: others.get(key, key),
            placeholder=words("narratives.edit.choose"),
            help=words("narratives.edit.help.merge"),
        )
        st.form_submit_button(
            words("narratives.edit.merge"),
            on_click=_act,
            args=(
                context,
                lambda editor: editor.merge(
                    [narrative.id, *st.session_state.get("edit_others", ())]
                ),
            ),
        )


def _split(context: ViewContext, narrative: Narrative) -> None:
    words = context.words
    with st.form(key=f"split_{narrative.id}", border=False):
        st.text_input(
            words("narratives.edit.query"),
            key="edit_query",
            max_chars=MAX_QUERY,
            help=words("narratives.edit.help.split"),
        )
        st.text_input(words("narratives.edit.new_name"), key="edit_new_name", max_chars=MAX_NAME)
        st.form_submit_button(
            words("narratives.edit.split"),
            on_click=_act,
            args=(
                context,
                lambda editor: editor.split(
                    narrative.id, query=_typed("edit_query"), name=_typed("edit_new_name")
                ),
            ),
        )


def _typed(key: str) -> str:
    return str(st.session_state.get(key) or "")


def _undo(context: ViewContext, narrative: Narrative, edit: Edited) -> None:
    action: EditAction = edit.action  # type: ignore[assignment]
    _act(context, lambda editor: editor.reset(narrative.id, action, edit.at), "reset")


def _act(context: ViewContext, act: Callable[[Editor], EditResult], action: str = "") -> None:
    """Do it, and keep what is to be said of it for the drawing that follows."""
    words, queries = context.words, context.queries
    try:
        acted = act(Editor(queries.index, queries.people))
    except TocsinError as error:
        st.session_state[_SAID] = (clause_as_sentence(error.message, words), False)
        return
    forget_state()
    done = action or next((e.action for one in acted.narratives for e in one.edits[-1:]), "reset")
    st.session_state[_SAID] = (words(f"narrative.edit.done.{done}"), True)
    st.session_state["id"] = acted.narratives[0].id if acted.narratives else ""
