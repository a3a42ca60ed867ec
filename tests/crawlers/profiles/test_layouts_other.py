"""Whole files of other platforms and of suites: every row says what it said."""

from __future__ import annotations

import pytest

from tests.crawlers.profiles.conftest import Exports
from tests.e2e.planted_layouts import make_world, wrong_rows
from tests.e2e.planted_other import LAYOUTS


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_is_filled(name: str, exports: Exports) -> None:
    layout = LAYOUTS[name]
    made = exports.read(layout.file, layout.write(make_world(layout.kind)))
    assert made.format == layout.format
    assert wrong_rows(layout, made.rows)[:10] == []
    assert not made.rejected
