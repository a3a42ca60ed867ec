"""Everything on the map as a table, page by page: for keyboards, screen readers and files."""

from __future__ import annotations

import html
import io
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.frame import Frame
from dashboard.components.network.conversation import Conversation
from index.exports.tables import Dialect, Row, Table, write_csv_rows, write_workbook
from index.exports.workbook import workbook_facts

PAGE_SIZE = 25
ORDERS = ("received", "given", "posts", "neighbours", "community")
ACCOUNTS = (
    "account", "name", "platform", "community", "flagged_group", "posts", "received", "given",
    "neighbours", "x", "y",
)  # fmt: skip
CONNECTIONS = ("source", "target", "weight", "by")
COMMUNITIES = ("community", "accounts", "posts", "flagged", "central", "narrative")


def draw_table(context: ViewContext, asked: Frame, conversation: Conversation) -> None:
    """Draw a page of the accounts on the map, in an order that the reader chooses."""
    words = context.words
    st.html(markup.section_heading(words("conversation.table"), words("conversation.table_note")))
    order = st.selectbox(
        words("conversation.order"),
        ORDERS,
        key="network_order",
        width=280,
        format_func=lambda name: _head(name, conversation, context),
    )
    ranked = _ranked(conversation, order)
    pages = -(-len(ranked) // PAGE_SIZE)
    place = min(max(int(st.session_state.get("network_page", 1)), 1), pages)
    shown = ranked[(place - 1) * PAGE_SIZE : place * PAGE_SIZE]
    columns: tuple[str, ...] = ("account", "community", "received", "given", "neighbours", "posts")
    if not conversation.document["directed"]:
        columns = tuple(name for name in columns if name != "given")
    heads = [_head(name, conversation, context) for name in columns]
    rows = "".join(_row(context, asked, conversation, node, columns, heads) for node in shown)
    st.html(markup.table(heads, rows, right=range(2, len(columns))))
    if pages > 1:
        _pager(context, place, pages)


def _ranked(conversation: Conversation, order: str) -> list[dict[str, Any]]:
    if order == "community":
        return sorted(
            conversation.nodes,
            key=lambda node: (node["community"] or 10**9, -node["received"], node["id"]),
        )
    return sorted(conversation.nodes, key=lambda node: (-node[order], node["id"]))


def _head(name: str, conversation: Conversation, context: ViewContext) -> str:
    kind = conversation.document["by"]
    code = f"conversation.column.{name}"
    return context.words(f"{code}.{kind}" if name in ("received", "given") else code)


def _row(
    context: ViewContext,
    asked: Frame,
    conversation: Conversation,
    node: Mapping[str, Any],
    columns: tuple[str, ...],
    heads: list[str],
) -> str:
    words, names = context.words, context.account_names
    account = sanitize.escaped_line(conversation.names[node["id"]], 60)
    posts = words.number(0)
    if node["posts"]:
        key = names.lookup_key(node["id"])
        account = markup.page_link("source", conversation.names[node["id"]], words, subject=key)
        query = names.query_text(node["id"])
        posts = markup.page_link(
            "explore", words.number(node["posts"]), words, q=query, **asked.address
        )
    if node["flagged"]:
        account += f" {markup.badge(words('status.flagged'), 'flagged')}"
    cells = {
        "account": account,
        "community": words.number(node["community"]) if node["community"] else "–",
        "posts": posts,
    } | {name: words.decimal(node[name]) for name in ("received", "given", "neighbours")}
    texts = ("account", "community")
    return markup.table_row(
        [(cells[name], "" if name in texts else "t-r") for name in columns], heads
    )


def _pager(context: ViewContext, place: int, pages: int) -> None:
    words = context.words
    bar = st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="center", gap="medium"
    )
    bar.button(
        words("explore.previous"),
        key="network_previous",
        disabled=place == 1,
        on_click=_turn,
        args=(place - 1,),
        icon=":material/chevron_left:",
    )
    said = words("explore.page", n=words.number(place), of=words.number(pages))
    bar.html(f'<span class="t-soft">{html.escape(said)}</span>', width="content")
    bar.button(
        words("explore.next"),
        key="network_next",
        disabled=place >= pages,
        on_click=_turn,
        args=(place + 1,),
        icon=":material/chevron_right:",
        icon_position="right",
    )


def _turn(place: int) -> None:
    st.session_state["network_page"] = place


# -- files


def accounts_csv(context: ViewContext, conversation: Conversation) -> bytes:
    """The accounts on the map as the spreadsheets of the reader's language read CSV."""
    return _csv(context, _accounts(conversation))


def connections_csv(context: ViewContext, conversation: Conversation) -> bytes:
    """The connections on the map."""
    return _csv(context, _connections(conversation))


def as_xlsx(context: ViewContext, conversation: Conversation) -> bytes:
    """A workbook: accounts, connections, communities, and a sheet on whether names are real."""
    out = io.BytesIO()
    facts = workbook_facts(context.queries.index, context.queries.people, context.words)
    tables = [
        _accounts(conversation),
        _connections(conversation),
        _communities(context, conversation),
    ]
    write_workbook(out, tables, facts)
    return out.getvalue()


def _csv(context: ViewContext, table: Table) -> bytes:
    out = io.StringIO(newline="")
    write_csv_rows(out, table.columns, table.rows, Dialect.of(context.words.code))
    return out.getvalue().encode("utf-8", "replace")


def _accounts(conversation: Conversation) -> Table:
    rows: list[Row] = [
        {
            "account": conversation.keys[node["id"]],
            "name": conversation.names[node["id"]],
            "flagged_group": node["flagged"],
        }
        | {name: node[name] for name in ACCOUNTS if name in node}
        for node in conversation.nodes
    ]
    return Table("accounts", ACCOUNTS, rows)


def _connections(conversation: Conversation) -> Table:
    rows: list[Row] = [
        {
            "source": conversation.keys[edge["source"]],
            "target": conversation.keys[edge["target"]],
            "weight": edge["weight"],
            "by": conversation.document["by"],
        }
        for edge in conversation.document["edges"]
    ]
    return Table("connections", CONNECTIONS, rows)


def _communities(context: ViewContext, conversation: Conversation) -> Table:
    headlines = {n.id: n.headline(context.words.code) for n in context.queries.narratives()}
    rows: list[Row] = [
        {
            "community": one["id"],
            "central": ", ".join(conversation.keys[account] for account in one["central"]),
            "narrative": headlines.get(one["narrative"]["id"]) if one["narrative"] else None,
        }
        | {name: one[name] for name in ("accounts", "posts", "flagged")}
        for one in conversation.communities
    ]
    return Table("communities", COMMUNITIES, rows)
