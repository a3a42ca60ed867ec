"""What people say of their own accord.

Everyday topics, the crisis as they live it, replies, boosts, and a seal in the harbour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from tocsin.app.demo.world.model import Account, Page, Status
from tocsin.app.demo.world.posting_times import random_time, soon_after
from tocsin.app.demo.world.templates import (
    LANGUAGES,
    TOPICS,
    ShuffledDeck,
    expand_template,
    load_texts,
    slot_words,
)

EVERYDAY = 860
"""Everyday posts in a fortnight."""
WEIGHTS = {
    "transport": 1.2,
    "energy": 0.9,
    "sport": 1.0,
    "culture": 1.0,
    "city": 1.1,
    "politics": 0.9,
    "daily": 1.0,
}
PHASES = (
    ("smell", 92, 73, 44),
    ("notice", 72, 62, 120),
    ("life", 66, 0, 300),
    ("doubt", 42, 0, 80),
)
"""Phase of the crisis, from and until how many hours before the end, posts."""
_OPENERS = {
    "fr": ("", "", "", "", "Bon, ", "Alors ", "Dites, "),
    "en": ("", "", "", "", "So, ", "Well, ", "Right then: "),
}
_SMILES = ("", "", "", "", " 🙂", " 🙃", " 👏", " 🌧️", " ☕", " ❤️", " 😅")


class Population:
    """The ordinary accounts, some far more talkative than others, and the sentences that are left.

    ``by_language`` holds the accounts; every draw comes from one generator.
    """

    def __init__(self, accounts: tuple[Account, ...], rng: Random) -> None:
        self.rng = rng
        self.by_language = {
            lang: [a for a in accounts if a.role == "ordinary" and a.lang == lang]
            for lang in LANGUAGES
        }
        self._weights = {
            lang: [min(9.0, rng.paretovariate(1.6)) for _ in accounts]
            for lang, accounts in self.by_language.items()
        }
        self._decks: dict[tuple[str, str, str], ShuffledDeck] = {}
        self._written: set[str] = set()

    def pick_account(self, lang: str) -> Account:
        """One of the accounts, the talkative more often."""
        return self.rng.choices(self.by_language[lang], self._weights[lang])[0]

    def new_sentence(self, topic: str, lang: str, part: str) -> str:
        """A sentence of a topic that nobody has written in just these words."""
        for _ in range(50):
            key = (topic, lang, part)
            if key not in self._decks:
                self._decks[key] = ShuffledDeck(load_texts(topic)[lang][part], self.rng)
            text = expand_template(self._decks[key].draw(), slot_words(lang, topic), self.rng)
            if text not in self._written:
                break
        self._written.add(text)
        return text

    def everyday_text(self, topic: str, lang: str) -> str:
        """A post: a statement, often with an afterthought, sometimes with hashtags."""
        rng = self.rng
        text = self.new_sentence(topic, lang, "statements")
        opener = rng.choice(_OPENERS[lang])
        if opener and text[0].isalpha() and text[1:2].islower():
            text = opener + text[0].lower() + text[1:]
        if text[-1] not in ".!?…":
            text += rng.choice([".", ".", ".", "", "!" if lang == "en" else " !", "…"])
        if rng.random() < 0.45:
            text += (" " if text[-1] in ".!?…" else ". ") + rng.choice(
                load_texts(topic)[lang]["tails"]
            )
        return self.with_habits(text, load_texts(topic)[lang]["tags"], 0.3)

    def with_habits(self, text: str, tags: list[str], chance: float) -> str:
        """With the writer's habits: a smile, hashtags."""
        text += self.rng.choice(_SMILES)
        if self.rng.random() < chance:
            text += "".join(f" #{tag}" for tag in self.rng.sample(tags, self.rng.choice([1, 1, 2])))
        return text


def everyday_posts(population: Population, start: datetime, end: datetime) -> list[Status]:
    """Everyday posts over the whole time; the number follows its length."""
    rng = population.rng
    statuses: list[Status] = []
    count = max(100, round(EVERYDAY * (end - start).total_seconds() / (14 * 86_400)))
    for _ in range(count):
        lang = rng.choices(LANGUAGES, (0.53, 0.47))[0]
        topic = rng.choices(TOPICS, [WEIGHTS[t] for t in TOPICS])[0]
        statuses.append(
            Status(
                account=population.pick_account(lang),
                at=random_time(start, end, end, rng),
                text=population.everyday_text(topic, lang),
                lang=lang,
                topic=topic,
            )
        )
    return statuses


def crisis_posts(population: Population, end: datetime) -> list[Status]:
    """The crisis as people live it, phase by phase."""
    rng = population.rng
    statuses: list[Status] = []
    for phase, first, last, count in PHASES:
        for _ in range(count):
            lang = rng.choices(LANGUAGES, (0.55, 0.45))[0]
            text = population.new_sentence("crisis", lang, phase)
            text += "" if text[-1] in ".!?" else rng.choice([".", ".", "", "…"])
            if rng.random() < 0.4:
                text += (" " if text[-1] in ".!?…" else ". ") + rng.choice(
                    load_texts("crisis")[lang]["tails"]
                )
            at = random_time(end - timedelta(hours=first), end - timedelta(hours=last), end, rng)
            statuses.append(
                Status(
                    account=population.pick_account(lang),
                    at=at,
                    text=population.with_habits(text, load_texts("crisis")[lang]["tags"], 0.4),
                    lang=lang,
                    topic="crisis",
                )
            )
    return statuses


def seal_posts(population: Population, end: datetime) -> list[Status]:
    """A seal in the harbour: many people, a few hours, nobody behind it."""
    statuses = []
    for _ in range(46):
        lang = population.rng.choice(LANGUAGES)
        text = population.with_habits(
            population.new_sentence("replies", lang, "seal"),
            ["PortAlvane", "phoque" if lang == "fr" else "seal"],
            0.2,
        )
        at = end - timedelta(seconds=population.rng.triangular(0, 11 * 3600, 2.5 * 3600))
        statuses.append(
            Status(account=population.pick_account(lang), at=at, text=text, lang=lang, topic="seal")
        )
    return statuses


def replies(
    population: Population, posts: list[Status], end: datetime, count: int = 130
) -> list[Status]:
    """Replies under some of the posts."""
    rng = population.rng
    statuses: list[Status] = []
    for target in rng.sample(posts, min(count, len(posts))):
        at = soon_after(target.at, 2_400, rng)
        if at >= end or target.account.role == "campaign":
            continue
        template = rng.choice(load_texts("replies")[target.lang]["replies"])
        reply = expand_template(template, slot_words(target.lang), rng)
        text = f"@{target.account.name} {reply}"
        statuses.append(
            Status(
                account=population.pick_account(target.lang),
                at=at,
                text=text,
                lang=target.lang,
                reply_to=target,
                topic=target.topic,
            )
        )
    return statuses


def boosts(
    population: Population, posts: list[Status], end: datetime, count: int = 100
) -> list[Status]:
    """Boosts of what people like: few posts get many."""
    rng = population.rng
    statuses: list[Status] = []
    boosted: set[tuple[str, int]] = set()
    liked = rng.sample(posts, max(1, len(posts) // 12))
    weights = [rng.paretovariate(1.2) for _ in liked]
    for target in rng.choices(liked, weights, k=count):
        at = soon_after(target.at, 5_400, rng)
        account = population.pick_account(target.lang)
        key = (account.name, id(target))
        if at < end and account is not target.account and key not in boosted:
            boosted.add(key)
            statuses.append(
                Status(
                    account=account,
                    at=at,
                    text=target.text,
                    lang=target.lang,
                    boost_of=target,
                    topic=target.topic,
                )
            )
    return statuses


def article_shares(population: Population, pages: tuple[Page, ...], end: datetime) -> list[Status]:
    """People who pass on an article with a word of their own, over the following day."""
    rng = population.rng
    statuses: list[Status] = []
    for page in pages:
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            at = soon_after(page.at, 20_000, rng)
            if at >= end:
                continue
            comments = load_texts(page.topic)[page.outlet.lang].get("tails")
            comment = rng.choice(comments or load_texts("city")[page.outlet.lang]["tails"])
            title = page.title if rng.random() < 0.5 else ""
            text = " ".join(part for part in (comment, title) if part)
            statuses.append(
                Status(
                    account=population.pick_account(page.outlet.lang),
                    at=at,
                    text=text,
                    lang=page.outlet.lang,
                    links=(page.ref,),
                    topic=page.topic,
                )
            )
    return statuses
