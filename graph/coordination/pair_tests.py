"""Every pair of accounts against chance, before any group is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.coordination.coactions.acts import Acts, collect_acts, encode_acts, group_by_family
from graph.coordination.coactions.counts import AccountPairs, CoActionCounter
from graph.coordination.coactions.find import count_others, find_coactions, reach_of_acts
from graph.coordination.coactions.windows import argsort_key_time, first_rows
from graph.coordination.deletions.habits import beyond_habit
from graph.coordination.membership_tests import FamilyTests
from graph.coordination.null_model import HOUR_MS, fit_null_model
from graph.coordination.posts import Posts
from graph.coordination.signals.base import DELETIONS, SYNCHRONY, Signal
from graph.coordination.signals.shared_link import with_pages
from graph.coordination.synchrony import SynchronyTests, run_synchrony_tests
from graph.coordination.weighted.pair_scores import weighted_p_values
from graph.coordination.weighted.weights import Growth
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.settings import GraphSettings

LEAST_SHARED = 2
"""Distinct things a pair shares for an edge in a group, where its account passed the test."""


@dataclass(frozen=True)
class PairTests:
    """What was compared, before any group is looked for: all that streaming keeps up to date.

    Attributes:
        signals: name -> signal, of all that were asked for.
        families: the tested families of signals that have objects.
        synchrony: the test of times alone.
        windows_ms: the windows that the times are fine enough for.
        tests: how many tests each pair went through: one a family, one a window of moments.
        acting: by post, whether it acts on anything that others could act on, too.
    """

    posts: Posts
    signals: Mapping[str, Signal]
    families: tuple[FamilyTests, ...]
    synchrony: SynchronyTests
    windows_ms: tuple[int, ...]
    tests: int
    acting: np.ndarray


def run_pair_tests(
    posts: Posts, settings: GraphSettings, signals: Mapping[str, Signal]
) -> PairTests:
    """All pairs of accounts against chance, family by family."""
    frame = with_pages(posts.frame)
    acts = {
        family: collect_acts(frame, members) for family, members in object_families(signals).items()
    }
    return run_pair_tests_on_acts(posts, acts, settings, signals)


def object_families(signals: Mapping[str, Signal]) -> dict[str, tuple[Signal, ...]]:
    """Family -> its signals, without synchrony, whose objects are moments of any post.

    Raises:
        ConfigError: a signal of another package claims the family of synchrony.
    """
    families = group_by_family(signals)
    alone = families.pop(SYNCHRONY, ())
    if len(alone) > 1:
        names = ", ".join(signal.name for signal in alone)
        raise ConfigError(
            Message(
                "fault.plugins.one_signal",
                {"synchrony": repr(SYNCHRONY), "n_alone": len(alone), "names": names},
            )
        )
    return families


def run_pair_tests_on_acts(
    posts: Posts,
    acts: Mapping[str, pl.DataFrame],
    settings: GraphSettings,
    signals: Mapping[str, Signal],
) -> PairTests:
    """As `run_pair_tests`, from acts that are known already.

    Args:
        posts: the posts.
        acts: family -> rows of `graph.coordination.coactions.acts.collect_acts`.
        settings: windows and the least number of shared objects.
        signals: name -> signal.
    """
    asked = sorted(seconds * 1000 for seconds in settings.windows)
    windows = tuple(window for window in asked if window >= posts.resolution_ms)
    if asked and asked[0] <= HOUR_MS and not any(window <= HOUR_MS for window in windows):
        windows = ()  # longer windows only tell who belongs to what is found in those of an hour
    families: list[FamilyTests] = []
    for name, members in object_families(signals).items() if windows else ():
        encoded = encode_acts(acts[name], members, len(posts.accounts))
        if not len(encoded):  # nothing is tested, and nothing is spent on it
            continue
        tested = run_family_tests(name, encoded, windows, settings.min_objects)
        families.append(beyond_habit(tested, posts) if name == DELETIONS else tested)
    synchrony = run_synchrony_tests(posts, _fine_windows(windows, signals), settings.min_objects)
    tests = len(families)
    return PairTests(
        posts=posts,
        signals=signals,
        families=tuple(families),
        synchrony=synchrony,
        windows_ms=windows,
        tests=max(1, tests + len(synchrony.windows_ms)),
        acting=_acting(acts, len(posts)),
    )


def _acting(acts: Mapping[str, pl.DataFrame], posts: int) -> np.ndarray:
    acting = np.zeros(posts, dtype=bool)
    for rows in acts.values():
        acting[rows["post"].to_numpy()] = True
    return acting


def _fine_windows(windows_ms: Sequence[int], signals: Mapping[str, Signal]) -> list[int]:
    """The windows in which posting at the same moment means anything, if that was asked for."""
    alone = next((s for s in signals.values() if s.family == SYNCHRONY), None)
    if alone is None:
        return []
    if alone.longest is None:
        return list(windows_ms)
    return [window for window in windows_ms if window <= alone.longest * 1000]


def run_family_tests(name: str, acts: Acts, windows_ms: Sequence[int], least: int) -> FamilyTests:
    """Join the acts of a family and test its pairs."""
    longest = np.array([_longest_window(s, windows_ms) for s in acts.signals], dtype=np.int64)
    # one act an engagement: an account is eligible from two bursts on (or the least asked for)
    entry = first_rows(acts.engagement)
    bursts = np.bincount(acts.account[entry], minlength=acts.volume.shape[1])
    order = argsort_key_time(acts.engagement, acts.time)
    others = [count_others(acts, window, order) for window in windows_ms]
    reach, cap = reach_of_acts(acts, windows_ms, longest, others)
    eligible = bursts >= min(LEAST_SHARED, least)
    coactions = find_coactions(
        acts, windows_ms, longest, eligible=eligible, others=others, reach=reach
    )
    pairs = AccountPairs.of(coactions)
    counter = CoActionCounter.of(acts, coactions, pairs)
    model = fit_null_model(acts, coactions, pairs, counter, windows_ms, others)
    every_signal = range(len(acts.signals))
    observed = counter.count(model.informative, windows_ms, every_signal)
    several = observed.max(axis=1, initial=0) >= LEAST_SHARED
    growth = Growth(acts, model)
    p = weighted_p_values(acts, coactions, pairs, model, growth, several)
    crowded = reach < _windows_allowed(longest, windows_ms)[acts.signal]
    return FamilyTests(name, acts, coactions, pairs, model, growth, observed, p, crowded, cap)


def _windows_allowed(longest_ms: np.ndarray, windows_ms: Sequence[int]) -> np.ndarray:
    """By signal, the longest of the windows that it allows (ms); -1 where it allows none."""
    allowed = [[w for w in windows_ms if w <= longest] for longest in longest_ms.tolist()]
    return np.array([max(windows, default=-1) for windows in allowed], dtype=np.int64)


def _longest_window(signal: Signal, windows_ms: Sequence[int]) -> int:
    """The longest window (ms) for a signal."""
    if signal.longest is None:
        return windows_ms[-1]
    return min(windows_ms[-1], signal.longest * 1000)


def pair_table(tests: PairTests, least: int) -> pl.DataFrame:
    """``a, b, p, loose, shared``: every pair that shares two things or more in one family.

    ``loose`` is the smallest p-value over families and windows times their number; ``p`` is the
    same over those families in which the pair shares as many things as asked, else 1.
    """
    tables = []
    every: list[FamilyTests | SynchronyTests] = [*tests.families, tests.synchrony]
    for tested in every:
        shared = tested.observed.max(axis=1, initial=0)
        keep = shared >= LEAST_SHARED
        loose = np.minimum(1.0, tests.tests * tested.p)
        tables.append(
            pl.DataFrame(
                {
                    "a": tested.pairs.a[keep].astype(np.uint32),
                    "b": tested.pairs.b[keep].astype(np.uint32),
                    "p": np.where(shared >= least, loose, 1.0)[keep],
                    "loose": loose[keep],
                    "shared": shared[keep].astype(np.int64),
                }
            )
        )
    return (
        pl.concat(tables)
        .group_by("a", "b")
        .agg(pl.col("p", "loose").min(), pl.col("shared").max())
        .sort("a", "b")
    )
