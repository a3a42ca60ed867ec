"""A reader's word on a story or alert: useful, noise, not now; and the precision of those judged.

Votes are the marks that ``tocsin signals mark`` keeps; a story and its alert of a replay are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.stories.snoozes import snooze, snoozed
from tocsin.core.calibration.votes import SUBJECT, VOTES, measured_votes, said

SNOOZE = timedelta(days=1)
_ICONS = {"useful": ":material/thumb_up:", "noise": ":material/thumb_down:"}


def draw_votes(context: ViewContext, subject: str, place: str) -> None:
    """The buttons of one story or alert, which can be put off for a day, too; a second click
    takes a vote back.

    Args:
        subject: of the mark: `subject_of` a signal, `alert_subject` an alert.
        place: names the widgets; unique on the page.
    """
    words, queries = context.words, context.queries
    held = queries.marks().get(subject, {}).get("mark")
    row = st.container(horizontal=True, gap="small", key=f"votes_{place}")
    for vote in VOTES:
        if row.button(
            words(f"vote.{vote}"),
            key=f"vote_{vote}_{place}",
            icon=_ICONS[vote],
            type="primary" if held == vote else "secondary",
            help=words("vote.tip"),
        ):
            queries.mark(subject, None if held == vote else vote, "")  # type: ignore[arg-type]
            st.rerun()
    draw_snooze(context, subject, place, row)


def draw_snooze(context: ViewContext, subject: str, place: str, row: Any = st) -> None:
    """The button that puts a story, an alert or a peak off for a day.

    Args:
        row: where it is drawn.
    """
    if row.button(
        context.words("vote.snooze"),
        key=f"snooze_{place}",
        icon=":material/snooze:",
        type="tertiary",
    ):
        snooze(context.workspace, subject, datetime.now(UTC) + SNOOZE)
        st.rerun()


def alert_subject(alert: int) -> str:
    """The subject of the votes on an alert of a monitor, by its number."""
    return f"{SUBJECT}monitor-{alert}"


def filter_snoozed(context: ViewContext, subjects: Iterable[str]) -> list[str]:
    """Those of these stories and alerts that are put off, by the subjects of their votes."""
    until = snoozed(context.workspace)
    return [subject for subject in subjects if subject in until]


def draw_snoozed(
    context: ViewContext, subjects: Sequence[str], sentence: str = "vote.snoozed"
) -> None:
    """How many stories, alerts or peaks are put off, and the button that brings them back."""
    if not subjects:
        return
    words = context.words
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="snoozed")
    row.caption(words.n(sentence, len(subjects)))
    if row.button(words("vote.bring_back"), key="bring_back", type="tertiary"):
        for subject in subjects:
            snooze(context.workspace, subject, None)
        st.rerun()


def draw_precision(context: ViewContext) -> None:
    """How many of those judged were useful, with the interval; nothing where nobody judged."""
    for sentence in said(measured_votes(context.queries.marks())):
        st.html(markup.soft_paragraph(context.words.say(sentence)))
