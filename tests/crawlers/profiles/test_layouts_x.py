"""Every row of whole files, as tools for X and research write them, is filled: see
`tests.e2e.planted_layouts`. A broken row costs itself alone.
"""

from __future__ import annotations

import pytest

from tests.crawlers.profiles.conftest import Exports
from tests.e2e import planted_fourcat, planted_research, planted_x
from tests.e2e.planted_layouts import make_world, wrong_rows

LAYOUTS = {**planted_x.LAYOUTS, **planted_research.LAYOUTS, **planted_fourcat.LAYOUTS}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_is_filled(name: str, exports: Exports) -> None:
    layout = LAYOUTS[name]
    content = layout.write(make_world(layout.kind))
    assert isinstance(content, str)
    broken = "1,2,3\n" if layout.file.endswith("csv") else '{"id": "5", "user": {\n'
    made = exports.read(layout.file, content + broken)
    assert made.format == layout.format
    assert wrong_rows(layout, made.rows)[:10] == []
    assert len(made.rejected) == 1
