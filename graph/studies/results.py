"""What an analysis found, in a form that is the same in every workspace.

Accounts are numbers (`graph.studies.inputs`), groups their ids, evidence a digest; sentences,
names, addresses and positions on the map are left out: they say nothing that the rest does not
decide, or would name somebody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tocsin.core.findings import Cluster, Finding, to_json

KINDS = {"cluster": "groups", "edge": "pairs", "structure": "structures", "tie": "ties"}
"""Kind of findings -> what the manifest calls them; other kinds keep their names."""
_LEFT_OUT = frozenset({
    "method", "x", "y", "name", "handle", "label", "mark", "data_as_of", "described", "largest",
    "caveats", "because", "refuted_by", "tocsin_version", "input_sha256", "posts_shown",
})  # fmt: skip
_WORDS = frozenset({
    "id", "status", "kind", "signal", "signals", "reason", "first_at", "last_at", "since", "until",
    "cluster", "family", "role", "shape", "level", "direction", "scope",
})  # fmt: skip
"""Keys whose texts are words of the program, ids of groups or times."""


def seal_results(
    findings: Iterable[Finding], accounts: Mapping[str, int], posts: Mapping[str, int]
) -> dict[str, Any]:
    """The results with a digest each; ``sha256`` is of all of them.

    Args:
        findings: of one analysis.
        accounts: author id -> its number.
        posts: post id -> its number.
    """
    by_kind: dict[str, list[dict[str, Any]]] = {"groups": [], "pairs": []}
    tested: dict[str, Any] = {}
    for finding in findings:
        walk = _Walk(accounts, posts)
        item = walk.mapping(json.loads(to_json(finding)))
        if not isinstance(finding, Cluster):
            item.pop("id", None)
        if finding.kind == "tested":
            tested = item
            continue
        item["sha256"] = digest(item)[:20]
        by_kind.setdefault(KINDS.get(finding.kind, finding.kind), []).append(item)
    for items in by_kind.values():
        items.sort(key=canonical)
    results: dict[str, Any] = {"tested": tested, **by_kind}
    results["sha256"] = digest(results)
    return results


def groups_of(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Everything in results that has accounts: groups, and pairs, stars or chains found apart."""
    return _with_key(results, "accounts")


def pairs_of(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every two accounts in results that are tied to each other."""
    return _with_key(results, "a")


def _with_key(results: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    lists = (items for items in results.values() if isinstance(items, list))
    return [item for items in lists for item in items if key in item]


def canonical(value: Any) -> str:
    """The one text of a JSON value: sorted keys, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 in hex of `canonical`."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


class _Walk:
    """One finding's JSON, names taken out."""

    def __init__(self, accounts: Mapping[str, int], posts: Mapping[str, int]) -> None:
        self.accounts, self.posts = accounts, posts

    def mapping(self, given: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, held in given.items():
            if key == "evidence":
                kept["evidence"] = self.evidence(held)
            elif key not in _LEFT_OUT and (shown := self.value(held, key)) is not None:
                kept[key] = shown
        return kept

    def value(self, held: Any, key: str) -> Any:
        if isinstance(held, str):
            if held in self.accounts:
                return self.accounts[held]
            return held if key in _WORDS else None
        if isinstance(held, Mapping):
            return self.mapping(held)
        if isinstance(held, list):
            parts = [part for inner in held if (part := self.value(inner, key)) is not None]
            return sorted(parts, key=canonical) if key == "accounts" else parts
        return held

    def evidence(self, rows: list[Mapping[str, Any]]) -> str:
        """A digest of which posts stand for which signal; what they share follows from them."""
        lines = [
            [row["signal"], [self.posts.get(post, -1) for post in row["posts"]],
             row.get("seconds_apart")]
            for row in rows
        ]  # fmt: skip
        return digest(sorted(lines, key=canonical))[:20]
