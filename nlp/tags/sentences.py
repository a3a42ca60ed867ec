"""What is said of a head where its tags are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.messages import Message


def describe_quality(figures: Mapping[str, Any]) -> Message:
    """Macro-F1 with its interval and labels, and from how many posts on a share can be trusted."""
    if figures.get("macro_f1") is None:
        return Message("tags.not_measured")
    parameters = {name: figures[name] for name in ("macro_f1", "low", "high", "n")}
    least = figures.get("trusted_from")
    if least is None:
        return Message("tags.worth_untrusted", parameters)
    return Message("tags.worth", {**parameters, "least": least})


def describe_abstaining(figures: Mapping[str, Any]) -> list[Message]:
    """What the surest posts are worth, and what is tagged as things stand."""
    curve = figures.get("abstaining")
    if not curve:
        return []
    said = [
        Message("tags.abstaining", {"share": float(share), "macro_f1": value})
        for share, value in curve.items()
        if float(share) and value is not None
    ]
    kept = figures["kept"]
    if kept["macro_f1"] is not None:
        said.append(Message("tags.kept", {"share": kept["share"], "macro_f1": kept["macro_f1"]}))
    return said


def answer(workspace: Any, index: Any, subject: str) -> Mapping[str, Any]:  # noqa: ARG001
    """Task -> facts and ``said``, the sentence that stands beside its tags.

    For `tocsin.core.runtime.answers`: ``index`` and ``subject`` are not used.
    """
    from nlp.tags.store import describe_heads

    return {
        task: {**facts, "said": describe_quality(facts)}
        for task, facts in describe_heads(workspace).items()
    }
