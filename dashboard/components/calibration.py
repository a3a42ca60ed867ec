"""What would be found in these posts, and flagged by chance: the newest calibration."""

from __future__ import annotations

import html

import streamlit as st

from dashboard.base import ViewContext
from dashboard.components import markup
from tocsin.core.calibration.record import newest
from tocsin.core.calibration.sentences import COLUMNS, is_of, rows, summary
from tocsin.core.findings import Tested
from tocsin.core.language.words import capitalise, unmarked


def draw(context: ViewContext, tested: Tested | None) -> None:
    """A section that opens: the table, the sentences; or the command that measures."""
    words, result = context.words, newest(context.workspace)
    with st.expander(words("calibration.title"), icon=":material/straighten:"):
        is_current = tested is not None and is_of(result, tested.input_sha256)
        if result is None or not is_current:
            missing = words("calibration.none" if result is None else "calibration.other_posts")
            command = f"tocsin --home {context.workspace.home} calibrate"
            st.html(markup.soft_paragraph(unmarked(missing)))
            st.code(command, language=None)
            return
        heads = [capitalise(words.say(column)) for column in COLUMNS]
        body = "".join(
            markup.table_row(
                [
                    (html.escape(words.say(cell)), "" if place == 0 else "t-r")
                    for place, cell in enumerate(row)
                ],
                heads,
            )
            for row in rows(result)
        )
        st.html(markup.table(heads, body, right=(1, 2, 3)))
        said = "".join(f"<li>{html.escape(words.say(message))}</li>" for message in summary(result))
        st.html(f'<ul class="t-note">{said}</ul>')
