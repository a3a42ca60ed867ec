"""How the screens look: colours for light and dark, type, and the style sheet of our own HTML.

One accent (brick on paper, amber at night) says *look here*; slate says *the rest*. People who do
not see red or green tell the pair apart, and no meaning hangs on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Shape(NamedTuple):
    """A shape of dots: its name in Vega and its sign in a key."""

    name: str
    sign: str


SHAPES = (
    Shape("circle", "●"), Shape("square", "■"), Shape("cross", "✚"), Shape("diamond", "◆"),
    Shape("triangle-up", "▲"), Shape("triangle-down", "▼"), Shape("triangle-right", "▶"),
    Shape("triangle-left", "◀"),
)  # fmt: skip
"""A shape goes with each colour, for eyes that do not tell these apart."""


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as hex.

    Text on ``background`` has a contrast of at least 4.5 to 1.
    """

    background: str
    panel: str
    ink: str
    soft: str
    border: str
    accent: str
    slate: str
    calm: str
    cool: str
    objects: tuple[str, ...]


LIGHT = Palette(
    background="#fdfcf9", panel="#f5f2ec", ink="#1f2328", soft="#5d6168", border="#e3ded4",
    accent="#a8431d", slate="#7f8792", calm="#d9d5cc", cool="#2b6391",
    objects=(
        "#a8431d", "#2b6391", "#7a5ea8", "#1f7a6d", "#b8860b", "#8a4a6b", "#4d7c2a", "#5d6168",
    ),
)  # fmt: skip
DARK = Palette(
    background="#14171a", panel="#1d2125", ink="#e9e6df", soft="#a3a7ad", border="#32373d",
    accent="#f0a35a", slate="#8d96a1", calm="#3b4148", cool="#86b9e6",
    objects=(
        "#f0a35a", "#86b9e6", "#b9a2e3", "#6cc4b3", "#e3c65b", "#dd93b5", "#a5cf78", "#a3a7ad",
    ),
)  # fmt: skip


def palette(kind: str | None) -> Palette:
    """The palette of a Streamlit theme type: ``light`` or ``dark``."""
    return DARK if kind == "dark" else LIGHT


def options() -> dict[str, object]:
    """Streamlit's theme options for both themes.

    The browser follows the system until someone chooses.
    """
    chosen: dict[str, object] = {
        "theme.font": "sans-serif",
        "theme.headingFont": "serif",
        "theme.baseFontSize": 15,
        "theme.headingFontWeights": [600, 600, 600, 600],
        "theme.headingFontSizes": ["2.1rem", "1.4rem", "1.15rem", "1rem"],
        "theme.baseRadius": "6px",
        "theme.showWidgetBorder": True,
        "theme.showSidebarBorder": True,
    }
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        chosen |= {
            f"theme.{name}.primaryColor": colours.accent,
            f"theme.{name}.backgroundColor": colours.background,
            f"theme.{name}.secondaryBackgroundColor": colours.panel,
            f"theme.{name}.textColor": colours.ink,
            f"theme.{name}.borderColor": colours.border,
            f"theme.{name}.linkColor": colours.accent,
            f"theme.{name}.sidebar.backgroundColor": colours.panel,
            f"theme.{name}.sidebar.secondaryBackgroundColor": colours.background,
        }
    return chosen


def _pair(name: str) -> str:
    return f"light-dark({getattr(LIGHT, name)}, {getattr(DARK, name)})"


_COLOURS = ("background", "panel", "ink", "soft", "border", "accent", "slate", "calm", "cool")


@lru_cache(maxsize=1)
def css() -> str:
    """The style sheet of our own HTML.

    Streamlit sets ``color-scheme`` on the app, so ``light-dark()`` follows the theme.
    """
    variables = "".join(f"--t-{name}:{_pair(name)};" for name in _COLOURS)
    rules = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"<style>:root{{{variables}}}{rules}</style>"
