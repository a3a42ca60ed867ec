"""The network of a conversation as the page shows it: asked once, accounts by their names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st

from dashboard.base import ViewContext
from dashboard.components.account_names import quote_value
from dashboard.components.frame import Frame
from dashboard.queries import WorkspaceQueries
from tocsin.core.documents import LinkKind
from tocsin.core.findings import Cluster, Finding, Structure, rfc3339
from tocsin.core.runtime.answers import answer
from tocsin.core.workspace import Workspace

KINDS = (
    LinkKind.REPOST.value,
    LinkKind.MENTION.value,
    LinkKind.REPLY.value,
    LinkKind.QUOTE.value,
    "coordination",
)
"""In the order in which they are tried where nobody chose one."""
SIZES = ("received", "posts", "neighbours")
COLOURS = ("community", "flagged")
_LISTS = {"languages": "lang", "platforms": "platform"}


@dataclass(frozen=True)
class Conversation:
    """A network (``tocsin network``) and how its accounts are called.

    Attributes:
        document: as the command answers, accounts under their ids.
        names: author id -> display name, one line, not escaped.
        keys: author id -> what finds the account again; under pseudonyms its pseudonym.
        subject: what was asked, as the room of graphs takes it.
    """

    document: Mapping[str, Any]
    names: Mapping[str, str]
    keys: Mapping[str, str]
    subject: str

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The accounts on the map, by id."""
        nodes: list[dict[str, Any]] = self.document["nodes"]
        return nodes

    @property
    def communities(self) -> list[dict[str, Any]]:
        """The communities, the largest first."""
        communities: list[dict[str, Any]] = self.document["communities"]
        return communities

    @cached_property
    def by_key(self) -> Mapping[str, Mapping[str, Any]]:
        """Key -> the account."""
        return {self.keys[node["id"]]: node for node in self.nodes}

    @cached_property
    def neighbours(self) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """Account -> its neighbours on the map, with what it gave them and received of them."""
        near: dict[str, dict[str, tuple[float, float]]] = {node["id"]: {} for node in self.nodes}
        for edge in self.document["edges"]:
            a, b, weight = edge["source"], edge["target"], edge["weight"]
            gave, got = near[a].get(b, (0.0, 0.0))
            near[a][b] = (gave + weight, got)
            gave, got = near[b].get(a, (0.0, 0.0))
            near[b][a] = (gave, got + weight)
        return near

    def central(self, community: Mapping[str, Any]) -> str:
        """Those by whom a community is called: the accounts that are taken up most in it."""
        return ", ".join(self.names[account] for account in community["central"])


def ask_network(context: ViewContext, asked: Frame, by: str, query: str) -> Conversation:
    """The network of the posts that a frame lets through.

    Raises:
        TocsinError: the query is none, or names nobody that is known.
    """
    queries = context.queries
    subject = json.dumps(
        {
            "by": by,
            "query": _with_lists(query, asked.address),
            "since": rfc3339(asked.window.since) if asked.window.since else None,
            "until": rfc3339(asked.window.until) if asked.window.until else None,
            "without_coordinated": asked.leaves_out_flagged,
        },
        sort_keys=True,
    )
    marks = repr(sorted((key, mark.get("mark")) for key, mark in queries.marks().items()))
    hidden = context.account_names.pseudonymised
    return _conversation(
        queries.stamp,
        subject,
        marks,
        hidden,
        context,
        queries.workspace,
    )


def gexf_of(context: ViewContext, conversation: Conversation) -> bytes:
    """The map as a file for Gephi."""
    subject = json.dumps(json.loads(conversation.subject) | {"gexf": True})
    workspace = Workspace(context.workspace.home)  # whether accounts hide may have changed
    data: bytes = answer("network", workspace, context.queries.index, subject)["data"]
    return data


class _AsRead:
    """The index, but for groups: those are here already, and are not built anew for each question.

    Of groups a map asks for ids alone, and those are not masked.
    """

    def __init__(self, queries: WorkspaceQueries) -> None:
        self._index = queries.index
        self._groups = {
            Cluster.kind: queries.published(Cluster.kind),
            Structure.kind: queries.published(Structure.kind),
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def findings(self, kind: str, **limits: Any) -> Sequence[Finding]:
        """As `index.base.Index.findings`."""
        if kind in self._groups and not limits:
            return self._groups[kind]
        return self._index.findings(kind, **limits)


@st.cache_resource(max_entries=8, show_spinner=False)
def _conversation(
    stamp: str,  # noqa: ARG001
    subject: str,
    marks: str,  # noqa: ARG001
    hidden: bool,  # noqa: ARG001
    _context: ViewContext,
    _workspace: Workspace,
) -> Conversation:
    document = answer("network", _workspace, _AsRead(_context.queries), subject)
    names = _context.account_names
    return Conversation(
        document,
        {node["id"]: names.display_name(node["id"], node["handle"]) for node in document["nodes"]},
        {node["id"]: names.lookup_key(node["id"]) for node in document["nodes"]},
        subject,
    )


def _with_lists(query: str, address: Mapping[str, str]) -> str:
    """A query with the languages and platforms of a frame, as text."""
    parts = [f"({query.strip()})"] if query.strip() else []
    for name, field in _LISTS.items():
        values = [value for value in address.get(name, "").split(",") if value]
        if values:
            parts.append("(" + " OR ".join(f"{field}:{quote_value(v)}" for v in values) + ")")
    return " ".join(parts)
