"""A workspace: one folder that holds everything of one investigation.

Nothing is written outside it and the user's cache of models.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.messages import Message
from tocsin.core.settings import Settings, load_settings

NEAR_PAIRS, WORD_PAIRS = "copies/near_pairs", "copies/word_pairs"
"""Files of a workspace that save the stage `copies` comparing again what it compared before."""


@dataclass(frozen=True)
class Workspace:
    """The folder of an investigation.

    ``home`` holds ``tocsin.toml``, ``secret.key``, ``index.sqlite`` and the folders ``spool``,
    ``runs``, ``sources``, ``monitors`` and ``exports``.
    """

    home: Path
    flags: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """The settings in force. Raises ConfigError."""
        return load_settings(self.home, self.flags)

    def folder(self, name: str) -> Path:
        """A folder of the workspace, made if missing.

        Raises:
            ConfigError: it cannot be made.
        """
        path = self.home / name
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                Message(
                    "fault.workspace.folder", {"path": str(path), "strerror": system_reason(error)}
                )
            ) from None
        return path

    def file(self, name: str) -> Path:
        """A file of the workspace, whose folder is made if missing."""
        relative = Path(name)
        return self.folder(str(relative.parent)) / relative.name

    @cached_property
    def secret(self) -> bytes:
        """32 random bytes made once for this workspace: the key of its pseudonyms.

        The file is readable by its owner alone.
        """
        path = self.file("secret.key")
        if not path.exists():
            _make_secret(path)
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            key = b""
        except OSError as error:
            raise ConfigError(
                Message(
                    "fault.workspace.read", {"path": str(path), "strerror": system_reason(error)}
                )
            ) from None
        if len(key) != 32:
            raise ConfigError(Message("fault.workspace.damaged", {"path": str(path)}))
        return key


def _make_secret(path: Path) -> None:
    """Make the key beside its place and put it there whole.

    A process that starts at the same time reads all of it, and the first one's key counts.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        except OSError:  # a file system without hard links
            if not path.exists():
                beside.rename(path)
    except OSError as error:
        raise ConfigError(
            Message("fault.workspace.write", {"path": str(path), "strerror": system_reason(error)})
        ) from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def cache_folder() -> Path:
    """The user's cache of models.

    ``TOCSIN_CACHE``, else ``XDG_CACHE_HOME/tocsin``, else ``~/.cache/tocsin``.
    """
    if given := os.environ.get("TOCSIN_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin"
