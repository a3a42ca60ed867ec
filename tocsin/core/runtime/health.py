"""Checks of the ground floor: Python, the tree, the workspace, disk and clock."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tocsin.core.workspace import Workspace

ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")
MIN_FREE = 2_000_000_000


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """One row a check: name, ok, detail, advice (empty where all is well)."""
    return [_python(), _tree(), _home(workspace), _disk(workspace), _clock()]


def row(name: str, ok: bool, detail: str, advice: str) -> dict[str, Any]:
    """A row of a check: the advice is shown only where it failed."""
    return {"name": name, "ok": ok, "detail": detail, "advice": "" if ok else advice}


def _python() -> dict[str, Any]:
    return row(
        "python",
        sys.version_info >= (3, 11),
        sys.version.split()[0],
        "install Python 3.11 or newer",
    )


def _tree() -> dict[str, Any]:
    """The five rooms are top-level packages with plain names: another `graph` on the path would be taken for ours."""
    here = Path(__file__).resolve().parents[3]
    for name in ROOMS:
        spec = importlib.util.find_spec(name)
        where = Path(spec.origin).resolve() if spec and spec.origin else None
        if where is None or where.parent.parent != here:
            return row(
                "packages",
                False,
                f"`import {name}` finds {where or 'nothing'}",
                f"install Tocsin in an environment of its own; expected {here / name}",
            )
    return row("packages", True, str(here), "")


def _home(workspace: Workspace) -> dict[str, Any]:
    probe = workspace.folder("runs") / ".probe"
    try:
        probe.write_text("", encoding="ascii")
        probe.unlink()
    except OSError as error:
        return row(
            "workspace",
            False,
            f"{workspace.home}: {error.strerror}",
            "give yourself the right to write there, or choose another --home",
        )
    return row("workspace", True, str(workspace.home.resolve()), "")


def _disk(workspace: Workspace) -> dict[str, Any]:
    free = shutil.disk_usage(workspace.home).free
    return row(
        "disk",
        free > MIN_FREE,
        f"{free / 1e9:.1f} GB free",
        "free at least 2 GB: an index needs about 2 KB a post and 1.5 KB more with vectors",
    )


def _clock() -> dict[str, Any]:
    year = time.gmtime().tm_year
    return row(
        "clock",
        2025 <= year <= 2100,
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "set the clock: it decides what is new",
    )
