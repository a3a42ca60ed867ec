"""The documentation is held against the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.app.cli import COMMANDS, cli
from tocsin.core import settings
from tocsin.core.plugins import resolve


def test_every_setting_is_documented(root: Path) -> None:
    page = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in settings.setting_fields() if f"`{name}`" not in page]
    assert not missing, (
        f"docs/settings.md lacks {missing}; `python -m tocsin.app.settings_page` writes it"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_has_help_and_is_documented(root: Path, name: str) -> None:
    command = resolve(COMMANDS[name][0])
    assert command.help or command.get_short_help_str()
    page = (root / "docs" / "command_line.md").read_text(encoding="utf-8")
    assert f"`{name}" in page, f"docs/command_line.md lacks {name}"
    undocumented = [
        p.name
        for p in command.params
        if p.param_type_name == "option" and getattr(p, "help", "") is None
    ]
    assert not undocumented, f"options of {name} without help: {undocumented}"


def test_help_lists_every_command() -> None:
    assert list(cli.list_commands(None)) == list(COMMANDS)  # type: ignore[arg-type]


def test_every_link_between_pages_leads_somewhere(root: Path) -> None:
    import re

    broken = []
    for page in [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]:
        for target in re.findall(
            r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")
        ):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(root)}: {target}")
    assert not broken, broken


def test_no_page_has_a_section_twice(root: Path) -> None:
    """Two branches that each rewrote a page were once put together into both halves of it."""
    for page in (*root.glob("*.md"), *root.glob("docs/**/*.md")):
        heads = [line for line in page.read_text("utf-8").split("\n") if line.startswith("## ")]
        twice = sorted({head for head in heads if heads.count(head) > 1})
        assert not twice, (page.name, twice)
