"""The files of cases: ``cases/c1.json`` of the workspace, each written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from index.cases.record import VERSION, Case, read_case, write_case
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.files import write_text_atomically
from tocsin.core.messages import Message
from tocsin.core.text import suggest_hint
from tocsin.core.workspace import Workspace

FOLDER = "cases"
_LAST = "last"
"""The file that holds the number of the newest case: an id is never given twice."""
_ID = re.compile(r"c(\d{1,9})")


def all_cases(workspace: Workspace) -> tuple[list[Case], list[ConfigError]]:
    """The cases in the order they were made, and what is wrong with files that cannot be read."""
    cases: list[Case] = []
    wrong: list[ConfigError] = []
    for path in case_files(workspace):
        try:
            cases.append(_read(path))
        except ConfigError as error:
            wrong.append(error)
    return cases, wrong


def case_files(workspace: Workspace) -> list[Path]:
    """The files of all cases, in the order of their numbers."""
    found = [
        (int(matched[1]), path)
        for path in (workspace.home / FOLDER).glob("c*.json")
        if (matched := _ID.fullmatch(path.stem))
    ]
    return [path for _, path in sorted(found)]


def open_case(workspace: Workspace, case_id: str) -> Case:
    """A case by its id.

    Raises:
        ConfigError: there is none of that id, or its file cannot be read.
    """
    path = workspace.home / FOLDER / f"{case_id}.json"
    if not _ID.fullmatch(case_id) or not path.exists():
        known = [path.stem for path in case_files(workspace)]
        hint = suggest_hint(case_id, known)
        said = {"id": case_id[:60], "hint": hint, "known": known or Message("phrase.none_yet")}
        raise ConfigError(Message("case.error.none", said))
    return _read(path)


def add_case(workspace: Workspace, make: Callable[[str], Case]) -> Case:
    """Keep a new case; ``make`` is given its id."""
    with lock(workspace):
        last = workspace.home / FOLDER / _LAST
        numbers = [int(path.stem[1:]) for path in case_files(workspace)]
        with contextlib.suppress(OSError, ValueError):
            numbers.append(int(last.read_text(encoding="ascii")))
        number = max(numbers, default=0) + 1
        case = make(f"c{number}")
        write_text_atomically(last, f"{number}\n")
        save(workspace, case)
    return case


def change_case(workspace: Workspace, case_id: str, change: Callable[[Case], Case]) -> Case:
    """Change a case while nobody else does. Its history only grows.

    Raises:
        ConfigError: as `open_case`, and what ``change`` raises.
    """
    with lock(workspace):
        before = open_case(workspace, case_id)
        after = change(before)
        if after.history[: len(before.history)] != before.history:
            raise ConfigError(Message("case.error.history", {"id": case_id}))
        if after != before:
            save(workspace, after)
    return after


def remove_case(workspace: Workspace, case_id: str) -> None:
    """Remove a case with all it holds. Raises ConfigError where there is none."""
    with lock(workspace):
        path = workspace.home / FOLDER / f"{case_id}.json"
        if not _ID.fullmatch(case_id) or not path.exists():
            open_case(workspace, case_id)
        path.unlink(missing_ok=True)


def save(workspace: Workspace, case: Case) -> None:
    """Write the file of a case whole; who calls holds the `lock`. Raises ConfigError."""
    path = workspace.file(f"{FOLDER}/{case.id}.json")
    try:
        write_text_atomically(path, write_case(case) + "\n")
    except OSError as error:
        said = {"path": str(path), "strerror": system_reason(error)}
        raise ConfigError(Message("fault.workspace.write", said)) from None


@contextlib.contextmanager
def lock(workspace: Workspace) -> Iterator[None]:
    """One writer of cases at a time; the lock goes with the process that holds it."""
    with workspace.file(f"{FOLDER}/.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> Case:
    try:
        case = read_case(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        said = {"path": str(path), "strerror": system_reason(error)}
        raise ConfigError(Message("fault.workspace.read", said)) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConfigError(Message("case.error.damaged", {"path": str(path)})) from None
    if case.version > VERSION or case.id != path.stem:
        raise ConfigError(Message("case.error.damaged", {"path": str(path)}))
    return case
