"""Charts of a report as PNG, by Vega-Lite: bars, with title, legend, source and date in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tocsin.core.language.words import Words

WIDTH, HEIGHT, SCALE = 760, 240, 2
_FONT = "DejaVu Sans, Liberation Sans, Noto Sans, sans-serif"
_ALL, _FLAGGED = "#5b6b7d", "#c2410c"
_LOCALES = {
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
    "fr": {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", ""]},
}


def volume_png(
    rows: Sequence[tuple[datetime, int, int]], title: str, notes: Sequence[str], words: Words
) -> bytes:
    """Posts over time, those of flagged accounts on top of the others.

    Args:
        rows: start of each interval, all posts, posts by flagged accounts.
        notes: where the figures come from and of when they are; a line each.
    """
    values: list[dict[str, Any]] = []
    for start, number, by_flagged in rows:
        local = start.astimezone(words.zone).replace(tzinfo=UTC).isoformat()
        values += _parts({"t": local}, number, by_flagged, words)
    ticks = [rows[round(n * (len(rows) - 1) / 7)][0] for n in range(8)] if rows else []
    labels = {
        start.astimezone(words.zone).replace(tzinfo=UTC).isoformat(): words.day(start)
        for start in ticks
    }
    domain = [value["t"] for value in values[::2]]
    says = " : ".join(
        f"datum.value == {json.dumps(t)} ? {json.dumps(text)}" for t, text in labels.items()
    )
    return _png(
        {
            "width": WIDTH,
            "height": HEIGHT,
            "data": {"values": values},
            "mark": {"type": "bar"},
            "encoding": {
                "x": {
                    "field": "t", "type": "ordinal", "title": None,
                    "scale": {"domain": domain},
                    "axis": {
                        "values": list(labels), "labelAngle": 0, "labelOverlap": True,
                        "labelExpr": f"{says} : ''" if says else "''",
                    },
                },
                "y": _posts(words),
                **_by_flag(words),
            },
        },
        title,
        notes,
        words,
    )  # fmt: skip


def shares_png(
    rows: Sequence[tuple[str, int, int]], title: str, notes: Sequence[str], words: Words
) -> bytes:
    """Posts by name, those of flagged accounts apart.

    Args:
        rows: name, all posts, posts by flagged accounts.
    """
    values: list[dict[str, Any]] = []
    for name, number, by_flagged in rows:
        values += _parts({"name": name}, number, by_flagged, words)
    return _png(
        {
            "width": WIDTH - 160,
            "height": {"step": 24},
            "data": {"values": values},
            "mark": {"type": "bar"},
            "encoding": {
                "y": {
                    "field": "name", "type": "nominal", "title": None,
                    "sort": [name for name, _, _ in rows], "axis": {"labelLimit": 240},
                },
                "x": _posts(words),
                **_by_flag(words),
            },
        },
        title,
        notes,
        words,
    )  # fmt: skip


def _kinds(words: Words) -> list[str]:
    """What the two parts of a bar are called: the others, and flagged accounts."""
    return [words("report_file.chart.others"), words("report_file.chart.flagged")]


def _parts(
    of: Mapping[str, str], number: int, by_flagged: int, words: Words
) -> list[dict[str, Any]]:
    """The two parts of a bar."""
    counts = zip(_kinds(words), (number - by_flagged, by_flagged), strict=True)
    return [{**of, "n": n, "kind": kind, "order": order} for order, (kind, n) in enumerate(counts)]


def _posts(words: Words) -> dict[str, Any]:
    """The axis that counts posts."""
    return {
        "field": "n", "type": "quantitative", "stack": True,
        "title": words("report_file.chart.posts"),
        "axis": {
            "tickMinStep": 1, "format": ",d",
            # where there are one or two posts, ticks lie between whole numbers all the same
            "labelExpr": "datum.value % 1 == 0 ? datum.label : ''",
        },
    }  # fmt: skip


def _by_flag(words: Words) -> dict[str, Any]:
    """Colour and order of the two parts of a bar."""
    return {
        "color": {
            "field": "kind", "type": "nominal", "title": None,
            "scale": {"domain": _kinds(words), "range": [_ALL, _FLAGGED]},
            "legend": {"orient": "bottom", "labelLimit": 400},
        },
        "order": {"field": "order"},
    }  # fmt: skip


def _png(chart: Mapping[str, Any], title: str, notes: Sequence[str], words: Words) -> bytes:
    import vl_convert

    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        **chart,
        "title": {
            "text": title, "subtitle": list(notes), "anchor": "start", "fontSize": 16,
            "subtitleColor": "#555", "subtitlePadding": 5, "offset": 14,
        },
        "background": "white",
        "padding": 16,
        "config": {
            "font": _FONT, "view": {"stroke": None}, "locale": {"number": _LOCALES[words.code]},
        },
    }  # fmt: skip
    png: bytes = vl_convert.vegalite_to_png(whole, scale=SCALE)
    return png
