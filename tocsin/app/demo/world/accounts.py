"""The accounts of the demo's world."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tocsin.app.demo.world.model import Account, Outlet
from tocsin.app.demo.world.templates import LANGUAGES, load_texts

ORDINARY = {"fr": 236, "en": 214}


def load_outlets() -> tuple[Outlet, ...]:
    """The papers and radios."""
    return tuple(Outlet(**row) for row in load_texts("people")["outlets"])


def make_accounts(end: datetime, rng: Random) -> tuple[Account, ...]:
    """Everybody, numbered in the order they signed up.

    Ordinary people, officials, outlets, and the campaign's new accounts.
    """
    people = load_texts("people")
    drafts: list[dict[str, Any]] = []
    for lang in LANGUAGES:
        drafts += _ordinary(people[lang], lang, ORDINARY[lang], end, rng)
        drafts += _campaign(people["campaign"][lang], lang, end, rng)
    for row in people["officials"]:
        drafts.append(
            {
                **row,
                "role": "official",
                "created_at": end - timedelta(days=1900),
                "followers": 4100,
                "following": 60,
            }
        )
    for outlet in load_outlets():
        subject = "les nouvelles de la vallée" if outlet.lang == "fr" else "news of the valley"
        drafts.append(
            {
                "name": outlet.host.replace("-", "_"),
                "display": outlet.name,
                "lang": outlet.lang,
                "role": "outlet",
                "followers": rng.randint(900, 6000),
                "bio": f"{outlet.name}, {subject}.",
                "created_at": end - timedelta(days=rng.randint(1200, 2200)),
                "following": rng.randint(20, 200),
            }
        )
    drafts.sort(key=lambda d: (d["created_at"], d["name"]))
    return tuple(Account(number=100_000 + number, **draft) for number, draft in enumerate(drafts))


def _ordinary(
    names: dict[str, list[str]], lang: str, count: int, end: datetime, rng: Random
) -> list[dict[str, Any]]:
    pairs = [(first, word) for first in names["first"] for word in names["word"]]
    rng.shuffle(pairs)
    drafts = []
    for first, word in pairs[:count]:
        plain = _plain(first)
        handle = rng.choice(
            [
                f"{plain}_{word}",
                f"{word}_{plain}",
                f"{plain}{word}",
                f"{plain}_{word}{rng.randint(2, 99)}",
            ]
        )
        drafts.append(
            {
                "name": handle,
                "display": rng.choice([first, f"{first} {word[0].upper()}.", handle]),
                "bio": rng.choice(names["bio"]),
                "lang": lang,
                "role": "ordinary",
                "created_at": _days_before(end, 60, 2100, rng),
                "followers": int(rng.paretovariate(1.1) * 25),
                "following": rng.randint(20, 600),
            }
        )
    return drafts


def _campaign(
    names: dict[str, list[str]], lang: str, end: datetime, rng: Random
) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "display": name.replace("_", " ").title(),
            "bio": rng.choice(names["bio"]),
            "lang": lang,
            "role": "campaign",
            "created_at": _days_before(end, 16, 30, rng),
            "followers": rng.randint(3, 60),
            "following": rng.randint(200, 900),
        }
        for name in names["names"]
    ]


def _days_before(end: datetime, least: int, most: int, rng: Random) -> datetime:
    return end - timedelta(days=rng.randint(least, most), seconds=rng.randint(0, 86_399))


def _plain(name: str) -> str:
    return "".join(
        c for c in unicodedata.normalize("NFKD", name.lower()) if c.isascii() and c.isalpha()
    )
