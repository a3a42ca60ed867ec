"""What a reader of Explore asked for."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.components.frame import Frame
from index.base import Window
from index.query import Node


@dataclass(frozen=True)
class SearchRequest:
    """What the reader asked for.

    Attributes:
        text: the query as it was written.
        node: its tree, with pseudonyms resolved and, where wished, flagged accounts left out.
        asked: tree of the text alone.
        window: the time window in force.
        order: the order of the hits.
    """

    text: str
    node: Node
    asked: Node
    window: Window
    order: str

    def key(self) -> tuple[str, Node, Window, str]:
        """What tells two requests apart."""
        return self.text, self.node, self.window, self.order


def address_of(request: SearchRequest, frame: Frame, text: str) -> dict[str, str]:
    """The address of another query in the same frame and order."""
    order = {} if request.order == "newest" else {"order": request.order}
    return {**frame.address, **order, "q": text}


def ask_again(text: str) -> None:
    """Put a query into the box; for the callbacks of buttons."""
    st.session_state["q"] = text
