"""Posts over time as a figure: the same on every page that counts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.base import ViewContext
from dashboard.collection_gaps import Gap
from dashboard.components import charts
from dashboard.components.figures.drawing import Figure, draw
from dashboard.components.figures.exporting import Legend
from dashboard.components.volume import VolumeRow, mark_unknown


def draw_volume(
    context: ViewContext,
    name: str,
    rows: Sequence[VolumeRow],
    *,
    title: str,
    period: str = "",
    gaps: Sequence[Gap] = (),
    since: datetime | None = None,
    brush: bool = False,
    height: int = charts.HEIGHT,
    **options: Any,
) -> None:
    """Draw posts over time with their legend, table and files.

    Args:
        name: of the figure; one a page.
        since: where the window that the page speaks of begins; it is shaded.
        brush: let the reader choose an interval.
    """
    words = context.words
    any_flagged = any(row.flagged for row in rows)
    legend = [Legend(words("chart.others" if any_flagged else "chart.all"), "slate")]
    if any_flagged:
        legend.insert(0, Legend(words("chart.flagged"), "accent"))
    when, posts, flagged = words("chart.when"), words("chart.all"), words("chart.flagged")
    unknown = mark_unknown(rows, gaps)
    draw(
        context,
        Figure(
            name=name,
            title=title,
            build=lambda colours: charts.volume_chart(
                rows, words, colours, since=since, gaps=gaps, brush=brush, height=height
            ),
            columns=(when, posts, flagged),
            rows=[
                {
                    when: row.start,
                    posts: words("chart.not_collected") if lost else row.total,
                    flagged: None if lost else row.flagged,
                }
                for row, lost in zip(rows, unknown, strict=True)
            ],
            alt=words("today.volume.alt"),
            legend=legend,
            period=period,
        ),
        **options,
    )
