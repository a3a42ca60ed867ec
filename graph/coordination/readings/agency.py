"""Outlets that carry one agency's text, each on its own site."""

from __future__ import annotations

import re
from collections import Counter
from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from graph.coordination.signals.base import ObjectKind
from tocsin.core.messages import Message
from tocsin.core.urls import publisher

LOYAL = 0.8
"""Share of an account's links that must go to one site for the site to be its own."""
_CREDIT = re.compile(
    r"^\W{0,3}(agency|agence|agencia|agentur|afp|ap|reuters|dpa|ansa|efe|upi|belga|ats|apa|pap|lusa"
    r"|kyodo|xinhua|pti|canadian press)\b",
    re.I,
)


class Agency(BuiltInReading):
    """The accounts carry one text, each with links to a site that is theirs alone."""

    name: ClassVar[str] = "agency"
    object_kinds: ClassVar[frozenset[ObjectKind] | None] = frozenset({"text"})

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of accounts that have a site of their own, times that of texts."""
        copies = group.of_kinds("text")
        used = group.posts.filter(pl.col("post").is_in(copies["posts"].explode().implode()))
        outlets = _accounts_with_own_site(used)
        credited = sum(1 for text in used["text"].to_list() if _CREDIT.match(text or ""))
        pages = group.events.filter(pl.col("object_kind") != "site")
        counts = {"n": outlets, "of": group.members}
        because = Message("because.agency", counts)
        if credited:
            credit = {"m": credited, "posts": used.height}
            because = Message("because.agency_credit", counts | credit)
        return Fit(ratio(outlets, group.members) * ratio(copies.height, pages.height), because)


def _accounts_with_own_site(posts: pl.DataFrame) -> int:
    """How many accounts link nearly always to one site, which no other of them does."""
    hosts: dict[int, Counter[str]] = {}
    for account, urls in zip(posts["account"].to_list(), posts["urls"].to_list(), strict=True):
        linked = {publisher(url) for url in urls} - {""}
        hosts.setdefault(account, Counter()).update(linked or {""})
    favourite = {account: counts.most_common(1)[0] for account, counts in hosts.items()}
    loyal = {
        account: host
        for account, (host, times) in favourite.items()
        if host and times >= LOYAL * sum(hosts[account].values())
    }
    users = Counter(loyal.values())
    return sum(1 for host in loyal.values() if users[host] == 1)
