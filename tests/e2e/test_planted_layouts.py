"""Ten accounts that act together are found in each layout of X and of the research tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import planted_fourcat, planted_research, planted_x
from tests.e2e.planted_layouts import assert_found

LAYOUTS = {
    **planted_x.LAYOUTS,
    **planted_research.LAYOUTS,
    **planted_research.SHARES,
    **planted_fourcat.LAYOUTS,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_ten_are_one_group(name: str, tmp_path: Path) -> None:
    assert_found(LAYOUTS[name], tmp_path)


@pytest.mark.slow
def test_with_all_of_enrichment(tmp_path: Path) -> None:
    assert_found(LAYOUTS["api v2, pages"], tmp_path, whole=True)
