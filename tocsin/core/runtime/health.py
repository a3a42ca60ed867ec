"""Checks of the core: Python, the installed packages, the workspace, disk and clock."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tocsin.core.errors import system_reason
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace

ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")
MIN_FREE = 2_000_000_000


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """One row a check: name, ok, detail, advice (empty where all is well)."""
    return [_python(), _packages(), _home(workspace), _disk(workspace), _clock()]


def row(name: str, ok: bool, detail: str | Message, advice: str | Message) -> dict[str, Any]:
    """A row of a check: the advice is shown only where it failed."""
    return {"name": name, "ok": ok, "detail": detail, "advice": "" if ok else advice}


def _python() -> dict[str, Any]:
    recent_enough = sys.version_info >= (3, 11)
    version = sys.version.split()[0]
    return row("python", recent_enough, version, Message("health.install_python"))


def _packages() -> dict[str, Any]:
    """Our packages have plain names: another `graph` on the path would be taken for ours."""
    here = Path(__file__).resolve().parents[3]
    for name in ROOMS:
        spec = importlib.util.find_spec(name)
        place = Path(spec.origin).resolve() if spec and spec.origin else None
        if place is None or place.parent.parent != here:
            found = str(place) if place else Message("health.nothing")
            return row(
                "packages",
                False,
                Message("health.other_package", {"name": name, "place": found}),
                Message("health.own_environment", {"place": str(here / name)}),
            )
    return row("packages", True, str(here), "")


def _home(workspace: Workspace) -> dict[str, Any]:
    probe = workspace.folder("runs") / ".probe"
    try:
        probe.write_text("", encoding="ascii")
        probe.unlink()
    except OSError as error:
        why = system_reason(error)
        return row(
            "workspace",
            False,
            Message("health.not_writable", {"home": str(workspace.home), "why": why}),
            Message("health.make_writable"),
        )
    return row("workspace", True, str(workspace.home.resolve()), "")


def _disk(workspace: Workspace) -> dict[str, Any]:
    free = shutil.disk_usage(workspace.home).free
    detail = Message("health.free", {"gigabytes": free / 1e9})
    return row("disk", free > MIN_FREE, detail, Message("health.make_room"))


def _clock() -> dict[str, Any]:
    now = time.gmtime()
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", now)
    return row("clock", 2025 <= now.tm_year <= 2100, written, Message("health.set_clock"))
