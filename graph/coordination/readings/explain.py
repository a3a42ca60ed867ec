"""Innocent readings of a group: each is tried, with how well it fits and what would refute it.

A reading that fits makes the group "explained": it stays listed, and is not a flag. Readings use
what the posts themselves show; where accounts come without a profile, those that need one say so.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph.coordination.readings.base import FITS, GroupEvidence, Reading
from graph.coordination.signals.base import Signal
from tocsin.core.errors import TocsinError
from tocsin.core.findings import Explanation
from tocsin.core.messages import Message


def choose_readings(
    registered: Iterable[Reading], signals: Iterable[Signal], group: GroupEvidence
) -> list[Reading]:
    """The readings to try on a group: all registered ones, and those that its signals bring."""
    shared = set(group.events["signal"].to_list())
    chosen = {reading.name: reading for reading in registered}
    for signal in signals:
        for own in signal.readings if signal.name in shared else ():
            chosen.setdefault(own.name, own())
    return list(chosen.values())


def explain(reading: Reading, group: GroupEvidence) -> Explanation:
    """One reading tried on a group.

    Raises:
        TocsinError: a reading of another package fails.
    """
    try:
        fit = reading.fit(group)
    except Exception as error:  # code of others may raise anything
        if type(reading).__module__.startswith("graph."):
            raise
        raise TocsinError(
            Message(
                "fault.plugins.reading",
                {"name": repr(reading.name), "type": type(error).__name__, "error": str(error)},
            )
        ) from error
    return Explanation(
        kind=reading.name,
        fits=fit.share >= FITS,
        because=fit.because,
        refuted_by=fit.refuted_by or reading.refuted_by,
        fit=round(min(1.0, fit.share), 4),
        label=reading.label,
    )
