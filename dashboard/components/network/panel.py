"""The account that is selected: its figures, its neighbours, and where to read more."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.cluster import cluster_names
from dashboard.components.frame import Frame
from dashboard.components.network.conversation import Conversation

NEIGHBOURS = 8


def draw_panel(
    context: ViewContext, asked: Frame, conversation: Conversation, account: str
) -> None:
    """Draw what is known of the account with this key; what to do where there is none."""
    words = context.words
    node = conversation.by_key.get(account)
    if node is None:
        said = words("conversation.gone" if account else "conversation.choose")
        st.html(markup.soft_paragraph(said))
        return
    name = sanitize.escaped_line(conversation.names[node["id"]], 60)
    st.html(
        f'<h2 class="t-h" style="margin-top:0">{name}</h2>'
        + _links(context, asked, node)
        + _figures(context, conversation, node)
        + _group(context, node)
    )
    _neighbours(context, conversation, node)


def _links(context: ViewContext, asked: Frame, node: Mapping[str, Any]) -> str:
    """Its posts in the frame, and its dossier."""
    words, names = context.words, context.account_names
    if not node["posts"]:
        return f'<p class="t-note">{html.escape(words("conversation.no_posts"))}</p>'
    posts = markup.page_link(
        "explore",
        words("conversation.its_posts", posts=words.n("posts", node["posts"])),
        words,
        q=names.query_text(node["id"]),
        **asked.address,
    )
    dossier = markup.page_link(
        "source", words("people.dossier"), words, subject=names.lookup_key(node["id"])
    )
    return f'<div class="t-facts">{posts} · {dossier}</div>'


def _figures(context: ViewContext, conversation: Conversation, node: Mapping[str, Any]) -> str:
    """How it is connected to others, over all accounts, and the community that it is in."""
    words, kind = context.words, conversation.document["by"]
    said = [words.n("conversation.connected", node["neighbours"])]
    if conversation.document["directed"]:
        said = [
            words.n(f"conversation.received.{kind}", node["received"]),
            words.n(f"conversation.given.{kind}", node["given"]),
            *said,
        ]
    community = node["community"]
    if community is None:
        said.append(words("conversation.alone"))
    else:
        found = conversation.communities[community - 1]
        said.append(
            words(
                "conversation.member",
                n=words.number(community),
                around=conversation.central(found),
            )
        )
    items = "".join(f"<li>{sanitize.escaped_line(sentence, 300)}</li>" for sentence in said)
    return f'<ul class="t-facts">{items}</ul>'


def _group(context: ViewContext, node: Mapping[str, Any]) -> str:
    """The flagged group that it belongs to; how sure that is stands behind a fold."""
    words, queries = context.words, context.queries
    groups = [*queries.clusters(), *queries.structures()]
    found = next((group for group in groups if group.id == node["flagged"]), None)
    if found is None:
        return ""
    named = cluster_names(groups, words)
    link = markup.page_link(
        "coordination",
        words("people.in_group", name=named[found.id]),
        words,
        cluster=found.subject,
    )
    sure = words(
        "cluster.sure",
        q=words.probability("q", found.q_value),
        p=words.probability("p", found.p_value),
    )
    fold = markup.details(
        words("conversation.how"),
        f"<p>{html.escape(sure)} {html.escape(words('conversation.not_a_verdict'))}</p>",
    )
    return f'<p><span class="t-tag t-flagged">{link}</span></p>{fold}'


def _neighbours(context: ViewContext, conversation: Conversation, node: Mapping[str, Any]) -> None:
    """Those on the map that it is connected to most; a click goes on to one."""
    words = context.words
    near = conversation.neighbours[node["id"]]
    ranked = sorted(near, key=lambda one: (-sum(near[one]), one))
    if not ranked:
        return
    st.html(f'<h3 class="t-soft t-facet">{html.escape(words("conversation.neighbours"))}</h3>')
    with st.container(key="facet_neighbours", gap=None):
        for number, one in enumerate(ranked[:NEIGHBOURS]):
            count = sanitize.markdown_label(words.decimal(sum(near[one])))
            st.button(
                f"{sanitize.markdown_label(conversation.names[one], 34)} :gray[{count}]",
                key=f"neighbour_{number}",
                type="tertiary",
                width="stretch",
                on_click=_select,
                args=(conversation.keys[one],),
            )
    if len(ranked) > NEIGHBOURS:
        rest = words.n("conversation.more_neighbours", len(ranked) - NEIGHBOURS)
        st.html(f'<p class="t-note">{html.escape(rest)}</p>')


def _select(key: str) -> None:
    st.session_state["account"] = key
