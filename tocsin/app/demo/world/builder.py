"""Builds the demo's world: the same end and seed give the same world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from tocsin.app.demo.world import everyday_posts, planted, press
from tocsin.app.demo.world.accounts import load_outlets, make_accounts
from tocsin.app.demo.world.everyday_posts import Population
from tocsin.app.demo.world.model import Status, World

SEED = 7
DAYS = 14
MIN_DAYS = 7


def build_world(end: datetime, days: int = DAYS, seed: int = SEED) -> World:
    """The world of so many days before ``end``.

    Args:
        end: aware time of the last things that happen, rounded down to the minute.
        days: at least 7, so that the crisis has a past to rise from.
        seed: of every random draw. The order of the draws is part of the world.
    """
    end = end.astimezone(UTC).replace(second=0, microsecond=0)
    start = end - timedelta(days=max(MIN_DAYS, days))
    rng = Random(seed)  # noqa: S311
    accounts = make_accounts(end, rng)
    outlets = load_outlets()
    own, dispatches = press.make_pages(outlets, start, end, rng)
    pages = (*own, *(page for carried in dispatches for page in carried))
    population = Population(accounts, rng)
    statuses = [
        *everyday_posts.everyday_posts(population, start, end),
        *everyday_posts.crisis_posts(population, end),
        *everyday_posts.seal_posts(population, end),
    ]
    originals = list(statuses)
    campaign = planted.campaign_posts(population, accounts, start, end)
    campaign_originals = [status for status in campaign if status.boost_of is None]
    statuses += everyday_posts.article_shares(population, pages, end)
    statuses += everyday_posts.replies(population, originals, end)
    statuses += everyday_posts.boosts(population, originals, end)
    statuses += everyday_posts.boosts(population, campaign_originals, end, 14)
    statuses += campaign
    statuses += press.announcements(own, dispatches, accounts, rng)
    statuses += planted.concert_posts(population, end)
    statuses += planted.shared_headlines(population, own, end)
    statuses += planted.official_notices(population, accounts, end)
    statuses = _in_order([status for status in statuses if status.at < end], rng)
    return World(
        start=start,
        end=end,
        seed=seed,
        accounts=accounts,
        outlets=outlets,
        statuses=tuple(statuses),
        pages=tuple(sorted(pages, key=lambda page: (page.at, page.outlet.host, page.path))),
        truth=planted.planted_truth(statuses, seed, start, end),
    )


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
