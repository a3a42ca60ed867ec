"""Ten accounts that act together are found in the layouts of other platforms and of suites."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planted_layouts import assert_found
from tests.e2e.planted_other import LAYOUTS


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_ten_are_one_group(name: str, tmp_path: Path) -> None:
    assert_found(LAYOUTS[name], tmp_path)
