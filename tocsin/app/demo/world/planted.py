"""What is planted: a campaign that acts together, and many people who only seem to.

Who is who goes into the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tocsin.app.demo.world.everyday_posts import Population
from tocsin.app.demo.world.model import Account, Page, Status
from tocsin.app.demo.world.posting_times import HOUR_OF_END, random_time, soon_after, within_seconds
from tocsin.app.demo.world.templates import (
    LANGUAGES,
    TOPICS,
    expand_template,
    load_texts,
    slot_words,
)

BEGINS = 60
"""Hours before the end at which the campaign begins."""


def campaign_posts(
    population: Population, accounts: tuple[Account, ...], start: datetime, end: datetime
) -> list[Status]:
    """The campaign: a false claim in two languages, with everyday posts as cover.

    The claim is copied with small edits, pushed by links, and reworded.
    """
    rng = population.rng
    members = [a for a in accounts if a.role == "campaign"]
    texts = load_texts("campaign")
    begins = end - timedelta(hours=BEGINS)
    statuses: list[Status] = []

    def act(
        part: float, seconds: float, write: Callable[[Account], tuple[str, tuple[str, ...]]]
    ) -> list[Status]:
        """One joint act: a part of the members post within so many seconds of each other."""
        # the later, the more: two thirds of the acts come in the second half
        earliest = begins if rng.random() < 0.33 else begins + (end - begins) / 2
        at = random_time(earliest, end - timedelta(hours=1), end, rng)
        act_posts = []
        for account in members:
            if rng.random() < part:
                text, links = write(account)
                act_posts.append(
                    Status(
                        account=account,
                        at=within_seconds(at, seconds, rng),
                        text=text,
                        lang=account.lang,
                        links=links,
                        topic="campaign",
                    )
                )
        statuses.extend(act_posts)
        return act_posts

    for number, claim in enumerate(texts["claims"]):
        copies = act(0.88, 150, _copy(claim, texts, rng))
        if number % 2 == 0 and copies:
            first = min(copies, key=lambda status: status.at)
            for account in rng.sample([a for a in members if a is not first.account], 6):
                statuses.append(
                    Status(
                        account=account,
                        at=soon_after(first.at, 120, rng),
                        text=first.text,
                        lang=first.lang,
                        boost_of=first,
                        topic="campaign",
                    )
                )
    for page in texts["pages"]:
        act(0.7, 540, _push(f"https://{texts['site']}/{page}", texts, rng))
    for number in range(len(texts["fr"]["reworded"])):
        act(0.8, 240, _reworded(number, texts, rng))
    for account in members:
        for _ in range(rng.randint(2, 5)):
            topic = rng.choice(TOPICS)
            text = population.everyday_text(topic, account.lang)
            statuses.append(
                Status(
                    account=account,
                    at=random_time(start, end, end, rng),
                    text=text,
                    lang=account.lang,
                    topic=topic,
                )
            )
    return statuses


def _copy(
    claim: dict[str, str], texts: dict[str, Any], rng: Random
) -> Callable[[Account], tuple[str, tuple[str, ...]]]:
    def write(account: Account) -> tuple[str, tuple[str, ...]]:
        words, text = texts[account.lang], claim[account.lang]
        for old, new in rng.sample(words["edits"], rng.randint(0, 2)):
            text = text.replace(old, new, 1)
        return rng.choice(words["heads"]) + text + rng.choice(words["ends"]), ()

    return write


def _push(
    url: str, texts: dict[str, Any], rng: Random
) -> Callable[[Account], tuple[str, tuple[str, ...]]]:
    def write(account: Account) -> tuple[str, tuple[str, ...]]:
        words = texts[account.lang]
        tag = f" #{rng.choice(words['tags'])}" if rng.random() < 0.4 else ""
        return rng.choice(words["push"]) + tag, (
            url + rng.choice(["", "", "?utm_source=agora", "#lire"]),
        )

    return write


def _reworded(
    number: int, texts: dict[str, Any], rng: Random
) -> Callable[[Account], tuple[str, tuple[str, ...]]]:
    def write(account: Account) -> tuple[str, tuple[str, ...]]:
        first, *rest = texts[account.lang]["reworded"][number]
        one, two = rng.sample(rest, 2)
        text = rng.choice(
            [
                f"{first}, {one}, {two}.",
                f"{one.capitalize()}. {two.capitalize()}. {first}.",
                f"{first}. {two.capitalize()} : {one}.",
            ]
        )
        return text, ()

    return write


def concert_posts(population: Population, end: datetime) -> list[Status]:
    """A concert: fans, one hour, one hashtag, everybody in words of their own."""
    rng, texts = population.rng, load_texts("lookalikes")["concert"]
    evening = end - HOUR_OF_END - timedelta(days=5) + timedelta(hours=20)
    statuses = []
    for lang, count in (("fr", 32), ("en", 26)):
        words = {**slot_words(lang), **texts["slots"]}
        for account in rng.sample(population.by_language[lang], count):
            for _ in range(rng.choice([1, 1, 2, 3])):
                template = rng.choice(texts[lang]["posts"])
                text = f"{expand_template(template, words, rng)} #{texts['tag']}"
                statuses.append(
                    Status(
                        account=account,
                        at=within_seconds(evening, 3600, rng),
                        text=text,
                        lang=lang,
                        topic="concert",
                    )
                )
    return statuses


def shared_headlines(
    population: Population, pages: tuple[Page, ...], end: datetime
) -> list[Status]:
    """Two headlines of the crisis that dozens of people share by the button in half an hour."""
    rng = population.rng
    statuses: list[Status] = []
    for lang, count in (("fr", 42), ("en", 34)):
        page = max(
            (p for p in pages if p.topic == "crisis" and p.outlet.lang == lang),
            key=lambda p: (len(p.body), p.at),
        )
        for account in rng.sample(population.by_language[lang], count):
            text = page.title
            if rng.random() >= 0.75:
                text += f". {rng.choice(load_texts('city')[lang]['tails'])}"
            at = soon_after(page.at + timedelta(minutes=4), 420, rng)
            if at < end:
                statuses.append(
                    Status(
                        account=account,
                        at=at,
                        text=text,
                        lang=lang,
                        links=(page.ref,),
                        topic="crisis",
                    )
                )
    return statuses


def official_notices(
    population: Population, accounts: tuple[Account, ...], end: datetime
) -> list[Status]:
    """Notices of the town hall and the Water Board, and the many who boost them within the hour."""
    rng, by_name = population.rng, {a.name: a for a in accounts}
    statuses = []
    for row, hours in zip(
        load_texts("lookalikes")["official"]["posts"], (71.5, 71.2, 29.8, 29.6), strict=True
    ):
        post = Status(
            account=by_name[row["account"]],
            at=end - timedelta(hours=hours),
            text=row["text"],
            lang=row["lang"],
            topic="crisis",
        )
        statuses.append(post)
        for account in rng.sample(population.by_language[row["lang"]], 26):
            statuses.append(
                Status(
                    account=account,
                    at=soon_after(post.at, 1_100, rng),
                    text=post.text,
                    lang=post.lang,
                    boost_of=post,
                    topic="crisis",
                )
            )
    return statuses


def planted_truth(
    statuses: list[Status], seed: int, start: datetime, end: datetime
) -> dict[str, Any]:
    """Who acted together, who only seems to, and how the crisis is called: for scoring tools."""

    def accounts_of(keep: Callable[[Status], bool]) -> list[str]:
        return sorted({status.account.id for status in statuses if keep(status)})

    def shares_news(status: Status) -> bool:
        ordinary = status.account.role == "ordinary"
        return ordinary and status.topic == "crisis" and bool(status.links)

    def boosts_notice(status: Status) -> bool:
        return status.boost_of is not None and status.boost_of.account.role == "official"

    tag = load_texts("lookalikes")["concert"]["tag"]
    return {
        "seed": seed,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "campaigns": {"la_source_libre": accounts_of(lambda s: s.account.role == "campaign")},
        "innocent": {
            "agency_copy": accounts_of(lambda s: s.account.role == "outlet"),
            "fan_hour": accounts_of(lambda s: f"#{tag}" in s.text),
            "news_burst": accounts_of(shares_news),
            "official_boosted": accounts_of(boosts_notice),
        },
        "crisis": {
            "terms": ["Mirecombe", "eau", "water", "Aulnes Noires", "Black Alders"],
            "first_at": min(s.at for s in statuses if s.topic == "crisis").isoformat(),
            "claim": ["mercure", "mercury", "IlsSavaient", "TheyKnew"],
            "site": load_texts("campaign")["site"],
            "languages": list(LANGUAGES),
        },
        "rising": {"terms": ["phoque", "seal"]},
    }
