"""Readers' votes on alerts: what was useful, what was noise, and the precision that follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.calibration.intervals import wilson_interval
from tocsin.core.messages import Message

SUBJECT = "signal:"
"""Begins the subject of a mark that is a vote; the id of the signal follows."""
VOTES = ("useful", "noise")
MAX_NOTE = 2_000


def subject_of(signal: str) -> str:
    """The subject of the votes on a signal by its id; an alert of a replay is the same story."""
    return f"{SUBJECT}s{signal[1:]}"


def vote_of(marks: Mapping[str, Mapping[str, Any]], signal: str) -> str | None:
    """The vote on a signal by its id; None where there is none."""
    mark = marks.get(subject_of(signal), {}).get("mark")
    return mark if mark in VOTES else None


def measured_votes(marks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How many of the judged alerts were useful, with a 95 % interval (Wilson 1927)."""
    votes = [
        row["mark"]
        for subject, row in marks.items()
        if subject.startswith(SUBJECT) and row.get("mark") in VOTES
    ]
    total, right = len(votes), votes.count("useful")
    return {
        "judged": total,
        "useful": right,
        "noise": total - right,
        "precision": round(right / total, 4) if total else None,
        "interval": wilson_interval(right, total) if total else None,
    }


def said(measured: Mapping[str, Any]) -> list[Message]:
    """What the votes say, as a sentence; none where nobody voted."""
    if not measured["judged"]:
        return []
    low, high = measured["interval"]
    judged = {"n": measured["judged"], "right": measured["useful"], "low": low, "high": high}
    return [Message("weak_signal.votes", judged)]
