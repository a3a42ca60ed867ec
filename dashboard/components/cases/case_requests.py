"""Cases are read and changed through `tocsin.core.runtime.answers`, as commands do it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.base import ViewContext
from index.base import Index
from index.cases.store import case_files
from tocsin.core.runtime.answers import answer
from tocsin.core.workspace import Workspace

BY = "case_by"
"""Key of the session: who acts, as the reader says."""


def cases(context: ViewContext) -> Mapping[str, Any]:
    """All cases in short (``cases``), and what is wrong with files that cannot be read."""
    return _read(context, {"do": "list"})


def case(context: ViewContext, case_id: str) -> Mapping[str, Any]:
    """One case. Raises ConfigError."""
    return _read(context, {"do": "show", "case": case_id})


def act(context: ViewContext, do: str, **values: Any) -> Mapping[str, Any]:
    """Do something with a case: see `tocsin.app.cases.answers`. Raises ConfigError."""
    by = st.session_state.get(BY) or ""
    asked = {"do": do, "language": context.words.code, "by": by, **values}
    return answer("case", context.queries.workspace, context.queries.index, json.dumps(asked))


def _read(context: ViewContext, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    workspace = context.queries.workspace
    files = [(path.name, path.stat().st_mtime_ns) for path in case_files(workspace)]
    if not files and asked["do"] == "list":
        return {"cases": [], "wrong": []}
    marks = sorted(context.queries.marks().items(), key=lambda entry: entry[0])
    zone = context.words.zone_name()
    stamp = repr((files, context.queries.stamp, repr(marks), zone))
    subject = json.dumps({"language": context.words.code, **asked})
    return _answered(stamp, subject, workspace, context.queries.index)


@st.cache_resource(max_entries=32, show_spinner=False)
def _answered(
    stamp: str,  # noqa: ARG001 - changes with what is read
    subject: str,
    _workspace: Workspace,
    _index: Index,
) -> Mapping[str, Any]:
    return answer("case", _workspace, _index, subject)
