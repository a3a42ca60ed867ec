"""The papers: stories of their own, and the agency's texts, carried word for word and announced by the outlets' accounts."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from random import Random

from tocsin.app.demo.world.clock import moment, within
from tocsin.app.demo.world.language import LANGUAGES, bank
from tocsin.app.demo.world.parts import Account, Outlet, Page, Status

CREDIT = {"fr": "(Agence Grelande)", "en": "(Agency Grelande)"}
"""How an agency's text begins; it has no byline."""
_DESK = {"fr": "La rédaction", "en": "Staff reporters"}


def pages(
    outlets: tuple[Outlet, ...], start: datetime, end: datetime, rng: Random
) -> tuple[tuple[Page, ...], tuple[tuple[Page, ...], ...]]:
    """The outlets' own stories, and, dispatch by dispatch, the pages that carry the agency's text."""
    return tuple(_stories(outlets, start, end, rng)), tuple(_dispatches(outlets, start, end, rng))


def posts(
    own: tuple[Page, ...],
    dispatches: tuple[tuple[Page, ...], ...],
    accounts: tuple[Account, ...],
    rng: Random,
) -> list[Status]:
    """What the outlets' accounts post: their stories with the link, and the agency's first lines with the link to their own copy."""
    by_name = {a.name: a for a in accounts}
    found = []
    for page in own:
        found.append(_post(by_name, page, f"{page.title}", within(page.at, 900, rng)))
    for carried in dispatches:
        for page in carried:
            text = f"{CREDIT[page.outlet.lang]} {page.title}. {page.body[0].removeprefix(CREDIT[page.outlet.lang]).strip()}"
            found.append(
                _post(by_name, page, text, page.at + timedelta(seconds=rng.randint(5, 40)))
            )
    return found


def _post(by_name: dict[str, Account], page: Page, text: str, at: datetime) -> Status:
    account = by_name[page.outlet.host.replace("-", "_")]
    return Status(
        account=account,
        at=at,
        text=text,
        lang=page.outlet.lang,
        links=(page.ref,),
        topic=page.topic,
    )


def _stories(
    outlets: tuple[Outlet, ...], start: datetime, end: datetime, rng: Random
) -> list[Page]:
    found = []
    for lang in LANGUAGES:
        speakers = [o for o in outlets if o.lang == lang]
        for number, story in enumerate(bank(f"stories_{lang}")["stories"]):
            at = (
                end - timedelta(hours=story["hours"])
                if "hours" in story
                else moment(start, end - timedelta(hours=5), rng)
            )
            if at < start:
                continue
            outlet = speakers[number % len(speakers)]
            found.append(
                _page(outlet, at, story["title"], story["body"], story["topic"], _DESK[lang])
            )
    return found


def _dispatches(
    outlets: tuple[Outlet, ...], start: datetime, end: datetime, rng: Random
) -> list[tuple[Page, ...]]:
    found = []
    for dispatch in bank("dispatches")["dispatches"]:
        released = end - timedelta(hours=dispatch["hours"])
        if released < start:
            continue
        for lang in LANGUAGES:
            first, *rest = dispatch[f"{lang}_body"]
            body = [f"{CREDIT[lang]} {first}", *rest]
            carried = [
                _page(
                    outlet, within(released, 1500, rng), dispatch[lang], body, dispatch["topic"], ""
                )
                for outlet in outlets
                if outlet.lang == lang and rng.random() < 0.92
            ]
            found.append(tuple(carried))
    return found


def _page(
    outlet: Outlet, at: datetime, title: str, body: list[str], topic: str, byline: str
) -> Page:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:70].strip("-")
    return Page(
        outlet=outlet,
        path=f"/{at:%Y/%m/%d}/{slug}.html",
        at=at,
        title=title,
        body=tuple(body),
        topic=topic,
        byline=byline,
    )
