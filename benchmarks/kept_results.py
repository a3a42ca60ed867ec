"""Results of long measurements, kept in a file, so that a run that was stopped is taken up.

What was measured by other code counts for nothing: which code it was is part of the key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class Kept:
    """Results by key.

    Args:
        path: a file of JSON lines that grows; None keeps nothing.
        code: what says that results are of the same code: `digest_sources`, or the version of a
            method, which names what changes its results.
    """

    def __init__(self, path: Path | None, code: str) -> None:
        self._path, self._code, self._known = path, code, dict[str, Any]()
        if path is not None and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._known[row["key"]] = row["value"]

    def get(self, key: str, measure: Callable[[], Any]) -> Any:
        """The value of a key, measured where it is not known."""
        key = f"{self._code} {key}"
        if key not in self._known:
            self._known[key] = measure()
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps({"key": key, "value": self._known[key]}) + "\n")
        return self._known[key]


def digest_sources(*folders: str) -> str:
    """Of all sources in folders of the checkout: a change of one makes all results anew."""
    digest = hashlib.sha256()
    for source in sorted(file for name in folders for file in (ROOT / name).rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
