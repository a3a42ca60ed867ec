"""Charts as pictures that can be sent: title, legend, source and date stand in the picture.

Drawn by vl-convert, which brings Vega with it: no browser and no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from dashboard.components.theme import Palette

WIDTH = 900
SCALE = 2
"""Pixels of a PNG for each pixel of a chart."""
_LINE = 20
"""Pixels between two lines of a legend."""
_LETTER = 7.2
"""Pixels that a letter of a legend takes, about."""


class Legend(NamedTuple):
    """What a colour stands for.

    ``colour`` is a name of `theme.Palette`, or ``objects.N`` for one of its colours of objects;
    ``lang`` the language of the label, where it is another than the page's.
    """

    label: str
    colour: str
    lang: str = ""

    def tint(self, colours: Palette) -> str:
        """The colour in a theme, as hex."""
        name, _, place = self.colour.partition(".")
        found = getattr(colours, name)
        return str(found[int(place)] if place else found)


def picture(
    chart: Any,
    colours: Palette,
    *,
    title: str,
    notes: Sequence[str],
    legend: Sequence[Legend] = (),
) -> Any:
    """A chart with its title above and its legend and notes below, as one chart.

    Args:
        chart: as the page shows it, drawn in ``colours``.
        notes: where the figures come from and of when they are; a line each.
        legend: for charts whose own legend stands beside them on the page.
    """
    chart = chart.properties(width=WIDTH)
    chart.config = chart.usermeta = alt.Undefined  # they belong to the whole
    parts = [chart, *([_legend(legend, colours)] if legend else [])]
    whole = alt.vconcat(*parts, spacing=14).properties(
        title=alt.TitleParams(
            title,
            subtitle=list(notes),
            anchor="start",
            fontSize=17,
            color=colours.ink,
            subtitleColor=colours.soft,
            subtitlePadding=6,
            offset=20,
        ),
        background=colours.background,
        padding=20,
    )
    return whole.configure_view(stroke=None).configure_axis(
        labelColor=colours.soft, titleColor=colours.soft, gridColor=colours.border
    )


def as_png(chart: Any) -> bytes:
    """The picture as PNG."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(_bare(chart), scale=SCALE)
    return png


def as_svg(chart: Any) -> bytes:
    """The picture as SVG."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_bare(chart))
    return svg.encode()


def _bare(chart: Any) -> dict[str, Any]:
    """The specification; what configures a part belongs to the whole."""
    specification: dict[str, Any] = chart.to_dict()
    return specification


def _legend(legend: Sequence[Legend], colours: Palette) -> Any:
    """Marks and labels, in as many lines as they need."""
    records: list[dict[str, Any]] = []
    x, line = 0.0, 0
    for one in legend:
        width = 26 + _LETTER * len(one.label)
        if x and x + width > WIDTH:
            x, line = 0.0, line + 1
        records.append({"x": x, "y": line, "label": one.label, "colour": one.tint(colours)})
        x += width
    height = _LINE * (line + 1)
    base = alt.Chart(pd.DataFrame(records)).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH], nice=False)),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[line + 0.5, -0.5], nice=False)),
    )
    marks = base.mark_square(size=110, opacity=1).encode(color=alt.Color("colour:N", scale=None))
    texts = base.mark_text(align="left", dx=10, color=colours.ink).encode(text=alt.Text("label:N"))
    return alt.layer(marks, texts).properties(width=WIDTH, height=height)
