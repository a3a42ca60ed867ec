"""Objects in cells, as pandas and Python print them."""

from __future__ import annotations

from typing import Any

import pytest

from crawlers.importing.formats.x.nested_cells import parse_nested_cell, status_id


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ({"username": "zoe", "id": 12, "name": ""}, {"username": "zoe", "id": 12}),
        ('{"username": "a\\u00e9", "id": 5}', {"username": "aé", "id": 5}),
        (
            "{'_type': 'x', 'username': 'zoé', 'id': 12, 'name': \"O'Neil\", "
            "'created': datetime.datetime(2020, 1, 1), 'verified': True}",
            {"username": "zoé", "id": "12", "name": "O'Neil"},
        ),
        ("User(username='zoe', id=12)", {"username": "zoe", "id": "12"}),
        ("{'username': 'zoe', 'in': {'username': 'b', 'id': 7}}", {"username": "zoe", "id": "7"}),
        ("nan", {}),
        ("", {}),
        (None, {}),
        ("{'username", {}),
    ],
)
def test_opened(cell: Any, expected: dict[str, Any]) -> None:
    assert parse_nested_cell(cell, "username", "id", "name") == expected


def test_status_id() -> None:
    assert status_id("{'url': 'https://x.com/a/status/55', 'id': 55}") == "55"
    assert status_id("Tweet(url='https://twitter.com/a/status/56', id=56)") == "56"
    assert status_id({"id": 57}) == "57"
    assert status_id("nan") is None
    assert status_id(0) is None
