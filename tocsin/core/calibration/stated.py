"""The false accounts that are stated: the measured number where there is one, else that of the
q-values, said to be no more than that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tocsin.core.calibration.record import newest
from tocsin.core.findings import Tested
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace


def measured_false_accounts(
    calibration: Mapping[str, Any] | None, tested: Tested
) -> dict[str, Any] | None:
    """What a calibration measured, where it is of these posts and of this very method.

    Returns:
        ``mean low high draws newly again by_timing same_group deals`` and ``at``, when; None where
        the posts, the settings or the method are others, or nothing was measured, or contents alone
        were permuted, as earlier versions did.
    """
    if not calibration or not tested.input_sha256:
        return None
    method = {"version": tested.method.version, **tested.method.parameters}
    same = calibration.get("input_sha256") == tested.input_sha256
    if not same or _as_json(calibration.get("method")) != _as_json(method):
        return None
    found = calibration.get("false_accounts")
    if not isinstance(found, Mapping) or "deals" not in found:
        return None
    return {**found, "at": calibration.get("at")}


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=list)


def false_accounts(expected: float | Message, measured: Mapping[str, Any] | None) -> Message:
    """How many of the flagged accounts are there by chance, and how one knows.

    Args:
        expected: by the q-values.
        measured: `measured_false_accounts`.
    """
    if measured is None:
        return Message("false_accounts.by_q", {"expected": by_q(expected)})
    code = "false_accounts.measured" if measured["mean"] else "false_accounts.none_seen"
    said = {
        "mean": measured["mean"], "low": measured["low"], "high": measured["high"],
        "n": measured["draws"], "at": measured["at"],
    }  # fmt: skip
    return Message(code, said)


def stated_of(workspace: Workspace, tested: Tested) -> Message:
    """`false_accounts` of the analysis of a workspace, by its newest calibration."""
    measured = measured_false_accounts(newest(workspace), tested)
    return false_accounts(tested.expected_false_accounts, measured)


def false_accounts_at(expected: float, measured: Mapping[str, Any] | None) -> Message:
    """The same of a setting that is not in force, for which nothing can have been measured."""
    if measured is None:
        return Message("false_accounts.by_q_alone", {"expected": by_q(expected)})
    return false_accounts(expected, measured)


def false_accounts_of_shares(expected: float, measured: Mapping[str, Any] | None) -> Message:
    """The same of a table of shares, where another option measures it."""
    if measured is None:
        return Message("false_accounts.by_q_shares", {"expected": by_q(expected)})
    return false_accounts(expected, measured)


def by_q(expected: float | Message) -> Message:
    """The number as it is written."""
    if isinstance(expected, Message):
        return expected
    return Message("false_accounts.number", {"n": expected})
