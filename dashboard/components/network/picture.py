"""The map as a picture that can be sent: title, key, source and date stand in it.

SVG made here from the same places, sizes and colours; PNG from it by vl-convert: no browser.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from dashboard import sanitize
from dashboard.components.network.appearance import Appearance, list_colours
from dashboard.components.network.canvas import joined_edges
from dashboard.components.theme import Palette

WIDTH, MAP = 1_000, 940
SCALE = 2
_LINE = 20
_LETTERS = 125
"""Letters of a note that fit a line."""
_LABELS = 60
"""Accounts that bear their name, where there is room: the largest."""
_NAME, _LETTER = 40, 6.3
"""Letters of a name, and pixels that one takes, about."""


def as_svg(
    appearance: Appearance,
    colours: Palette,
    *,
    title: str,
    notes: Sequence[str],
    legend: Sequence[tuple[str, int]],
) -> bytes:
    """The map. ``legend`` holds what each colour means, and its place in `list_colours`."""
    lines = [line for note in notes for line in _wrapped(note)]
    top = 60 + _LINE * len(lines)
    bottom = top + MAP + 20
    height = bottom + _LINE * len(legend) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="{colours.background}"/>',
        _text(30, 38, title, colours.ink, 20, bold=True),
        *(_text(30, 62 + _LINE * n, line, colours.soft, 13) for n, line in enumerate(lines)),
        *_drawing(appearance, colours, top),
        *(
            f'<circle cx="36" cy="{bottom + _LINE * n}" r="6" '
            f'fill="{list_colours(colours)[place]}"/>'
            + _text(50, bottom + _LINE * n + 4, label, colours.ink, 13)
            for n, (label, place) in enumerate(legend)
        ),
        "</svg>",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


def as_png(svg: bytes) -> bytes:
    """The picture as PNG."""
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg.decode(), scale=SCALE)
    return png


def _drawing(appearance: Appearance, colours: Palette, top: int) -> list[str]:
    nodes, sizes = appearance.conversation.nodes, appearance.sizes()
    half = MAP / 2 - 30
    spots = [(WIDTH / 2 + half * node["x"], top + MAP / 2 - half * node["y"]) for node in nodes]
    drawn = [f'<g stroke="{colours.slate}" stroke-opacity="0.25">']
    for a, b, weight in joined_edges(appearance):
        (ax, ay), (bx, by) = spots[a], spots[b]
        drawn.append(
            f'<line x1="{ax:.1f}" y1="{ay:.1f}" x2="{bx:.1f}" y2="{by:.1f}" '
            f'stroke-width="{0.4 + 2 * weight:.1f}"/>'
        )
    drawn.append("</g>")
    chosen = list_colours(colours)
    for node, size, (x, y) in zip(nodes, sizes, spots, strict=True):
        colour = chosen[appearance.colour_of(node)]
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{colour}"/>')
    halo = f'stroke="{colours.background}" stroke-width="3" paint-order="stroke"'
    taken: list[tuple[float, float, float]] = []
    for k in sorted(range(len(nodes)), key=lambda k: (-sizes[k], nodes[k]["id"]))[:_LABELS]:
        name = sanitize.single_line(appearance.conversation.names[nodes[k]["id"]], _NAME)
        width = _LETTER * len(name)
        x, y = spots[k][0] + sizes[k] + 3, spots[k][1] + 4
        if x + width > WIDTH - 10:
            x = spots[k][0] - sizes[k] - 3 - width
        if any(abs(y - v) < 13 and x < u + w and u < x + width for u, v, w in taken):
            continue  # it would lie over a name of an account that is taken up more
        taken.append((x, y, width))
        drawn.append(_text(x, y, name, colours.ink, 11, halo=halo))
    return drawn


def _text(
    x: float, y: float, text: str, colour: str, size: int, *, bold: bool = False, halo: str = ""
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"{weight} {halo}>'
        f"{html.escape(sanitize.single_line(text, 200))}</text>"
    )


def _wrapped(note: str) -> list[str]:
    """A note in lines that fit."""
    lines = [""]
    for word in note.split(" "):
        if len(lines[-1]) + len(word) >= _LETTERS and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip(" ")
    return lines
