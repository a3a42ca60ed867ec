"""The studies of a workspace: what is sealed in each, and what came of verifying and comparing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.studies.manifest import ENDINGS, read
from graph.studies.results import groups_of, pairs_of
from index.maintenance.studies import FOLDER
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339
from tocsin.core.messages import encode_message
from tocsin.core.studies.record import events

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace


def list_studies(workspace: Workspace) -> dict[str, Any]:
    """The answer of ``tocsin study list``.

    Returns:
        ``studies``: those in the workspace by name, then those elsewhere that were sealed or
        verified from here; ``comparisons``, the newest first. What was said are messages as
        `tocsin.core.messages.encode_message` writes them.
    """
    kept = events(workspace)
    folder = workspace.home / FOLDER
    found = sorted(path for path in folder.glob("*.json*") if path.name.endswith(ENDINGS))
    studies = [_study(path, _name(path, folder), kept) for path in found]
    here = {path.resolve() for path in found}
    for event in kept:
        path = Path(event["files"][0])
        if event["kind"] != "compared" and path.resolve() not in here:
            here.add(path.resolve())
            studies.append(_study(path, str(path), kept))
    comparisons = [
        {
            "at": event["at"],
            "names": [_name(Path(file), folder) for file in event["files"]],
            "equal": event["equal"],
            "counts": event["counts"],
            "moves": event["moves"],
            "said": event["said"],
        }
        for event in kept
        if event["kind"] == "compared"
    ]
    return {"studies": studies, "comparisons": comparisons}


def _name(path: Path, folder: Path) -> str:
    """What the commands take: the name of a study in the workspace, else its path."""
    if path.resolve().parent != folder.resolve():
        return str(path)
    return path.name.removesuffix(".json") if path.name.endswith(".json") else path.name


def _study(path: Path, name: str, kept: list[dict[str, Any]]) -> dict[str, Any]:
    """One study; ``failed`` says why it cannot be read, ``verified`` is the newest verification."""
    study: dict[str, Any] = {"name": name, "file": str(path)}
    seal = next((e["seals"][0] for e in kept if e["files"][0] == str(path)), None)
    try:
        manifest = read(path)
    except ConfigError as error:
        study["failed"] = encode_message(error.message)
    else:
        data = manifest.data
        seal = data["seal"]
        study |= {
            "whole": manifest.is_whole,
            "posts": data["inputs"]["posts"],
            "accounts": data["inputs"]["accounts"],
            "groups": len(groups_of(data["results"])),
            "pairs": len(pairs_of(data["results"])),
            "names": data["names"],
            "window": dict(data["window"]),
            "tocsin_version": data["versions"].get("tocsin", ""),
            "written_at": rfc3339(datetime.fromtimestamp(path.stat().st_mtime, UTC)),
        }
    own = [e for e in kept if e["kind"] == "verified" and e["seals"] == [seal]]
    # a file that was changed still claims its old seal
    is_whole = study.get("whole", False)
    verified = [e for e in own if is_whole or Path(e["files"][0]).resolve() == path.resolve()]
    study["seal"] = seal
    study["verified"] = (
        {key: verified[0][key] for key in ("at", "equal", "counts", "moves", "said")}
        if verified
        else None
    )
    return study
