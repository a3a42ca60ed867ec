"""What is planted: a campaign that acts together, and crowds that only seem to. Who is who goes into the truth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tocsin.app.demo.world.clock import after, moment, within
from tocsin.app.demo.world.language import LANGUAGES, TOPICS, bank, expand, slots
from tocsin.app.demo.world.ordinary import Crowd
from tocsin.app.demo.world.parts import Account, Page, Status

BEGINS = 60
"""Hours before the end at which the campaign begins."""


def campaign(
    crowd: Crowd, accounts: tuple[Account, ...], start: datetime, end: datetime
) -> list[Status]:
    """The campaign: a false claim in two languages, copied with small edits, pushed by links, reworded; and everyday posts as cover."""
    rng = crowd.rng
    who = [a for a in accounts if a.role == "campaign"]
    texts = bank("campaign")
    begins = end - timedelta(hours=BEGINS)
    found: list[Status] = []

    def act(
        part: float, seconds: float, say: Callable[[Account], tuple[str, tuple[str, ...]]]
    ) -> list[Status]:
        # The later, the more: two thirds of the acts come in the second half.
        at = moment(
            begins if rng.random() < 0.33 else begins + (end - begins) / 2,
            end - timedelta(hours=1),
            rng,
        )
        made = []
        for account in who:
            if rng.random() < part:
                text, links = say(account)
                made.append(
                    Status(
                        account=account,
                        at=within(at, seconds, rng),
                        text=text,
                        lang=account.lang,
                        links=links,
                        topic="campaign",
                    )
                )
        found.extend(made)
        return made

    for number, claim in enumerate(texts["claims"]):
        made = act(0.88, 150, _copy(claim, texts, rng))
        if number % 2 == 0 and made:
            first = min(made, key=lambda s: s.at)
            for account in rng.sample([a for a in who if a is not first.account], 6):
                found.append(
                    Status(
                        account=account,
                        at=after(first.at, 120, rng),
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
    for account in who:
        for _ in range(rng.randint(2, 5)):
            topic = rng.choice(TOPICS)
            text = crowd.everyday(topic, account.lang)
            found.append(
                Status(
                    account=account,
                    at=moment(start, end, rng),
                    text=text,
                    lang=account.lang,
                    topic=topic,
                )
            )
    return found


def _copy(
    claim: dict[str, str], texts: dict[str, Any], rng: Random
) -> Callable[[Account], tuple[str, tuple[str, ...]]]:
    def say(account: Account) -> tuple[str, tuple[str, ...]]:
        words, text = texts[account.lang], claim[account.lang]
        for old, new in rng.sample(words["edits"], rng.randint(0, 2)):
            text = text.replace(old, new, 1)
        return rng.choice(words["heads"]) + text + rng.choice(words["ends"]), ()

    return say


def _push(
    url: str, texts: dict[str, Any], rng: Random
) -> Callable[[Account], tuple[str, tuple[str, ...]]]:
    def say(account: Account) -> tuple[str, tuple[str, ...]]:
        words = texts[account.lang]
        tag = f" #{rng.choice(words['tags'])}" if rng.random() < 0.4 else ""
        return rng.choice(words["push"]) + tag, (
            url + rng.choice(["", "", "?utm_source=agora", "#lire"]),
        )

    return say


def _reworded(
    number: int, texts: dict[str, Any], rng: Random
) -> Callable[[Account], tuple[str, tuple[str, ...]]]:
    def say(account: Account) -> tuple[str, tuple[str, ...]]:
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

    return say


def concert(crowd: Crowd, end: datetime) -> list[Status]:
    """A concert: fans, one hour, one hashtag, everybody in words of their own."""
    rng, texts = crowd.rng, bank("lookalikes")["concert"]
    evening = (end - timedelta(days=5)).replace(hour=20, minute=0, second=0, microsecond=0)
    found = []
    for lang, count in (("fr", 32), ("en", 26)):
        words = {**slots(lang), **texts["slots"]}
        for account in rng.sample(crowd.people[lang], count):
            for _ in range(rng.choice([1, 1, 2, 3])):
                text = f"{expand(rng.choice(texts[lang]['posts']), words, rng)} #{texts['tag']}"
                found.append(
                    Status(
                        account=account,
                        at=within(evening, 3600, rng),
                        text=text,
                        lang=lang,
                        topic="concert",
                    )
                )
    return found


def share_button(crowd: Crowd, pages: tuple[Page, ...], end: datetime) -> list[Status]:
    """Two headlines of the crisis that dozens of people share with the button, within half an hour."""
    rng, found = crowd.rng, []
    for lang, count in (("fr", 42), ("en", 34)):
        page = max(
            (p for p in pages if p.topic == "crisis" and p.outlet.lang == lang),
            key=lambda p: (len(p.body), p.at),
        )
        for account in rng.sample(crowd.people[lang], count):
            text = (
                page.title
                if rng.random() < 0.75
                else f"{page.title} {rng.choice(bank('city')[lang]['tails'])}"
            )
            at = after(page.at + timedelta(minutes=4), 420, rng)
            if at < end:
                found.append(
                    Status(
                        account=account,
                        at=at,
                        text=text,
                        lang=lang,
                        links=(page.ref,),
                        topic="crisis",
                    )
                )
    return found


def official(crowd: Crowd, accounts: tuple[Account, ...], end: datetime) -> list[Status]:
    """Notices of the town hall and the Water Board, and the many who boost them within the hour."""
    rng, by_name = crowd.rng, {a.name: a for a in accounts}
    found = []
    for row, hours in zip(
        bank("lookalikes")["official"]["posts"], (71.5, 71.2, 29.8, 29.6), strict=True
    ):
        post = Status(
            account=by_name[row["account"]],
            at=end - timedelta(hours=hours),
            text=row["text"],
            lang=row["lang"],
            topic="crisis",
        )
        found.append(post)
        for account in rng.sample(crowd.people[row["lang"]], 26):
            found.append(
                Status(
                    account=account,
                    at=after(post.at, 1_100, rng),
                    text=post.text,
                    lang=post.lang,
                    boost_of=post,
                    topic="crisis",
                )
            )
    return found


def truth(statuses: list[Status], seed: int, start: datetime, end: datetime) -> dict[str, Any]:
    """Who acted together, who only seems to, and what the crisis is called: the shape that scoring tools read."""

    def who(keep: Callable[[Status], bool]) -> list[str]:
        return sorted({s.account.id for s in statuses if keep(s)})

    tag = bank("lookalikes")["concert"]["tag"]
    return {
        "seed": seed, "start": start.isoformat(), "end": end.isoformat(),
        "campaigns": {"la_source_libre": who(lambda s: s.account.role == "campaign")},
        "innocent": {
            "agency_copy": who(lambda s: s.account.role == "outlet"),
            "fan_hour": who(lambda s: f"#{tag}" in s.text),
            "news_burst": who(lambda s: s.account.role == "ordinary" and s.topic == "crisis" and bool(s.links)),
            "official_boosted": who(lambda s: s.boost_of is not None and s.boost_of.account.role == "official"),
        },
        "crisis": {
            "terms": ["Mirecombe", "eau", "water", "Aulnes Noires", "Black Alders"],
            "first_at": min(s.at for s in statuses if s.topic == "crisis").isoformat(),
            "claim": ["mercure", "mercury", "IlsSavaient", "TheyKnew"],
            "site": bank("campaign")["site"], "languages": list(LANGUAGES),
        },
        "rising": {"terms": ["phoque", "seal"]},
    }  # fmt: skip
