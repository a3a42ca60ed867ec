"""Weak signals as analysts left their stories: under the name given, without those in the bin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from index.narratives.edits import SUBJECT
from tocsin.core.findings import Narrative, WeakSignal

if TYPE_CHECKING:
    from index.base import Index

Signal = TypeVar("Signal", bound=WeakSignal)


def current_signals(
    index: Index, kind: str = WeakSignal.kind
) -> tuple[list[WeakSignal], list[WeakSignal]]:
    """The published signals (or alerts) as everybody is shown them, and those of binned stories."""
    published = [one for one in index.findings(kind) if isinstance(one, WeakSignal)]
    if not any(subject.startswith(SUBJECT) for subject in index.marks()):
        return published, []
    narratives = (one for one in index.findings("narrative") if isinstance(one, Narrative))
    return split_binned(published, narratives)


def split_binned(
    signals: Sequence[Signal], narratives: Iterable[Narrative]
) -> tuple[list[Signal], list[Signal]]:
    """Signals under the names that analysts gave, and those of stories in the bin.

    A signal is of a narrative that has half of its posts at least.
    """
    edited = {one.id: one for one in narratives if one.name or one.binned}
    story_of = {key: one.id for one in edited.values() for key in one.members}
    told: list[Signal] = []
    binned: list[Signal] = []
    for signal in signals:
        counted = Counter(story_of[key] for key in signal.post_ids if key in story_of)
        story, number = next(iter(counted.most_common(1)), ("", 0))
        if not story or 2 * number < len(signal.post_ids):
            told.append(signal)
        elif edited[story].binned:
            binned.append(signal)
        else:
            told.append(replace(signal, name=edited[story].name))
    return told, binned
