"""Take posts and people out of findings: what ``delete`` does to them in every backend."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Set
from typing import Any

EDITS = "narrative:"
"""Begins the subject of a mark that is an edit of a narrative."""
_GONE: Any = object()
_AT_LEAST = {"cluster": ("accounts", 2), "structure": ("accounts", 2), "copy": ("posts", 2)}


def names_pattern(names: Iterable[str | None]) -> re.Pattern[str] | None:
    """A pattern of names (native id, handle, shown name) as whole words, if there are any."""
    known = sorted(
        {re.escape(name) for name in names if name and len(name) > 1}, key=len, reverse=True
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", re.IGNORECASE) if known else None


def scrub(kind: str, body: str, gone: Set[str], names: re.Pattern[str] | None = None) -> str | None:
    """A finding's JSON without what is gone.

    Ids in lists are left out; an object that names one directly (an edge's end, a cluster's member,
    a pair) goes as a whole; evidence that has no post left goes; a finding that is then about
    nobody, or whose sentences name the person, goes as a whole, and the next analysis makes it
    anew.

    Returns:
        The JSON as `tocsin.core.findings.to_json` writes it (the same text where nothing was
        cited), or None.
    """
    before = json.loads(body)
    after = _without(before, gone)
    if after is _GONE or (names is not None and _says(after, names.search)):
        return None
    if after == before:
        return body
    if before.get("evidence") and not after.get("evidence"):
        return None
    name, least = _AT_LEAST.get(kind, ("", 0))
    if name and len(after.get(name, ())) < least:
        return None
    if kind in ("narrative", "grouped_narrative", "theme"):
        after = _without_their_words(before, after)
    if kind == "structure":
        after = _what_hangs_together(before, after)
        if after is None:
            return None
    for name in ("post_ids", "members", "central"):
        if before.get(name) and not after.get(name):
            return None
    return json.dumps(after, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def scrub_edit(
    subject: str, note: str, gone: Set[str], names: re.Pattern[str] | None = None
) -> str | None:
    """The note of a mark that is an edit of a narrative (`index.narratives.edits`), without the
    posts that are gone; None where it names the person, or only posts that are gone. Notes of
    other marks come back as they are."""
    if not subject.startswith(EDITS):
        return note
    if names is not None and names.search(note):
        return None
    held = json.loads(note)
    kept = [key for key in held.get("posts", ()) if key not in gone]
    if len(kept) == len(held.get("posts", ())):
        return note
    return json.dumps(held | {"posts": kept}, ensure_ascii=False) if kept else None


def _without_their_words(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """A narrative whose label was a headline in the words of somebody who is gone: it is called by
    the next headline, or by its terms.
    """
    left = [headline["label"] for headline in after.get("headlines", ())]
    lost = {headline["label"] for headline in before.get("headlines", ())} - set(left)
    if before.get("label") not in lost:
        return after
    label = left[0] if left else ", ".join(after.get("terms", ())[:4])
    evidence = [
        part | {"object": label} if part.get("object") in lost else part
        for part in after.get("evidence", ())
    ]
    return after | {"label": label, "evidence": evidence}


def _what_hangs_together(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any] | None:
    """A structure that lost accounts: a chain may have lost what held it, and of a star (its hub
    goes with the whole) a pair may be left.
    """
    if len(after["accounts"]) == len(before["accounts"]):
        return after
    if after.get("shape") == "chain":
        return None
    return after if len(after["accounts"]) > 2 else after | {"shape": "pair", "hub": None}


def _without(value: Any, gone: Set[str]) -> Any:
    if isinstance(value, str):
        return _GONE if value in gone else value
    if isinstance(value, list):
        kept = [
            scrubbed for scrubbed in (_without(v, gone) for v in value) if scrubbed is not _GONE
        ]
        return (
            _GONE
            if value and not kept and isinstance(value[0], list)
            else [v for v in kept if v != [] or [] in value]
        )
    if isinstance(value, dict):
        scrubbed = {k: _without(v, gone) for k, v in value.items() if k not in gone}
        lost_posts = "signal" in value and value.get("posts") and scrubbed.get("posts") == []
        return _GONE if lost_posts or any(v is _GONE for v in scrubbed.values()) else scrubbed
    return value


def _says(value: Any, search: Callable[[str], Any]) -> bool:
    if isinstance(value, str):
        return search(value) is not None
    if isinstance(value, list):
        return any(_says(v, search) for v in value)
    if isinstance(value, dict):
        return any(_says(v, search) for v in value.values())
    return False
