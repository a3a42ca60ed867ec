"""More kinds of campaign and of innocent look-alikes, planted into posts in the exchange format.

The engine was first built on the kinds of ``../shared/tools/plant_campaigns.py``. These ask whether
it finds the phenomenon or only knows that tool. Texts are strings of made-up words, so that only
texts that are meant to be the same are copies. The same seed gives the same posts.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

Post = dict[str, Any]
Say = Callable[[str, float], None]
SYLLABLES = [
    "ba",
    "ke",
    "lo",
    "mi",
    "nu",
    "ra",
    "se",
    "ti",
    "vo",
    "za",
    "dri",
    "fle",
    "gno",
    "pla",
    "stu",
]


@dataclass
class Planting:
    """Posts to add, and the truth about them."""

    posts: list[Post] = field(default_factory=list)
    campaigns: dict[str, list[str]] = field(default_factory=dict)
    innocent: dict[str, list[str]] = field(default_factory=dict)


class Planter:
    """Plants into ``base`` (exchange objects in time order)."""

    def __init__(self, base: list[Post], seed: int) -> None:
        self.base, self.rng, self.made = base, random.Random(seed), Planting()
        self.times = [
            datetime.fromisoformat(p["published_at"].replace("Z", "+00:00")).timestamp()
            for p in base
        ]
        self.start, self.end = self.times[0], self.times[-1]
        self.salt = hashlib.sha256(f"kinds{seed}".encode()).hexdigest()[:6]
        self.crowd = sorted({p["author"]["id"] for p in base})

    def words(self, count: int = 14) -> str:
        return " ".join(
            "".join(self.rng.choice(SYLLABLES) for _ in range(self.rng.randint(2, 4)))
            for _ in range(count)
        )

    def say(self, author: str, at: float, text: str | None = None, **more: Any) -> str:
        name = f"k{self.salt}{len(self.made.posts):07d}"
        stamp = (
            datetime.fromtimestamp(at, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )
        self.made.posts.append(
            {
                "id": name,
                "platform": "x",
                "author": {"id": author, "handle": author} | more.pop("profile", {}),
                "text": self.words() if text is None else text,
                "lang": "en",
                "published_at": stamp,
            }
            | more
        )
        return name

    def people(self, name: str, count: int, *, innocent: bool = False) -> list[str]:
        who = [
            "v" + hashlib.sha256(f"{self.salt}{name}{i}".encode()).hexdigest()[:10]
            for i in range(count)
        ]
        (self.made.innocent if innocent else self.made.campaigns)[name] = who
        return who

    def chatter(self, who: list[str], most: int) -> None:
        """Ordinary posts at ordinary times, some with the links that others had."""
        for author in who:
            for _ in range(self.rng.randint(0, most)):
                k = self.rng.randrange(len(self.base))
                self.say(
                    author,
                    self.times[k] + self.rng.gauss(0, 1800),
                    urls=list(self.base[k].get("urls") or []),
                )

    def acts(
        self,
        who: list[str],
        count: int,
        part: float,
        spread: float,
        content: Callable[[int], Say],
        *,
        within: float = 0.0,
    ) -> None:
        """``count`` moments, at each of which an account acts with chance ``part``.

        Acts of one moment lie within ``spread`` seconds; all moments lie within ``within`` seconds
        of each other where it is given.
        """
        day = self.rng.uniform(self.start, self.end - within) if within else 0.0
        for number in range(count):
            at = (
                self.rng.uniform(day, day + within)
                if within
                else self.rng.uniform(self.start, self.end - spread)
            )
            act = content(number)
            for author in who:
                if self.rng.random() < part:
                    act(author, at + self.rng.uniform(0, spread))


def plant(base: list[Post], seed: int) -> Planting:
    """All kinds, planted once."""
    p = Planter(base, seed)
    _campaigns(p)
    _innocent(p)
    return p.made


def _campaigns(p: Planter) -> None:
    rng = p.rng

    def link(site: str) -> Callable[[int], Say]:
        return lambda i: (
            lambda a, t: _ignore(p.say(a, t, urls=[f"https://{site}{p.salt}.example/{i}"]))
        )

    def target(key: str) -> Callable[[int], Say]:
        def content(_: int) -> Say:
            k = rng.randrange(len(p.base))
            return lambda a, t: _ignore(p.say(a, max(t, p.times[k] + 5), **{key: p.base[k]["id"]}))

        return content

    def picture(i: int) -> Say:
        return lambda a, t: _ignore(
            p.say(a, t, media=[{"hash": f"{p.salt}{i:04x}", "kind": "image"}])
        )

    def text_and_link(i: int) -> Say:
        text = p.words()
        return lambda a, t: _ignore(
            p.say(
                a,
                t,
                f"{text} https://push{p.salt}.example/{i}",
                urls=[f"https://push{p.salt}.example/{i}"],
            )
        )

    def own_page(i: int) -> Say:
        return lambda a, t: _ignore(
            p.say(a, t, urls=[f"https://{'abcdefgh'[i % 8]}net{p.salt}.example/{i}-{a}"])
        )

    def anything(i: int) -> Say:
        return [link("any"), target("repost_of"), target("reply_to"), picture, text_and_link][
            i % 5
        ](i)

    plans: list[tuple[str, int, int, float, float, Callable[[int], Say], int]] = [
        ("reply_brigade", 10, 12, 0.6, 120, target("reply_to"), 20),
        ("quote_ring", 10, 12, 0.6, 120, target("quote_of"), 20),
        ("media_push", 10, 12, 0.6, 60, picture, 20),
        ("text_and_link", 10, 10, 0.7, 60, text_and_link, 20),
        ("mixed", 10, 15, 0.6, 100, anything, 20),
        ("slow_hours", 12, 12, 0.7, 3 * 3600, link("slow"), 20),
        ("small", 5, 8, 0.8, 60, link("small"), 20),
        ("hidden", 10, 12, 0.6, 60, link("hidden"), 300),
        ("own_pages", 10, 16, 0.6, 300, own_page, 20),
        ("moments", 8, 20, 0.8, 8, lambda _: lambda a, t: _ignore(p.say(a, t)), 10),
        ("many", 60, 10, 0.6, 60, link("many"), 20),
    ]
    for name, size, count, part, spread, content, noise in plans:
        who = p.people(name, size)
        p.acts(who, count, part, spread, content)
        p.chatter(who, noise)
    for name, size, count, part, spread in (
        ("crowd_250", 250, 12, 0.9, 1800),
        ("crowd_1000", 1000, 10, 0.4, 1800),
    ):
        who = p.people(name, size)
        p.acts(who, count, part, spread, link(name.replace("_", "")))
        p.chatter(who, 6)
    for number in range(3):
        pair = p.people(f"pair_{number}", 2)
        content = [link("twin"), target("repost_of"), target("reply_to")][number]
        p.acts(pair, 14, 1.0, (15, 60, 600)[number], content)
        p.chatter(pair, 20)
    _star(p)
    blitz = p.people("blitz", 10)
    p.acts(blitz, 12, 0.6, 45, target("repost_of"), within=10_800)
    p.chatter(blitz, 20)
    rotating = p.people("rotating", 20)
    for i in range(30):
        p.acts(rng.sample(rotating, 7), 1, 0.9, 60, lambda _, i=i: link("turn")(i))
    p.chatter(rotating, 20)


def _star(p: Planter) -> None:
    """A hub whose pages six accounts mirror, two a page, seconds after it; and a chain of four."""
    hub, *amplifiers = p.people("star", 7)
    for i in range(20):
        at, page = p.rng.uniform(p.start, p.end - 60), f"https://hub{p.salt}.example/{i}"
        p.say(hub, at, urls=[page])
        for author in p.rng.sample(amplifiers, 2):
            p.say(author, at + p.rng.uniform(7, 11), urls=[page])
    chain = p.people("chain", 4)
    for first, second in pairwise(chain):
        for i in range(9):
            at, page = p.rng.uniform(p.start, p.end - 60), f"https://{first}{p.salt}.example/{i}"
            p.say(first, at, urls=[page])
            p.say(second, at + p.rng.uniform(20, 40), urls=[page])
    p.chatter([hub, *amplifiers, *chain], 20)


def _innocent(p: Planter) -> None:
    rng = p.rng
    viewers = p.people("live_event", 200, innocent=True)
    kick_off = rng.uniform(p.start, p.end - 7200)
    for goal in (600, 1500, 2400, 4000, 5200):
        for author in viewers:
            if rng.random() < 0.6:
                p.say(author, kick_off + goal + rng.expovariate(1 / 25))
    readers = p.people("news_readers", 60, innocent=True)
    for i in range(150):
        at = rng.uniform(p.start, p.end - 86_400)
        for author in rng.sample(readers, rng.randint(2, 25)):
            p.say(
                author, at + rng.expovariate(1 / 9_000), urls=[f"https://paper{p.salt}.example/{i}"]
            )
    fans = p.people("fan_club", 40, innocent=True)
    for _ in range(12):
        at = rng.uniform(p.start, p.end - 7200)
        song = p.say(f"star{p.salt}", at)
        for author in [
            *(a for a in fans if rng.random() < 0.5),
            *rng.sample(p.crowd, min(len(p.crowd), 60)),
        ]:
            p.say(author, at + rng.expovariate(1 / 900), repost_of=song)
    devoted = p.people("fan_crowd", 500, innocent=True)
    for _ in range(14):
        at = rng.uniform(p.start, p.end - 7200)
        song = p.say(f"idol{p.salt}", at)
        for author in [
            *(a for a in devoted if rng.random() < 0.35),
            *rng.sample(p.crowd, min(len(p.crowd), 150)),
        ]:
            p.say(author, at + rng.expovariate(1 / 1200), repost_of=song)
    p.chatter(devoted, 6)
    feed = p.people("two_readers", 2, innocent=True)
    for i in range(120):
        at = rng.uniform(p.start, p.end - 86_400)
        for author in feed:
            if rng.random() < 0.3:
                late = rng.expovariate(1 / 20_000)
                p.say(author, at + late, urls=[f"https://daily{p.salt}.example/{i}"])
    tools = p.people("scheduled", 12, innocent=True)
    for author in tools:
        for day in range(25):
            noon = (p.start // 86_400 + 1 + day) * 86_400 + 9 * 3600
            if noon < p.end and rng.random() < 0.9:
                p.say(author, noon + rng.uniform(0, 1))
    staff = p.people("staff", 8, innocent=True)
    profile = {"verified": True, "description": "Official account of the party"}
    for _ in range(15):
        at = rng.uniform(p.start, p.end - 3600)
        speech = p.say(f"leader{p.salt}", at, profile=profile)
        for author in staff:
            if rng.random() < 0.8:
                p.say(author, at + rng.uniform(20, 400), repost_of=speech, profile=profile)
    outlets = p.people("agency_sites", 7, innocent=True)
    for i in range(30):
        at, text = rng.uniform(p.start, p.end - 7200), p.words(25)
        for author in outlets:
            if rng.random() < 0.7:
                p.say(
                    author,
                    at + rng.uniform(30, 3000),
                    text,
                    urls=[f"https://{author}.example/news/{i}"],
                )
    for _ in range(30):  # bursts, many of them
        at, page, head = rng.uniform(p.start, p.end - 1800), rng.getrandbits(40), p.words()
        who = rng.sample(p.crowd, min(len(p.crowd), 120))
        p.made.innocent.setdefault("many_bursts", []).extend(who)
        for author in who:
            p.say(
                author,
                at + rng.expovariate(1 / 300),
                f"{head} https://buzz.example/{page:x}",
                urls=[f"https://buzz.example/{page:x}"],
            )


def _ignore(_: object) -> None:
    """Say returns the id of the post; an act has no use for it."""
