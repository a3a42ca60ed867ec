"""Innocent readings of a group, one file each; registered here by name.

Other packages bring theirs by the entry-point group ``tocsin.readings``; a reading that belongs to
one signal is named by that signal (`graph.coordination.signals.base.Signal.readings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.plugins import choose, registered

if TYPE_CHECKING:
    from graph.coordination.readings.base import Reading
    from graph.coordination.signals.base import Signal

READINGS: dict[str, str] = {
    "news_burst": "graph.coordination.readings.news_burst:NewsBurst",
    "share_button": "graph.coordination.readings.share_button:ShareButton",
    "agency": "graph.coordination.readings.agency:Agency",
    "official_accounts": "graph.coordination.readings.official_accounts:OfficialAccounts",
    "fan_hour": "graph.coordination.readings.fan_hour:FanHour",
    "one_popular_post": "graph.coordination.readings.one_popular_post:OnePopularPost",
    "audience": "graph.coordination.readings.audience:Audience",
    "whole_population": "graph.coordination.readings.whole_population:WholePopulation",
    "scheduled_tool": "graph.coordination.readings.scheduled_tool:ScheduledTool",
    "any_time": "graph.coordination.readings.any_time:AnyTime",
    "same_hours": "graph.coordination.readings.same_hours:SameHours",
}
"""Name -> where it is, in the order in which they are tried."""


def load_readings() -> list[Reading]:
    """All registered readings: ours in their order, then those of installed packages.

    Raises:
        ConfigError: a package of one of them cannot be loaded.
    """
    return [choose("reading", name, READINGS)() for name in registered("reading", READINGS)]


def readings_for(signal: Signal) -> list[Reading]:
    """The innocent readings that exist for what a signal finds: registered ones, then its own."""
    fitting = [
        reading
        for reading in load_readings()
        if reading.object_kinds is None or signal.object_kind in reading.object_kinds
    ]
    return fitting + [reading() for reading in signal.readings]
