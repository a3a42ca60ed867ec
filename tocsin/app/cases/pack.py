"""The evidence pack of a case: a zip that other programs and a later Tocsin read again.

``posts.jsonl`` is in the exchange format: ``tocsin import`` takes it. Originals name people, so
that they are in the pack only where accounts are not hidden.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.exports.about import names_kind, tocsin_version
from tocsin.app.cases.case_view import frozen_documents
from tocsin.app.reports.page import as_html
from tocsin.core.errors import ConfigError, system_reason
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.cases.record import Case
    from tocsin.app.cases.content import CaseReport

FORMAT, VERSION = "tocsin-evidence-pack", 1
MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAX_MANIFEST = 50_000_000
_AT_ONCE = 1 << 20


def write_pack(written: CaseReport, case: Case, path: Path) -> None:
    """Write the pack. The same case gives the same bytes. Raises OSError."""
    document, words = written.case, written.words
    posts = _posts(document)
    originals, missing = _originals(written, case)
    hidden = written.view.people.enabled
    files: dict[str, bytes] = {
        "case.json": _json(document, written),
        "posts.jsonl": _lines(posts, written),
        "history.jsonl": _lines(document["history"], written),
        "method.txt": ("\n\n".join(written.method()) + "\n").encode("utf-8", "replace"),
        f"case.{words.code}.html": as_html(written.report()).encode("utf-8", "replace"),
        **{f"originals/{sha}": data for sha, data in sorted(originals.items())},
    }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "tocsin_version": tocsin_version() or None,
        "case": document["id"],
        "changed_at": document["changed_at"],
        "language": words.code,
        "names": names_kind(hidden),
        "originals": {
            "packed": len(originals),
            "left_out": missing,
            "why": written.say("pack.hidden" if hidden else "pack.lost") if missing else None,
        },
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {MANIFEST: _json(manifest, written), **files}.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, data)


def _posts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every frozen post once, with the pins that hold it, in the order of pins."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for pin in document["pins"]:
        for post in pin["posts"]:
            key = f"{post['platform']}:{post['id']}", post["sha256"]
            held = found.setdefault(key, {**post, "pins": []})
            held["pins"].append(pin["id"])
    return list(found.values())


def _originals(written: CaseReport, case: Case) -> tuple[dict[str, bytes], int]:
    """Original bytes by their SHA-256, and how many that are known of are not in the pack."""
    packed: dict[str, bytes] = {}
    missing: set[str] = set()
    for pin in case.pins:
        for document in frozen_documents(pin):
            if document.raw is None:
                continue
            data = None
            if not written.view.people.enabled:
                data = written.view.original(document)
            if data is None:
                missing.add(document.raw.sha256)
            else:
                packed[document.raw.sha256] = data
    return packed, len(missing - packed.keys())


def verify_pack(path: Path) -> dict[str, Any]:
    """What a pack holds and what is wrong with it: ``ok case files posts wrong``.

    Nothing is unpacked to the disk.

    Raises:
        ConfigError: it cannot be read, or is no evidence pack.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            manifest = _manifest(packed, path)
            listed: Mapping[str, Mapping[str, Any]] = manifest["files"]
            names = set(packed.namelist()) - {MANIFEST}
            wrong = [
                Message("case.pack.not_listed", {"name": n[:200]}) for n in names - set(listed)
            ]
            wrong += [Message("case.pack.missing", {"name": n[:200]}) for n in set(listed) - names]
            for name in sorted(names & set(listed)):
                if _digest(packed, name, int(listed[name]["bytes"])) != listed[name]["sha256"]:
                    wrong.append(Message("case.pack.changed", {"name": name[:200]}))
            posts = 0
            if "posts.jsonl" in names and not wrong:
                posts = packed.read("posts.jsonl").count(b"\n")
    except OSError as error:
        said = {"path": str(path), "strerror": system_reason(error)}
        raise ConfigError(Message("fault.workspace.read", said)) from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, RuntimeError):
        raise ConfigError(Message("case.pack.not_one", {"path": str(path)})) from None
    wrong.sort(key=str)
    case = str(manifest["case"])[:60]
    return {"ok": not wrong, "case": case, "files": len(listed), "posts": posts, "wrong": wrong}


def _manifest(packed: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if packed.getinfo(MANIFEST).file_size > _MAX_MANIFEST:
        raise ValueError(MANIFEST)
    manifest: dict[str, Any] = json.loads(packed.read(MANIFEST))
    if manifest.get("format") != FORMAT or not isinstance(manifest["files"], dict):
        raise ConfigError(Message("case.pack.not_one", {"path": str(path)}))
    return manifest


def _digest(packed: zipfile.ZipFile, name: str, size: int) -> str:
    """The SHA-256 of a file of the pack; no more than the bytes that it should have are read."""
    digest, read = hashlib.sha256(), 0
    try:
        with packed.open(name) as entry:
            while part := entry.read(_AT_ONCE):
                read += len(part)
                if read > size:
                    return ""
                digest.update(part)
    except (zipfile.BadZipFile, EOFError):
        return ""
    return digest.hexdigest() if read == size else ""


def _json(value: Any, written: CaseReport) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=_default(written))
    return (text + "\n").encode("utf-8", "replace")


def _lines(rows: Iterable[Any], written: CaseReport) -> bytes:
    write = json.JSONEncoder(ensure_ascii=False, default=_default(written)).encode
    return "".join(f"{write(row)}\n" for row in rows).encode("utf-8", "replace")


def _default(written: CaseReport) -> Any:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return rfc3339(value)
        if isinstance(value, Message):
            return written.words.say(value)
        raise TypeError(type(value).__name__)

    return plain
