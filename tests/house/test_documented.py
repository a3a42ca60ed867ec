"""The documentation is held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import click
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


def _options(command: click.Command) -> set[str]:
    """The long options of a command and of its subcommands."""
    found = {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    }
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            part = command.get_command(click.Context(command), name)
            assert part is not None
            found |= _options(part)
    return found


def test_every_option_is_on_the_page_and_none_that_is_gone(root: Path) -> None:
    """`--keep-open`, `--no-keep`, `--edges`... were in the help of their commands alone."""
    page = (root / "docs" / "command_line.md").read_text(encoding="utf-8")
    everywhere = _options(cli)
    for name in COMMANDS:
        command = resolve(COMMANDS[name][0])
        # where one is written of: its rows, and what stands below the table
        told = "".join(line for line in page.splitlines() if f"`{name}" in line or line[:1] != "|")
        missing = {one for one in _options(command) if not re.search(rf"{one}(?![\w-])", told)}
        assert not missing, f"docs/command_line.md lacks {missing} of {name}"
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) - {"--help"}
    assert said <= everywhere, f"docs/command_line.md has {said - everywhere}, which are gone"


def test_help_lists_every_command() -> None:
    assert list(cli.list_commands(None)) == list(COMMANDS)  # type: ignore[arg-type]


def test_every_link_between_pages_leads_somewhere(root: Path) -> None:
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
