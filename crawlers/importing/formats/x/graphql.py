"""Posts as X's own site receives them, brought into the form of the API v1.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.x.statuses import Status

_MAX_NESTED = 4


def is_result(item: Mapping[str, Any]) -> bool:
    """Whether it is a post: its old form stands in ``legacy``."""
    legacy = _result(item).get("legacy")
    return isinstance(legacy, Mapping) and not {"full_text", "text"}.isdisjoint(legacy)


def as_status(item: Mapping[str, Any], depth: int = 0) -> Status:
    """The status of a result (``rest_id``, ``legacy``, ``core``), or of the older adaptive answers
    (``legacy``, ``user``). Long posts have their text in ``note_tweet``.
    """
    result = _result(item)
    legacy = fields.mapping(result.get("legacy"))
    status = {key: value for key, value in legacy.items() if key != "retweeted_status_result"}
    status["id_str"] = result.get("rest_id") or legacy.get("id_str")
    status["source"] = result.get("source") or legacy.get("source")
    status["views"] = result.get("views") or result.get("ext_views")
    status["user"] = _user(result)
    note = fields.mapping(fields.at(result, "note_tweet.note_tweet_results.result"))
    if fields.text(note.get("text")):
        status["extended_tweet"] = {"full_text": note["text"], "entities": note.get("entity_set")}
    if depth < _MAX_NESTED:
        for key, inner in (
            ("retweeted_status", fields.at(legacy, "retweeted_status_result.result")),
            ("quoted_status", fields.at(result, "quoted_status_result.result")),
        ):
            if isinstance(inner, Mapping) and is_result(inner):
                status[key] = as_status(inner, depth + 1)
    return status


def _result(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a post with limited visibility what is within."""
    inner = item.get("tweet")
    return inner if isinstance(inner, Mapping) and "legacy" not in item else item


def _user(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Names moved from ``legacy`` to ``core`` in 2025."""
    user = fields.mapping(fields.at(result, "core.user_results.result"))
    if not user:
        return fields.mapping(result.get("user"))
    known = {**fields.mapping(user.get("legacy")), **fields.mapping(user.get("core"))}
    verified = fields.at(user, "verification.verified")
    return {
        **known,
        "id_str": user.get("rest_id"),
        "verified": verified if verified is not None else known.get("verified"),
    }
