"""Answers of other rooms' commands, kept until posts, findings, marks or settings change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.base import ViewContext
from index.base import Index
from tocsin.core.runtime.answers import answer
from tocsin.core.workspace import Workspace


def ask_cached(context: ViewContext, command: str, subject: str = "") -> Mapping[str, Any]:
    """The document of a command; accounts and posts stand under their ids.

    Raises:
        TocsinError: as the command does.
    """
    queries = context.queries
    # read again: settings may change while the dashboard runs
    workspace = Workspace(queries.workspace.home)
    marks = repr(sorted((key, mark.get("mark")) for key, mark in queries.marks().items()))
    settings = workspace.settings.graph.model_dump_json()
    return _answer(queries.stamp, command, subject, marks, settings, workspace, queries.index)


@st.cache_resource(max_entries=16, show_spinner=False)
def _answer(
    stamp: str,  # noqa: ARG001
    command: str,
    subject: str,
    marks: str,  # noqa: ARG001
    settings: str,  # noqa: ARG001
    _workspace: Workspace,
    _index: Index,
) -> Mapping[str, Any]:
    return answer(command, _workspace, _index, subject)
