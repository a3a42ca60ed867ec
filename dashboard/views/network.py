"""Network: the whole conversation as a map of who takes up whom, and the same as a table."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import frame, markup
from dashboard.components.downloads import MEDIA_TYPES
from dashboard.components.figures import tables
from dashboard.components.frame import Frame
from dashboard.components.network import canvas, communities, picture, table
from dashboard.components.network.appearance import Appearance
from dashboard.components.network.conversation import (
    COLOURS,
    KINDS,
    SIZES,
    Conversation,
    ask_network,
    gexf_of,
)
from dashboard.components.network.panel import draw_panel
from dashboard.components.sentences import alert_paragraph, clause_as_sentence
from dashboard.components.theme import LIGHT
from dashboard.url_state import QueryParameter
from index.query import QueryError
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

PARAMETERS = {
    "by": QueryParameter("", ("", *KINDS)),
    "q": QueryParameter(),
    "colour": QueryParameter("community", COLOURS),
    "size": QueryParameter("received", SIZES),
    "account": QueryParameter(),
}
MAX_QUERY = 2_000
FEW = 3
"""Accounts below which there is no map to draw."""


class NetworkView:
    """The page of the map. See `dashboard.base.View`."""

    name = "network"
    title = Message("conversation.title")
    icon = ":material/graph_3:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, stats = context.words, context.queries.state.stats
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("conversation.lead")))
        if not stats.documents:
            st.html(markup.empty_state(words("empty.title"), words("conversation.empty")))
            return
        st.session_state[canvas.CLICKED] = None  # the whole page is drawn: the map is, too
        followed = url_state.is_followed(self.name, PARAMETERS)
        url_state.load(self.name, PARAMETERS)
        text = st.text_input(
            words("conversation.query"),
            key="q",
            placeholder=words("explore.placeholder"),
            max_chars=MAX_QUERY,
        )
        asked = frame.ask(context, self.name, followed=followed)
        try:
            with st.spinner(words("conversation.drawing")):
                found = _ask(context, asked, text or "")
        except (QueryError, ConfigError) as error:
            url_state.store(self.name, PARAMETERS)
            st.html(alert_paragraph(error.message or str(error), words))
            return
        st.segmented_control(
            words("conversation.by"),
            KINDS,
            key="by",
            required=True,
            format_func=lambda name: words(f"conversation.kinds.{name}"),
            label_visibility="collapsed",
        )
        url_state.store(self.name, PARAMETERS)
        for caveat in found.document["caveats"]:
            st.html(markup.soft_paragraph(clause_as_sentence(caveat, words)))
        if len(found.nodes) < FEW:
            _too_few(context, found)
            return
        _map(context, asked, found)
        _list(context, asked, found)


def _ask(context: ViewContext, asked: Frame, text: str) -> Conversation:
    """The network of the kind that was chosen; where none was, of the first that there is.

    The choice stands in the control and in the address from then on.
    """
    chosen = st.session_state.get("by")
    if chosen:
        return ask_network(context, asked, chosen, text)
    for kind in KINDS:
        found = ask_network(context, asked, kind, text)
        if len(found.nodes) >= FEW:
            st.session_state["by"] = kind
            return found
    st.session_state["by"] = KINDS[0]
    return ask_network(context, asked, KINDS[0], text)


def _too_few(context: ViewContext, found: Conversation) -> None:
    """Why there is no map, and what might help."""
    words, document = context.words, found.document
    analysed = context.queries.analysed("cluster")
    if document["by"] == "coordination" and not analysed:
        command = f"tocsin --home {context.workspace.home} analyse"
        text = words("conversation.not_analysed")
        st.html(markup.empty_state(words("conversation.nobody.coordination"), text, [command]))
        return
    text = words("conversation.nobody_text")
    if document["unresolved"]:
        text = f"{words.n('conversation.unresolved', document['unresolved'])} {text}"
    st.html(markup.empty_state(words(f"conversation.nobody.{document['by']}"), text))


def _look(found: Conversation) -> Appearance:
    """Sizes and colours as the session says."""
    size = PARAMETERS["size"].validated(st.session_state.get("size"))
    colour = PARAMETERS["colour"].validated(st.session_state.get("colour"))
    return Appearance(found, size, colour)


@st.fragment
def _map(context: ViewContext, asked: Frame, found: Conversation) -> None:
    """The sentence, the map, and the account that is selected; a click draws no more than this."""
    words = context.words
    sentence = communities.lead_sentence(context, _look(found))
    st.html(f'<p class="t-lead">{sanitize.escaped_line(sentence, 600)}</p>')
    for note in _notes(context, found):
        st.html(f'<p class="t-note">{html.escape(note)}</p>')
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with bar:
        _search(context, found)
        for name, options in (("colour", COLOURS), ("size", SIZES)):
            st.selectbox(
                words(f"conversation.{name}"),
                options,
                key=name,
                width=220,
                format_func=partial(_option, context, found, name),
            )
        _files(context, found)
    appearance, account = _look(found), str(st.session_state.get("account") or "")
    url_state.store("network", PARAMETERS)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        canvas.draw_map(appearance, words, context.palette, account)
        if appearance.colour == "flagged":
            st.html(communities.groups_key(context, appearance))
        st.html(f'<p class="t-note">{html.escape(words("conversation.reading"))}</p>')
    with right, st.container(key="network_panel"):
        draw_panel(context, asked, found, account)
    _communities(context, appearance)


def _option(context: ViewContext, found: Conversation, name: str, option: str) -> str:
    code = f"conversation.{name}s.{option}"
    if option == "received":
        code = f"conversation.column.received.{found.document['by']}"
    return context.words(code)


def _search(context: ViewContext, found: Conversation) -> None:
    """All accounts of the map, to be found by typing.

    It does not follow the selection: with another value all names would be sent again at a click.
    """
    words = context.words
    names = {found.keys[node["id"]]: found.names[node["id"]] for node in found.nodes}
    keys = sorted(names, key=lambda key: (names[key].casefold(), key))
    st.selectbox(
        words("conversation.find"),
        keys,
        key="network_find",
        index=None,
        width=280,
        placeholder=words("conversation.find_hint"),
        format_func=lambda key: names[key],
        on_change=_take_found,
    )


def _take_found() -> None:
    st.session_state["account"] = st.session_state.get("network_find") or ""
    st.session_state["network_find"] = None


def _notes(context: ViewContext, found: Conversation) -> list[str]:
    """What is not on the map, and what the period does not say."""
    words, document = context.words, found.document
    said = []
    hidden = document["hidden"]
    if hidden["accounts"]:
        said.append(
            words.n(
                "conversation.backbone",
                hidden["accounts"],
                shown=words.number(len(found.nodes)),
                connections=words.n("conversation.connections_found", hidden["connections"]),
            )
        )
    elif hidden["connections"]:
        said.append(words.n("conversation.connections_hidden", hidden["connections"]))
    if document["unresolved"]:
        said.append(words.n("conversation.unresolved", document["unresolved"]))
    if document["by_name"]:
        said.append(words.n("conversation.by_name", document["by_name"]))
    if document["by"] == "coordination":
        said.append(words("conversation.pairs_of_all_times"))
    return said


def _communities(context: ViewContext, appearance: Appearance) -> None:
    words = context.words
    st.html(
        markup.section_heading(
            words("conversation.communities"), words("conversation.communities_note")
        )
    )
    st.html(
        communities.communities_table(context, appearance)
        or markup.soft_paragraph(words("conversation.none_found"))
    )
    parameters = appearance.conversation.document["method"]["parameters"]
    alpha = parameters["alpha"]
    method = words(
        "conversation.method",
        resolution=words.decimal(parameters["resolution"]),
        seed=words.number(parameters["seed"]),
    )
    if alpha is not None:
        method = f"{words('conversation.method_backbone', alpha=words.small(alpha))} {method}"
    st.html(markup.details(words("conversation.how"), f"<p>{html.escape(method)}</p>"))


@st.fragment
def _list(context: ViewContext, asked: Frame, found: Conversation) -> None:
    table.draw_table(context, asked, found)


def _files(context: ViewContext, found: Conversation) -> None:
    """The map and its twin as files, each made when it is asked for."""
    words = context.words
    with st.popover(words("figure.files"), icon=":material/download:"):
        for name, kind, mime, write in (
            ("gexf", "gexf", "application/gexf+xml", partial(gexf_of, context, found)),
            ("png", "png", "image/png", partial(_png, context, found)),
            ("svg", "svg", "image/svg+xml", partial(_svg, context, found)),
            ("accounts", "csv", MEDIA_TYPES["csv"], partial(table.accounts_csv, context, found)),
            ("pairs", "csv", MEDIA_TYPES["csv"], partial(table.connections_csv, context, found)),
            ("xlsx", "xlsx", MEDIA_TYPES["xlsx"], partial(table.as_xlsx, context, found)),
        ):
            st.download_button(
                words(f"conversation.files.{name}"),
                data=write,
                file_name=f"tocsin-network-{name}.{kind}",
                mime=mime,
                key=f"network_{name}",
                on_click="ignore",
                type="tertiary",
            )


def _svg(context: ViewContext, found: Conversation) -> bytes:
    appearance = _look(found)
    return picture.as_svg(
        appearance,
        LIGHT,
        title=context.words.say(NetworkView.title),
        notes=[
            communities.lead_sentence(context, appearance),
            *_notes(context, found),
            tables.source_line(context),
        ],
        legend=communities.legend(context, appearance),
    )


def _png(context: ViewContext, found: Conversation) -> bytes:
    return picture.as_png(_svg(context, found))
