"""What an analysis of coordination did not test: printed wherever its counts are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from graph.coordination.coactions.acts import Acts
from graph.coordination.pair_tests import PairTests
from graph.coordination.signals.base import SYNCHRONY
from graph.coordination.synchrony import CROWDED
from tocsin.core.findings import CrowdedObject, LeftOut
from tocsin.core.messages import Message

NAMED = 3
"""Crowded objects that a sentence names."""
LISTED = 20
"""Crowded objects that the finding lists."""
MAX_NAME = 80
STEPS = {86_400_000: "caveat.step.day", 3_600_000: "caveat.step.hour", 60_000: "caveat.step.minute"}


def list_untested(tests: PairTests, asked_windows: int) -> tuple[LeftOut, ...]:
    """Posts, windows, signals, bursts and moments that were not tested, each with its sentence.

    Args:
        tests: what was compared.
        asked_windows: how many windows the settings ask for.
    """
    return (*_incomplete_posts(tests), *_coarse_times(tests, asked_windows), *_crowds(tests))


def _incomplete_posts(tests: PairTests) -> Iterator[LeftOut]:
    posts = tests.posts
    given = len(posts) + posts.incomplete
    reasons = {
        "no_author": posts.without_author,
        "no_time": posts.without_time,
        "day_only": posts.day_only,
    }
    for reason, number in reasons.items():
        if number:
            counts = {"n": number, "of": given}
            yield LeftOut(reason=reason, posts=number, said=Message(f"caveat.{reason}", counts))


def _coarse_times(tests: PairTests, asked_windows: int) -> Iterator[LeftOut]:
    posts = tests.posts
    step = Message(STEPS.get(posts.resolution_ms, "caveat.step.second"))
    if len(posts) and not tests.windows_ms:
        said = Message("caveat.too_coarse", {"step": step})
        accounts = len(posts.accounts)
        yield LeftOut(reason="coarse_times", posts=len(posts), accounts=accounts, said=said)
    elif len(tests.windows_ms) < asked_windows:
        yield LeftOut(reason="coarse_windows", said=Message("caveat.finer", {"step": step}))
        shortest = min(tests.windows_ms, default=0)
        untested = [
            signal.label_at(posts.resolution_ms)
            for signal in tests.signals.values()
            if signal.longest is not None and signal.longest * 1000 < shortest
        ]
        if untested:
            said = Message("caveat.coarse_signals", {"signals": untested, "step": step})
            yield LeftOut(reason="coarse_signals", said=said)


def _crowds(tests: PairTests) -> Iterator[LeftOut]:
    for family in tests.families:
        if family.crowded.any():
            yield _crowded_bursts(family.acts, family.crowded, family.crowd_cap)
    if tests.synchrony.crowded:
        alone = next(s for s in tests.signals.values() if s.family == SYNCHRONY)
        what = {"n": tests.synchrony.crowded, "of": len(tests.posts), "cap": CROWDED}
        said = Message("caveat.crowded_moments", {**what, "signal": alone.label_at(1)})
        yield LeftOut(reason="crowded_moments", posts=tests.synchrony.crowded, said=said)


def _crowded_bursts(acts: Acts, crowded: np.ndarray, cap: int) -> LeftOut:
    """Bursts with more than ``cap`` others within a window, and who acted in them."""
    rows = pl.DataFrame(
        {
            "burst": acts.burst[crowded],
            "object": acts.object[crowded],
            "signal": acts.signal[crowded],
            "account": acts.account[crowded],
        }
    )
    by_object = (
        rows.group_by("signal", "object")
        .agg(pl.col("account").n_unique(), pl.col("burst").n_unique())
        .sort("account", "signal", "object", descending=[True, False, False])
    )
    largest = [
        CrowdedObject(
            signal=acts.signals[signal].name,
            object=acts.objects[shared],
            object_kind=acts.signals[signal].object_kind,
            accounts=accounts,
            bursts=bursts,
        )
        for signal, shared, accounts, bursts in by_object.head(LISTED).iter_rows()
    ]
    bursts, accounts = rows["burst"].n_unique(), rows["account"].n_unique()
    counts = {"n": bursts, "accounts": Message("accounts", {"n": accounts}), "cap": cap}
    said = Message("caveat.crowded_bursts", {**counts, "objects": _named(largest)})
    return LeftOut(
        reason="crowded_bursts",
        bursts=bursts,
        accounts=accounts,
        posts=int(np.unique(acts.post[crowded]).size),
        largest=tuple(largest),
        said=said,
    )


def _named(largest: Sequence[CrowdedObject]) -> list[Message]:
    """The largest crowds by name; accounts, which may have to be hidden, are not named here."""
    named = []
    for crowd in largest[:NAMED]:
        accounts = Message("accounts", {"n": crowd.accounts})
        if crowd.object_kind == "account":
            shown: str | Message = Message("caveat.an_account")
        else:
            shown = crowd.object[:MAX_NAME]
        named.append(Message("caveat.crowded_object", {"object": shown, "accounts": accounts}))
    return named
