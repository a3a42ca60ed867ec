"""A query kept as a monitor file, switched off until it was tried."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from index.reading.queries import ANY_GROUP
from tocsin.app.monitors.files import FOLDER, NAME, RULES, parse_monitor, read_all
from tocsin.app.monitors.monitored import narrowed
from tocsin.core.errors import ConfigError
from tocsin.core.files import write_atomically
from tocsin.core.messages import Message
from tocsin.core.text import clean, fold
from tocsin.core.workspace import Workspace

READY = tuple(
    kind for kind, keys in RULES.items() if all(default is not None for default, _ in keys.values())
)
"""Rules that need nothing but their defaults."""
MAX_NAME = 60


def save_monitor(
    workspace: Workspace,
    query: str,
    *,
    name: str = "",
    title: str = "",
    languages: Sequence[str] = (),
    platforms: Sequence[str] = (),
    rules: Sequence[str] = ("volume",),
    without_flagged: bool = False,
) -> dict[str, Any]:
    """Write ``monitors/NAME.toml``; nothing is switched on.

    Args:
        name: without it, made of the title, else of the query.
        rules: kinds of `READY`, with their defaults.
        without_flagged: leave out the posts of accounts that count as coordinated, as they are
            known whenever the monitor is asked.

    Returns:
        ``{"monitor", "path", "query", "rules", "file"}``.

    Raises:
        ConfigError: a monitor has that name, or a value cannot be taken.
    """
    named = name.strip() or monitor_name(title or query)
    if not NAME.fullmatch(named):
        raise ConfigError(
            Message("monitor.error.name", {"name": named, "near": monitor_name(named)})
        )
    asked = query.strip()
    if without_flagged:
        asked = narrowed(asked, f"-cluster:{ANY_GROUP}")
    text = _written(named, asked, title.strip(), languages, platforms, rules)
    path = workspace.home / FOLDER / f"{named}.toml"
    monitor = parse_monitor(text, str(path), named)
    known, _ = read_all(workspace)
    if path.exists() or any(one.name == named for one in known):
        raise ConfigError(Message("monitor.error.exists", {"name": named, "path": str(path)}))
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as made:
        made.write_text(text, encoding="utf-8")
    return {
        "monitor": monitor.name,
        "path": str(path),
        "query": monitor.query,
        "rules": [rule.kind for rule in monitor.rules],
        "file": text,
    }


def monitor_name(text: str) -> str:
    """A name for a monitor of this title or query: small letters, digits and dashes."""
    name = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:MAX_NAME].strip("-")
    return name or "monitor"


def _written(
    name: str,
    query: str,
    title: str,
    languages: Sequence[str],
    platforms: Sequence[str],
    rules: Sequence[str],
) -> str:
    values: Mapping[str, Any] = {
        "name": name,
        "title": title,
        "query": query,
        "languages": list(languages),
        "platforms": list(platforms),
    }
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value or key == "query"]
    for rule in rules:
        lines += ["", "[[rules]]", f"kind = {_toml(rule)}"]
    return "\n".join(lines) + "\n"


def _toml(value: str | list[str]) -> str:
    """A text or a list of texts: a string of JSON is one of TOML, but for DEL."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(clean(value), ensure_ascii=False).replace("\x7f", "\\u007f")
