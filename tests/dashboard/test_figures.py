"""Figures: their tables, and their files with title, legend, source and date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.collection_gaps import Gap
from dashboard.components import charts
from dashboard.components.figures import Figure, Legend
from dashboard.components.figures.drawing import table_html
from dashboard.components.figures.exporting import as_png, as_svg, picture
from dashboard.components.figures.tables import as_csv, notes
from dashboard.components.theme import DARK, LIGHT
from dashboard.components.volume import VolumeRow
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.language.words import Words

START = datetime(2025, 11, 1, tzinfo=UTC)
ROWS = [VolumeRow(START + timedelta(hours=n), 4 + n, n) for n in range(12)]
WORDS = {code: Words(code) for code in ("en", "fr")}


def context(code: str) -> Any:
    """What a figure asks of a page."""
    stats = SimpleNamespace(documents=2_785, newest_at=START)
    queries = SimpleNamespace(state=SimpleNamespace(stats=stats))
    return SimpleNamespace(words=WORDS[code], queries=queries, palette=LIGHT)


def figure(code: str) -> Figure:
    words = WORDS[code]
    when, posts = words("chart.when"), words("chart.posts")
    rows = [{when: row.start, posts: row.total} for row in ROWS]
    rows[0][when] = "=1+1"  # type: ignore[assignment]
    return Figure(
        name="volume",
        title="Volume",
        build=lambda colours: charts.volume_chart(ROWS, words, colours),
        columns=(when, posts),
        rows=rows,
        alt="",
        legend=(Legend(words("chart.flagged"), "accent"), Legend(words("chart.others"), "slate")),
    )


@pytest.mark.parametrize("code", WORDS)
def test_a_picture_says_what_it_is(code: str) -> None:
    shown = figure(code)
    said = notes(context(code), shown)
    whole = picture(shown.build(LIGHT), LIGHT, title=shown.title, notes=said, legend=shown.legend)
    svg = as_svg(whole).decode()
    for expected in ("Volume", WORDS[code]("chart.flagged"), said[0], WORDS[code]("chart.posts")):
        assert expected in svg
    assert as_png(whole).startswith(b"\x89PNG")


def test_tables_have_dates_and_numbers_as_people_write_them() -> None:
    shown = table_html(figure("fr"), WORDS["fr"])
    assert "1er nov. 2025, 01:00" in shown
    assert "1761" not in shown  # milliseconds
    csv = as_csv(context("fr"), figure("fr")).decode()
    assert csv.startswith("\ufeffQuand;Messages")
    assert "'=1+1;4" in csv


@pytest.mark.parametrize("code", WORDS)
@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_charts_speak_the_language_and_show_what_was_not_collected(code: str, colours: Any) -> None:
    gaps = [Gap(ROWS[3].start, ROWS[7].start)]
    words = WORDS[code]
    drawn = charts.volume_chart(ROWS, words, colours, gaps=gaps, since=ROWS[8].start).to_dict()
    strip = next(v for v in drawn["datasets"].values() if "lost" in v[0])
    assert [part["lost"] for part in strip] == [False, True]
    assert strip[1]["state"] == words("chart.not_collected")
    fields = {
        tip["field"] for layer in drawn["layer"] for tip in layer["encoding"].get("tooltip", [])
    }
    assert fields == {"when", "n", "m", "state", "span"}, "no tooltip gives a field as it is"
    bare = [layer for layer in drawn["layer"] if "tooltip" not in layer["encoding"]]
    assert all(layer["mark"]["tooltip"] is None for layer in bare)


def test_a_page_offers_its_figures(visit: Visit, world: World) -> None:
    said = text(visit(world.home, "today", lang="fr"))
    for expected in ("Voir les chiffres", "Image (PNG)", "Image (SVG)", "Tableau (XLSX)"):
        assert expected in said


def test_the_server_draws_without_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn there is what tests check, and no layer of it is compared with the schema."""
    alt = pytest.importorskip("altair")
    gaps = [Gap(ROWS[3].start, ROWS[5].start)]
    edges = [{"x": 0.0, "y": 0.0, "x2": 1.0, "y2": 1.0, "weight": 0.5, "a": "a", "b": "b"}]
    nodes = [{"account": "a", "x": 0.0, "y": 0.0, "degree": 1.0, "posts": 2, "chosen": True}]
    words = WORDS["fr"]

    def both() -> list[Any]:
        return [
            charts.volume_chart(ROWS, words, LIGHT, gaps=gaps, brush=True, since=ROWS[2].start),
            charts.network_chart(nodes, edges, words, LIGHT),
        ]

    checked = [chart.to_dict() for chart in both()]
    drawn: list[Any] = []
    compared: list[Any] = []
    schemas = alt.utils.schemapi
    monkeypatch.setattr(
        schemas, "validate_jsonschema", lambda *one, **_: compared.append(one), raising=True
    )
    monkeypatch.setattr(schemas, "DEBUG_MODE", schemas.DEBUG_MODE)
    monkeypatch.setattr(charts._ToDraw, "checked", True)
    monkeypatch.setattr("streamlit.altair_chart", lambda one, **_: drawn.append(one.to_dict()))
    charts.skip_validation()
    for chart in both():
        charts.draw_chart(chart)
    assert drawn == checked
    assert not [one for one, *_ in compared if "encoding" in one or "layer" in one or "test" in one]
