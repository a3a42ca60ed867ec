"""The table of docs/importing.md is what the profiles say."""

from __future__ import annotations

from pathlib import Path

from crawlers.importing.formats import PROFILES
from crawlers.importing.formats.format_table import with_table


def test_the_table_is_current(root: Path) -> None:
    page = (root / "docs" / "importing.md").read_text(encoding="utf-8")
    again = "python -m crawlers.importing.formats.format_table writes it anew"
    assert page == with_table(page), again
    assert all(f"| `{name}` |" in page for name in PROFILES)
