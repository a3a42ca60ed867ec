"""What people say of their own accord: everyday topics, the crisis as they live it, answers, boosts, and a seal."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from tocsin.app.demo.world.clock import after, moment
from tocsin.app.demo.world.language import LANGUAGES, TOPICS, Deck, bank, expand, slots
from tocsin.app.demo.world.parts import Account, Page, Status

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


class Crowd:
    """Ordinary accounts, some far more talkative than others, and the cards they draw their words from."""

    def __init__(self, accounts: tuple[Account, ...], rng: Random) -> None:
        self.rng = rng
        self.people = {
            lang: [a for a in accounts if a.role == "ordinary" and a.lang == lang]
            for lang in LANGUAGES
        }
        self._weights = {
            lang: [min(9.0, rng.paretovariate(1.6)) for _ in who]
            for lang, who in self.people.items()
        }
        self._decks: dict[tuple[str, str, str], Deck] = {}
        self._said: set[str] = set()

    def somebody(self, lang: str) -> Account:
        """One of them, the talkative more often."""
        return self.rng.choices(self.people[lang], self._weights[lang])[0]

    def words(self, topic: str, lang: str, part: str) -> str:
        """A sentence of a topic that nobody has said in just these words."""
        for _ in range(50):
            key = (topic, lang, part)
            if key not in self._decks:
                self._decks[key] = Deck(bank(topic)[lang][part], self.rng)
            text = expand(self._decks[key].draw(), slots(lang, topic), self.rng)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def everyday(self, topic: str, lang: str) -> str:
        """A post: a statement, often with an afterthought, sometimes with hashtags."""
        rng = self.rng
        text = self.words(topic, lang, "statements")
        opener = rng.choice(_OPENERS[lang])
        if opener and text[0].isalpha() and text[1:2].islower():
            text = opener + text[0].lower() + text[1:]
        if text[-1] not in ".!?…":
            text += (
                rng.choice([".", ".", ".", "", "!", "…"])
                if lang == "en"
                else rng.choice([".", ".", ".", "", " !", "…"])
            )
        if rng.random() < 0.45:
            text += (" " if text[-1] in ".!?…" else ". ") + rng.choice(bank(topic)[lang]["tails"])
        return self.styled(text, bank(topic)[lang]["tags"], 0.3)

    def styled(self, text: str, tags: list[str], chance: float) -> str:
        """With the writer's habits: a smile, hashtags."""
        text += self.rng.choice(_SMILES)
        if self.rng.random() < chance:
            text += "".join(f" #{tag}" for tag in self.rng.sample(tags, self.rng.choice([1, 1, 2])))
        return text


def everyday(crowd: Crowd, start: datetime, end: datetime) -> list[Status]:
    """Everyday posts over the whole time; the number follows its length."""
    rng, found = crowd.rng, []
    count = max(100, round(EVERYDAY * (end - start).total_seconds() / (14 * 86_400)))
    for _ in range(count):
        lang = rng.choices(LANGUAGES, (0.53, 0.47))[0]
        topic = rng.choices(TOPICS, [WEIGHTS[t] for t in TOPICS])[0]
        found.append(
            Status(
                account=crowd.somebody(lang),
                at=moment(start, end, rng),
                text=crowd.everyday(topic, lang),
                lang=lang,
                topic=topic,
            )
        )
    return found


def crisis(crowd: Crowd, end: datetime) -> list[Status]:
    """The crisis as people live it, phase by phase."""
    rng, found = crowd.rng, []
    for phase, first, last, count in PHASES:
        for _ in range(count):
            lang = rng.choices(LANGUAGES, (0.55, 0.45))[0]
            text = crowd.words("crisis", lang, phase)
            text += "" if text[-1] in ".!?" else rng.choice([".", ".", "", "…"])
            if rng.random() < 0.4:
                text += (" " if text[-1] in ".!?…" else ". ") + rng.choice(
                    bank("crisis")[lang]["tails"]
                )
            at = moment(end - timedelta(hours=first), end - timedelta(hours=last), rng)
            found.append(
                Status(
                    account=crowd.somebody(lang),
                    at=at,
                    text=crowd.styled(text, bank("crisis")[lang]["tags"], 0.4),
                    lang=lang,
                    topic="crisis",
                )
            )
    return found


def seal(crowd: Crowd, end: datetime) -> list[Status]:
    """A seal in the harbour: many people, a few hours, nobody behind it."""
    found = []
    for _ in range(46):
        lang = crowd.rng.choice(LANGUAGES)
        text = crowd.styled(
            crowd.words("replies", lang, "seal"),
            ["PortAlvane", "phoque" if lang == "fr" else "seal"],
            0.2,
        )
        at = end - timedelta(seconds=crowd.rng.triangular(0, 11 * 3600, 2.5 * 3600))
        found.append(
            Status(account=crowd.somebody(lang), at=at, text=text, lang=lang, topic="seal")
        )
    return found


def answers(crowd: Crowd, posts: list[Status], end: datetime, count: int = 130) -> list[Status]:
    """Replies under some of the posts."""
    rng, found = crowd.rng, []
    for target in rng.sample(posts, min(count, len(posts))):
        at = after(target.at, 2_400, rng)
        if at >= end or target.account.role == "campaign":
            continue
        text = f"@{target.account.name} {expand(rng.choice(bank('replies')[target.lang]['replies']), slots(target.lang), rng)}"
        found.append(
            Status(
                account=crowd.somebody(target.lang),
                at=at,
                text=text,
                lang=target.lang,
                reply_to=target,
                topic=target.topic,
            )
        )
    return found


def boosts(crowd: Crowd, posts: list[Status], end: datetime, count: int = 100) -> list[Status]:
    """Boosts of what people like: few posts get many."""
    rng, found, done = crowd.rng, [], set[tuple[str, int]]()
    liked = rng.sample(posts, max(1, len(posts) // 12))
    weights = [rng.paretovariate(1.2) for _ in liked]
    for target in rng.choices(liked, weights, k=count):
        at, who = after(target.at, 5_400, rng), crowd.somebody(target.lang)
        if at < end and who is not target.account and (who.name, id(target)) not in done:
            done.add((who.name, id(target)))
            found.append(
                Status(
                    account=who,
                    at=at,
                    text=target.text,
                    lang=target.lang,
                    boost_of=target,
                    topic=target.topic,
                )
            )
    return found


def shares(crowd: Crowd, pages: tuple[Page, ...], end: datetime) -> list[Status]:
    """People who pass on an article with a word of their own, over the following day."""
    rng, found = crowd.rng, []
    for page in pages:
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            at = after(page.at, 20_000, rng)
            if at >= end:
                continue
            said = rng.choice(
                bank(page.topic)[page.outlet.lang].get("tails")
                or bank("city")[page.outlet.lang]["tails"]
            )
            title = page.title if rng.random() < 0.5 else ""
            text = " ".join(part for part in (said, title) if part)
            found.append(
                Status(
                    account=crowd.somebody(page.outlet.lang),
                    at=at,
                    text=text,
                    lang=page.outlet.lang,
                    links=(page.ref,),
                    topic=page.topic,
                )
            )
    return found
