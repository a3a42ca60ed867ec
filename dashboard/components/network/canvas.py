"""The map in the browser: our own Streamlit component around sigma, and what it is given.

Its source and how it is built are in ``frontend/``; ``frontend/built`` is what runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
import streamlit.components.v1 as components

from dashboard.components.network.appearance import Appearance, list_colours
from dashboard.components.theme import Palette
from tocsin.core.language.words import Words

HEIGHT = 620
KEY = "network_map"
CLICKED, POINTED = "network_clicked", "network_pointed"
MAX_KEY = 400
NAMED = 8
"""Communities whose most central account always bears its name."""
_map = components.declare_component(
    "tocsin_map", path=str(Path(__file__).with_name("frontend") / "built")
)


def draw_map(appearance: Appearance, words: Words, colours: Palette, account: str) -> None:
    """Draw the map; a click on an account selects it: ``account`` of the session."""
    _map(
        **arguments(appearance, words, colours, point_at(account)),
        default=None,
        key=KEY,
        on_change=take_click,
    )


def take_click() -> None:
    """The account that was clicked is the one that is selected; a click beside them selects none.

    What a browser says is checked where the selection is used: only a key on the map means one.
    """
    said = st.session_state.get(KEY)
    account = said.get("account") if isinstance(said, Mapping) else None
    if isinstance(account, str) and len(account) <= MAX_KEY:
        st.session_state["account"] = st.session_state[CLICKED] = account


def point_at(account: str) -> tuple[str, int]:
    """Whom the map is told to show, and the how manieth time it is told anybody.

    An account that was clicked it shows already: it is told nothing new, so that a click sends no
    map again.
    """
    before, number = st.session_state.get(POINTED, ("", 0))
    clicked = st.session_state.get(CLICKED)
    if clicked is not None and account == clicked:
        return before, number
    if clicked is not None or account != before:
        before, number = account, number + 1
    st.session_state[CLICKED] = None
    st.session_state[POINTED] = before, number
    return before, number


def arguments(
    appearance: Appearance, words: Words, colours: Palette, pointed: tuple[str, int]
) -> dict[str, Any]:
    """What the map is given; ``frontend/src/main.js`` says what each is."""
    conversation = appearance.conversation
    named = {community["central"][0] for community in conversation.communities[:NAMED]}
    nodes = [
        [
            conversation.keys[node["id"]],
            conversation.names[node["id"]],
            node["x"],
            node["y"],
            round(size, 2),
            appearance.colour_of(node),
            node["id"] in named,
        ]
        for node, size in zip(conversation.nodes, appearance.sizes(), strict=True)
    ]
    edges = joined_edges(appearance)
    digest = hashlib.sha256(repr((conversation.subject, edges, nodes[:50], len(nodes))).encode())
    return {
        "map": digest.hexdigest()[:16],
        "nodes": nodes,
        "edges": edges,
        "colours": list_colours(colours),
        "theme": {
            "background": colours.background,
            "panel": colours.panel,
            "ink": colours.ink,
            "border": colours.border,
            "accent": colours.accent,
            "calm": colours.calm,
            "line": _mixed(colours.slate, colours.background, 0.5),
            "near": _mixed(colours.ink, colours.background, 0.6),
        },
        "words": {
            "label": words("conversation.map_label"),
            "zoom_in": words("conversation.zoom_in"),
            "zoom_out": words("conversation.zoom_out"),
            "whole": words("conversation.whole"),
            "cannot": words("conversation.cannot"),
        },
        "lang": words.code,
        "height": HEIGHT,
        "pointed": list(pointed),
    }


def joined_edges(appearance: Appearance) -> list[tuple[int, int, float]]:
    """Connections as places of two accounts and a weight of 0 to 1, whatever their direction."""
    place = {node["id"]: number for number, node in enumerate(appearance.conversation.nodes)}
    joined: dict[tuple[int, int], float] = {}
    for edge in appearance.conversation.document["edges"]:
        a, b = sorted((place[edge["source"]], place[edge["target"]]))
        joined[a, b] = joined.get((a, b), 0.0) + edge["weight"]
    most = max(joined.values(), default=1.0)
    return [(a, b, round(weight / most, 3)) for (a, b), weight in joined.items()]


def _mixed(colour: str, ground: str, share: float) -> str:
    """A colour on a ground, opaque: the canvas does not blend what shines through as screens do."""
    one, other = ([int(name[k : k + 2], 16) for k in (1, 3, 5)] for name in (colour, ground))
    pairs = zip(one, other, strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)
