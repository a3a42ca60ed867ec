"""The file of a sealed study: docs/studies.md says what stands in it."""

from __future__ import annotations

import gzip
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from graph.studies.inputs import SealedPosts
from graph.studies.results import digest
from index.exports.about import tocsin_version
from index.maintenance.studies import FOLDER
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.files import write_bytes_atomically
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

FORMAT = "tocsin-study-1"
PACKAGES = ("networkx", "numpy", "polars", "pyarrow", "scipy")
"""Packages that the numbers of an analysis come from."""
ENDINGS = (".json", ".json.gz")


@dataclass(frozen=True)
class Manifest:
    """A sealed study, as its JSON object; `posts` is read once."""

    data: Mapping[str, Any]
    posts: SealedPosts

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Raises TypeError, ValueError, KeyError: it is no such object."""
        authors = [str(name) for name in data["accounts"]]
        profiles = [str(profile) for profile in data.get("profiles", ())]
        posts = SealedPosts.from_json(data["posts"], authors, profiles)
        if max(posts.account, default=-1) >= len(authors) or len(profiles) not in (0, len(authors)):
            raise ValueError("an account is not listed")
        for key in ("versions", "settings", "results", "inputs", "window", "names", "seal"):
            data[key]
        return cls(data, posts)

    @property
    def is_whole(self) -> bool:
        """Whether it is as it was sealed."""
        return bool(self.data["seal"] == seal_of(self.data))

    @property
    def has_names(self) -> bool:
        """Whether it names accounts by their own ids."""
        return bool(self.data["names"] == "real")


def seal_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of all of a manifest but the seal itself."""
    return digest({key: held for key, held in data.items() if key != "seal"})


def versions_here() -> dict[str, str]:
    """Tocsin, Python and the packages that the numbers come from."""
    found = {"tocsin": tocsin_version(), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def encode(data: Mapping[str, Any]) -> bytes:
    """The file: one post, account and result a line, so that two files can be compared by eye."""
    parts = []
    for key, held in data.items():
        if key in ("posts", "accounts", "profiles"):
            text = _lines(held)
        elif key == "results":
            inner = (
                f"  {json.dumps(name)}: {_lines(part) if isinstance(part, list) else _line(part)}"
                for name, part in held.items()
            )
            text = "{\n" + ",\n".join(inner) + "\n }"
        else:
            text = _line(held)
        parts.append(f" {json.dumps(key)}: {text}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode("utf-8", "surrogatepass")


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(values: Any) -> str:
    return "[\n" + ",\n".join(f"  {_line(value)}" for value in values) + "\n ]" if values else "[]"


def place_of(workspace: Workspace, given: str) -> Path:
    """The file that a person means: a path, or the name of a study in the workspace."""
    if given.endswith(ENDINGS) or "/" in given or "\\" in given:
        return Path(given)
    return workspace.home / FOLDER / f"{given}.json"


def write(path: Path, data: Mapping[str, Any], *, replace: bool) -> bool:
    """Write a manifest whole; False where the very same stands there already.

    Raises:
        ConfigError: another file stands there, or it cannot be written.
    """
    whole = encode(data)
    packed = gzip.compress(whole, mtime=0) if path.name.endswith(".gz") else whole
    shown = {"file": str(path)}
    try:
        if path.exists():
            if path.read_bytes() == packed:
                return False
            if not replace:
                raise ConfigError(Message("study.error.exists", shown))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(path, packed)
    except OSError as error:
        why = {"why": system_reason(error)}
        raise ConfigError(Message("study.error.write", shown | why)) from None
    return True


def read(path: Path) -> Manifest:
    """A manifest.

    Raises:
        ConfigError: there is none, or it is no manifest that this version can read.
    """
    shown = {"file": str(path)}
    try:
        held = path.read_bytes()
        if held[:2] == b"\x1f\x8b":
            held = gzip.decompress(held)
        data = json.loads(held)
    except FileNotFoundError:
        raise ConfigError(Message("study.error.no_file", shown)) from None
    except (OSError, EOFError) as error:
        why = {"why": system_reason(error) if isinstance(error, OSError) else str(error)}
        raise ConfigError(Message("study.error.read", shown | why)) from None
    except ValueError:
        raise ConfigError(Message("study.error.no_manifest", shown)) from None
    if not isinstance(data, dict) or not str(data.get("format", "")).startswith("tocsin-study-"):
        raise ConfigError(Message("study.error.no_manifest", shown))
    if data["format"] != FORMAT:
        raise ConfigError(Message("study.error.format", shown | {"format": str(data["format"])}))
    try:
        return Manifest.of(data)
    except (TypeError, ValueError, KeyError, IndexError):
        raise ConfigError(Message("study.error.no_manifest", shown)) from None
