"""The papers: stories of their own, and the agency's texts, which they carry word for word.

The outlets' accounts announce both.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from random import Random

from tocsin.app.demo.world.model import Account, Outlet, Page, Status
from tocsin.app.demo.world.posting_times import random_time, within_seconds
from tocsin.app.demo.world.templates import LANGUAGES, load_texts

CREDIT = {"fr": "(Agence Grelande)", "en": "(Agency Grelande)"}
"""How an agency's text begins; it has no byline."""
_STAFF = {"fr": "La rédaction", "en": "Staff reporters"}


def make_pages(
    outlets: tuple[Outlet, ...], start: datetime, end: datetime, rng: Random
) -> tuple[tuple[Page, ...], tuple[tuple[Page, ...], ...]]:
    """The outlets' own stories and, dispatch by dispatch, the pages with the agency's text."""
    return tuple(_stories(outlets, start, end, rng)), tuple(_dispatches(outlets, start, end, rng))


def announcements(
    own: tuple[Page, ...],
    dispatches: tuple[tuple[Page, ...], ...],
    accounts: tuple[Account, ...],
    rng: Random,
) -> list[Status]:
    """What the outlets' accounts post.

    Their stories with the link, and the agency's first lines with the link to their own copy.
    """
    by_name = {a.name: a for a in accounts}
    statuses = []
    for page in own:
        statuses.append(_post(by_name, page, page.title, within_seconds(page.at, 900, rng)))
    for carried in dispatches:
        for page in carried:
            credit = CREDIT[page.outlet.lang]
            text = f"{credit} {page.title}. {page.body[0].removeprefix(credit).strip()}"
            at = page.at + timedelta(seconds=rng.randint(5, 40))
            statuses.append(_post(by_name, page, text, at))
    return statuses


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
    pages = []
    for lang in LANGUAGES:
        papers = [outlet for outlet in outlets if outlet.lang == lang]
        for number, story in enumerate(load_texts(f"stories_{lang}")["stories"]):
            if "hours" in story:
                at = end - timedelta(hours=story["hours"])
            else:
                at = random_time(start, end - timedelta(hours=5), end, rng)
            if at < start:
                continue
            outlet = papers[number % len(papers)]
            pages.append(
                _page(outlet, at, story["title"], story["body"], story["topic"], _STAFF[lang])
            )
    return pages


def _dispatches(
    outlets: tuple[Outlet, ...], start: datetime, end: datetime, rng: Random
) -> list[tuple[Page, ...]]:
    carried_by_dispatch = []
    for dispatch in load_texts("dispatches")["dispatches"]:
        released = end - timedelta(hours=dispatch["hours"])
        if released < start:
            continue
        for lang in LANGUAGES:
            first, *rest = dispatch[f"{lang}_body"]
            body = [f"{CREDIT[lang]} {first}", *rest]
            carried = []
            for outlet in outlets:
                if outlet.lang == lang and rng.random() < 0.92:
                    at = within_seconds(released, 1500, rng)
                    title, topic = dispatch[lang], dispatch["topic"]
                    carried.append(_page(outlet, at, title, body, topic, byline=""))
            carried_by_dispatch.append(tuple(carried))
    return carried_by_dispatch


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
