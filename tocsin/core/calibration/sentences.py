"""A calibration in words: the same sentences in the terminal, the report and on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tocsin.core.calibration.stated import false_accounts
from tocsin.core.messages import Message

HALF = 0.5
"""Accounts a draw from which it is said that timing alone gives them away."""


def summary(result: Mapping[str, Any]) -> Iterator[Message]:
    """What was measured, a sentence for each question."""
    everything = result["planted"]["all"]
    yield Message("calibration.tested", {"n": result["draws"], "posts": result["posts"],
                                         "accounts": result["accounts"]})  # fmt: skip
    if everything["campaigns"]:
        yield Message(
            "calibration.planted",
            {
                "n": everything["campaigns"], "found": everything["found"],
                "recall": everything["recall"], "low": everything["low"],
                "high": everything["high"],
            },
        )  # fmt: skip
        yield Message("calibration.beside", {"mean": result["planted"]["flagged_beside"]["mean"]})
    if measured := result.get("false_accounts"):
        said = false_accounts(0.0, {**measured, "at": result["at"]})
        numbers = {"n": result["flagged"]["accounts"], "said": said}
        by_q = {"by_q": result["flagged"]["stated_false"]}
        yield Message("calibration.false_accounts", numbers | by_q)
        deals = {deal["name"]: deal["mean"] for deal in measured.get("deals", ())}
        if any(deals.values()):
            yield Message("calibration.deals", deals)
        if measured["by_timing"] >= HALF:
            yield Message("calibration.by_timing", {"n": measured["by_timing"]})
        if measured.get("same_group", 0) >= HALF:
            yield Message("calibration.same_group", {"n": measured["same_group"]})
    for null in result["nulls"]:
        yield Message(
            f"calibration.shuffled_{null['name']}",
            {
                "measured": null["measured"], "at_most": null["at_most"],
                "stated": null["stated"], "verdict": Message(f"calibration.{null['verdict']}"),
            },
        )  # fmt: skip
        if null["of_groups_now"] >= HALF:
            yield Message("calibration.of_groups", {"n": null["of_groups_now"]})
    yield Message("calibration.limits")


def is_of(result: Mapping[str, Any] | None, input_sha256: str) -> bool:
    """Whether a calibration was made on exactly the posts that were tested."""
    return bool(result) and bool(input_sha256) and result["input_sha256"] == input_sha256  # type: ignore[index]


def rows(result: Mapping[str, Any]) -> Iterator[tuple[Message, Message, Message, Message]]:
    """The table: what was planted (by kind, size and pace), found, its interval, and recall."""
    naming: dict[str, Callable[[Any], Message]] = {
        "by_kind": lambda kind: Message(f"calibration.kind.{kind}"),
        "by_size": lambda size: Message("calibration.size", {"n": size}),
        "by_pace": lambda pace: Message("calibration.pace", {"seconds": pace}),
    }
    for key, name in naming.items():
        for row in result["planted"][key]:
            yield (
                name(row["value"]),
                Message("calibration.found_of", {"n": row["found"], "of": row["campaigns"]}),
                Message("calibration.interval", {"low": row["low"], "high": row["high"]}),
                Message("intake.share", {"share": row["recall"]}),
            )


COLUMNS = tuple(
    Message(f"calibration.column.{name}") for name in ("planted", "found", "interval", "recall")
)
"""What the columns of `rows` are called."""
