"""Built models in the user's cache.

Made once, by one process, whole or not at all, and checked when used.

``CACHE/models/NAME/`` holds the files and ``files.json`` (size and SHA-256 of each). A folder is
built beside its place under a lock and renamed into it; a damaged one is built again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from nlp.models.sources import sha256
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.messages import Message
from tocsin.core.workspace import cache_folder

_LIST = "files.json"


def built(name: str, build: Callable[[Path], None]) -> Path:
    """The folder ``name`` of the model cache; ``build(empty folder)`` makes it where damaged.

    Raises:
        ConfigError: the cache cannot be written, or ``build`` says so.
    """
    home = cache_folder() / "models"
    place = home / name
    if intact(place):
        return place
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _lock(home / f"{name}.lock"):
            if intact(place):  # another process built it while this one waited
                return place
            temporary = Path(tempfile.mkdtemp(prefix=f"{name}.", suffix=".part", dir=home))
            try:
                build(temporary)
                _seal(temporary)
                shutil.rmtree(place, ignore_errors=True)
                temporary.rename(place)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise ConfigError(
            Message(
                "fault.models.build",
                {"name": name, "home": str(home), "value": system_reason(error)},
            )
        ) from None
    return place


def intact(folder: Path) -> bool:
    """Whether the folder holds every file it was built with, byte for byte."""
    try:
        listed: dict[str, list[str | int]] = json.loads(
            (folder / _LIST).read_text(encoding="utf-8")
        )
        return bool(listed) and all(
            (folder / name).stat().st_size == size and sha256(folder / name) == digest
            for name, (size, digest) in listed.items()
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def _seal(folder: Path) -> None:
    folder.chmod(0o755)
    listed = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(0o644)
        listed[path.relative_to(folder).as_posix()] = [path.stat().st_size, sha256(path)]
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
    (folder / _LIST).write_text(json.dumps(listed, indent=1), encoding="utf-8")


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
