"""The demo's world, made: the same end and seed give the same world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from tocsin.app.demo.world import ordinary, people, planted, press
from tocsin.app.demo.world.parts import Status, World

SEED = 7
DAYS = 14
MIN_DAYS = 7


def build(end: datetime, days: int = DAYS, seed: int = SEED) -> World:
    """The world of so many days before ``end``.

    Args:
        end: aware time of the last things that happen, rounded down to the minute.
        days: at least 7, so that the crisis has a past to rise from.
    """
    end = end.astimezone(UTC).replace(second=0, microsecond=0)
    start = end - timedelta(days=max(MIN_DAYS, days))
    rng = Random(seed)  # noqa: S311
    accounts = people.accounts(end, rng)
    outlets = people.outlets()
    own, dispatches = press.pages(outlets, start, end, rng)
    everything = (*own, *(page for carried in dispatches for page in carried))
    crowd = ordinary.Crowd(accounts, rng)
    statuses = [
        *ordinary.everyday(crowd, start, end),
        *ordinary.crisis(crowd, end),
        *ordinary.seal(crowd, end),
    ]
    said = list(statuses)
    campaign = planted.campaign(crowd, accounts, start, end)
    statuses += ordinary.shares(crowd, everything, end)
    statuses += ordinary.answers(crowd, said, end)
    statuses += ordinary.boosts(crowd, said, end)
    statuses += ordinary.boosts(crowd, [s for s in campaign if s.boost_of is None], end, 14)
    statuses += campaign
    statuses += press.posts(own, dispatches, accounts, rng)
    statuses += planted.concert(crowd, end)
    statuses += planted.share_button(crowd, own, end)
    statuses += planted.official(crowd, accounts, end)
    statuses = _in_order([s for s in statuses if s.at < end], rng)
    return World(
        start=start, end=end, seed=seed, accounts=accounts, outlets=outlets, statuses=tuple(statuses),
        pages=tuple(sorted(everything, key=lambda p: (p.at, p.outlet.host, p.path))), truth=planted.truth(statuses, seed, start, end),
    )  # fmt: skip


def _in_order(statuses: list[Status], rng: Random) -> list[Status]:
    """In time order, numbered as the server would have: milliseconds, then a counter."""
    statuses = sorted(statuses, key=lambda s: (s.at, s.account.number))
    for number, status in enumerate(statuses):
        status.id = str((int(status.at.timestamp() * 1000) << 16) + number)
        status.favourites = int(rng.paretovariate(1.3)) - 1 if status.boost_of is None else 0
        if status.boost_of is not None:
            status.boost_of.boosts += 1
        if status.reply_to is not None:
            status.reply_to.replies += 1
    return statuses
