"""Findings of this room as the command line shows them: native ids, accounts through the workspace's pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Method, Narrative, WeakSignal, rfc3339

if TYPE_CHECKING:
    from index.privacy import Pseudonyms


def head(index: Any, kind: str, found: Sequence[Narrative | WeakSignal]) -> dict[str, Any]:
    """``run_id``, ``method`` and ``data_as_of`` of the published generation of a kind.

    Raises:
        ConfigError: nothing has been analysed yet.
    """
    generation = index.generation(kind)
    if generation is None:
        raise ConfigError(
            "nothing has been analysed yet; run `tocsin analyse` first (and `tocsin enrich` before it)"
        )
    return {"run_id": generation} | about(found[0].method if found else None)


def about(method: Method | None) -> dict[str, Any]:
    """``method`` and ``data_as_of`` of a finding's method."""
    if method is None:
        return {"method": None, "data_as_of": None}
    parameters = {name: value for name, value in method.parameters.items() if name != "data_as_of"}
    shown = {"name": method.name, "version": method.version, "parameters": parameters}
    return {"method": shown, "data_as_of": method.parameters.get("data_as_of")}


def narrative(found: Narrative, shown: Pseudonyms) -> dict[str, Any]:
    """One narrative of ``tocsin narratives``."""
    return {
        "id": found.id, "label": found.label, "terms": list(found.terms), "languages": by_count(found.languages), "posts": found.posts,
        "authors": found.authors, "first_at": rfc3339(found.first_at) if found.first_at else None,
        "last_at": rfc3339(found.last_at) if found.last_at else None, "central": [native_id(key) for key in found.central],
        "fringe": [native_id(key) for key in found.fringe], "coordinated_share": found.coordinated_share,
        "first_authors": [shown.account(key) for key in found.first_authors], "caveats": list(found.caveats),
    }  # fmt: skip


def by_count(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts, the greatest first, ties by key."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def signal(found: WeakSignal, shown: Pseudonyms) -> dict[str, Any]:
    """One alert of ``tocsin signals`` and ``tocsin replay``."""
    return {
        "id": found.id, "terms": list(found.terms), "flagged_at": rfc3339(found.flagged_at), "first_at": rfc3339(found.first_at),
        "posts": found.posts, "authors": found.authors, "lead_authors": found.lead_authors, "expected": found.expected, "p_value": found.p_value,
        "expected_false_per_day": found.expected_false_per_day, "why": found.why, "coordinated_share": found.coordinated_share,
        "without_coordinated": found.without_coordinated, "post_ids": [native_id(key) for key in found.post_ids],
        "first_authors": [shown.account(key) for key in found.first_authors], "caveats": list(found.caveats),
    }  # fmt: skip


def assigned(index: Any, found: Sequence[Narrative]) -> Mapping[str, str | None]:
    """Native id of every document -> its narrative's id, or None; in order of time."""
    owner = {member: finding.id for finding in found for member in finding.members}
    return {
        native_id(key): owner.get(key)
        for batch in index.scan(("id",))
        for key in batch.column("id").to_pylist()
    }
