"""Tables of pages that are no figures are taken away as files that spreadsheets open."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from dashboard.components.figures import tables
from tests.dashboard.pages import Visit
from tests.dashboard.test_people import influence, publish
from tests.dashboard.world import World

PAGES = {"narratives": "narratives", "people": "people", "trends": "shares", "monitors": "monitors"}
MONITOR = 'title = "=1+1"\nquery = "barrage OR dam"\n[[rules]]\nkind = "volume"\n'


@pytest.mark.parametrize(("page", "name"), PAGES.items())
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_table_is_taken_away(
    visit: Visit, own_world: World, monkeypatch: pytest.MonkeyPatch, page: str, name: str, lang: str
) -> None:
    (own_world.home / "monitors").mkdir()
    (own_world.home / "monitors" / "dam.toml").write_text(MONITOR, encoding="utf-8")
    account = own_world.campaign[0]
    publish(own_world.home, [influence(account, "all", 30.4, ("x:1",))])
    offered: dict[str, tuple[Any, Any]] = {}

    def keep(context: Any, table: Any) -> None:
        offered[table.name] = (context, table)

    monkeypatch.setattr(tables, "buttons", keep)
    shown = visit(own_world.home, page, lang=lang, period="all")
    assert not shown.exception
    context, table = offered[name]
    assert len(set(table.columns)) == len(table.columns)
    assert table.rows
    text = tables.as_csv(context, table).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if lang == "fr" else ","))
    assert rows[0] == list(table.columns)
    assert len(rows) == len(table.rows) + 1
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    if lang == "fr" and name in ("people", "shares"):
        assert any("," in cell and cell.replace(",", "").isdigit() for cell in rows[1])
    book = openpyxl.load_workbook(io.BytesIO(tables.as_xlsx(context, table)))
    cells = list(book[name].iter_rows(values_only=True))
    assert cells[0] == tuple(table.columns)
    assert len(cells) == len(table.rows) + 1
    assert all(cell.data_type != "f" for row in book[name] for cell in row)
