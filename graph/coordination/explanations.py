"""Innocent readings of a cluster: each is tried, with how well it fits and what would refute it.

A reading that fits makes the cluster "explained": it stays listed, and is no flag. Readings use what the
posts themselves show; where accounts come without profile, the readings that need one say so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tocsin.core.findings import Explanation
from tocsin.core.text import fold, squash
from tocsin.core.urls import domain

FITS = 0.6
"""Share of the evidence that a reading must account for."""
CROWD = 10
"""Outsiders within the hour from which an object was a crowd's."""
AUDIENCE_PACE_S = 900
"""Median seconds between two members' acts from which an audience's pace fits fully."""
MAJORITY = 0.5
"""Share of all other posts from which members are the population."""
_URL = re.compile(r"https?://\S+")
_OFFICIAL = re.compile(
    r"\b(official|officiel|officielle|offiziell|oficial|ufficiale|ministry|ministere|minister|depute|senat\w*|mayor|maire|party)\b"
)
_CREDIT = re.compile(
    r"^\W{0,3}(agency|agence|agencia|agentur|afp|ap|reuters|dpa|ansa|efe|upi|belga|ats|apa|pap|lusa|kyodo|xinhua|pti|canadian press)\b",
    re.I,
)


@dataclass(frozen=True)
class Case:
    """A cluster as the readings see it.

    Attributes:
        members: number of accounts.
        events: one row a burst of the evidence: ``signal, object, accounts`` (list), ``posts`` (list of
            row numbers), ``outsiders`` (within the hour), ``target`` (author of the reposted or answered
            post, null where unknown).
        crowds: further bursts that the accounts shared, left out of the test because a crowd shared them.
        pace: median seconds between the acts of two members on one thing.
        output: share of all posts, those of the evidence left out, that the members write.
        posts: the posts of the events by row number ``post``: ``account, published_at, text, urls,
            hashtags, verified, author_description``.
        resolution_ms: the step in which times are written.
    """

    members: int
    events: pl.DataFrame
    crowds: int
    pace: float
    output: float
    posts: pl.DataFrame
    resolution_ms: int


def explain(case: Case) -> tuple[Explanation, ...]:
    """All readings, tried one by one, in a fixed order."""
    return tuple(reading(case) for reading in READINGS)


def news_burst(case: Case) -> Explanation:
    """A crowd of strangers shared the same things in the same hour."""
    crowd = case.events.filter(pl.col("outsiders") >= max(CROWD, case.members)).height + case.crowds
    every = case.events.height + case.crowds
    return _made(
        "news_burst", _share(crowd, every), f"{crowd} of {every} shared things were shared by a crowd of others within the same hour",
        "the same accounts meet again on things that hardly anybody else shares",
    )  # fmt: skip


def share_button(case: Case) -> Explanation:
    """The page's headline and link, as share buttons write them."""
    links = case.events.filter(pl.col("signal") == "link")
    public = links.filter(pl.col("outsiders") >= pl.col("posts").list.len())["posts"].to_list()
    text = dict(case.posts.select("post", "text").iter_rows()) if public else {}
    said: dict[str | None, str] = {}
    same = 0
    for posts in public:
        for t in {text[p] for p in posts} - said.keys():
            said[t] = _said(t)
        words = Counter(said[text[p]] for p in posts)
        same += words.most_common(1)[0][1] >= 0.7 * len(posts)
    objects = case.events.filter(pl.col("signal") != "site").height
    fit = _share(
        same, max(objects - case.events.filter(pl.col("signal") == "copy").height, links.height)
    )
    return _made(
        "share_button", fit, f"{same} of {links.height} shared links came with one and the same text, from others too",
        "the wording differs between the posts, or nobody outside the group shares the pages",
    )  # fmt: skip


def agency(case: Case) -> Explanation:
    """Outlets that carry one agency's text, each on its own site."""
    events = case.events.filter(pl.col("signal") == "copy")
    used = case.posts.filter(pl.col("post").is_in(events["posts"].explode().implode()))
    hosts: dict[int, Counter[str]] = {}
    for account, urls in zip(used["account"].to_list(), used["urls"].to_list(), strict=True):
        hosts.setdefault(account, Counter()).update({domain(u) for u in urls} - {""} or {""})
    own = {a: c.most_common(1)[0] for a, c in hosts.items()}
    loyal = {a: host for a, (host, n) in own.items() if host and n >= 0.8 * sum(hosts[a].values())}
    alone = Counter(loyal.values())
    outlets = sum(1 for host in loyal.values() if alone[host] == 1)
    credit = sum(1 for t in used["text"].to_list() if _CREDIT.match(t or ""))
    evidence = case.events.filter(pl.col("signal") != "site")
    fit = _share(outlets, case.members) * _share(events.height, evidence.height)
    credited = f"; {credit} of {used.height} name an agency" if credit else ""
    return _made(
        "agency", fit, f"{outlets} of {case.members} accounts carry the shared texts with links to a site that is theirs alone{credited}",
        "the sites have one owner, copy each other's design, or none of them is a known outlet",
    )  # fmt: skip


def official_accounts(case: Case) -> Explanation:
    """Accounts that say openly to whom they belong."""
    people = case.posts.group_by("account").agg(
        pl.col("verified").any(), pl.col("author_description").drop_nulls().first()
    )
    known = people.filter(
        pl.col("verified").is_not_null() | pl.col("author_description").is_not_null()
    )
    open_ = sum(
        bool(v) or bool(d and _OFFICIAL.search(fold(d)))
        for v, d in zip(
            known["verified"].to_list(), known["author_description"].to_list(), strict=True
        )
    )
    because = (
        f"{open_} of {case.members} accounts are verified or call themselves official"
        if known.height
        else "the accounts come without profiles"
    )
    return _made(
        "official_accounts",
        _share(open_, case.members),
        because,
        "the accounts hide their affiliation, or the profiles are false",
    )


def fan_hour(case: Case) -> Explanation:
    """Fans or viewers who use a hashtag while something is on."""
    tags = case.events.filter(pl.col("signal").is_in(["hashtags", "synchrony"]))
    crowd = tags.filter(pl.col("outsiders") >= max(CROWD, case.members))
    fit = _share(crowd.height, case.events.height)
    return _made(
        "fan_hour", fit, f"{crowd.height} of {case.events.height} coincidences fall into hours in which many others post alike",
        "the coincidences come at quiet hours, or in other tags than the crowd's",
    )  # fmt: skip


def one_popular_post(case: Case) -> Explanation:
    """One post, or one much-followed account, that many react to."""
    reactions = case.events.filter(pl.col("signal").is_in(["repost", "quote", "reply"]))
    top = reactions.group_by("object").len()["len"].max() if reactions.height else 0
    by_author = (
        reactions.drop_nulls("target")
        .group_by("target")
        .agg(pl.len(), pl.col("outsiders").median())
    )
    loud = by_author.filter(pl.col("outsiders") >= CROWD)["len"].max() if by_author.height else 0
    most = max(int(str(top or 0)), int(str(loud or 0)))
    return _made(
        "one_popular_post", _share(most, case.events.height),
        f"{most} of {case.events.height} shared things are one post, or posts of one account that many others react to too",
        "they react to many different accounts together, or to posts that few others noticed",
    )  # fmt: skip


def audience(case: Case) -> Explanation:
    """Readers of one site, or followers of one account: the same source, slowly, and never most of them at once."""
    hosts = [
        domain(thing) if signal == "link" else thing
        for signal, thing in case.events.select("signal", "object").iter_rows()
    ]
    sources = Counter(
        target or host
        for target, host, signal in zip(
            case.events["target"].to_list(), hosts, case.events["signal"].to_list(), strict=True
        )
        if signal in ("link", "site", "repost", "quote", "reply")
    )
    most = max(sources.values(), default=0)
    # of all who act on a thing, strangers too: a few readers picked because they met look closer than they are
    took_part = case.events.select(n=pl.col("accounts").list.len(), all="outsiders").iter_rows()
    part = _mean([n / max(case.members, n + others) for n, others in took_part])
    slow = min(1.0, max(0.0, (case.pace - AUDIENCE_PACE_S / 3) / (AUDIENCE_PACE_S * 2 / 3)))
    loose = min(1.0, max(0.0, (0.6 - part) / 0.3))
    fit = min(_share(most, case.events.height), slow, loose)
    return _made(
        "audience", fit,
        f"{most} of {case.events.height} shared things come from one source, {part:.0%} of the accounts take part at a time, "
        f"two of them typically {case.pace / 60:.0f} min apart",
        "they come within a few minutes, most of them each time, or from many sources",
    )  # fmt: skip


def whole_population(case: Case) -> Explanation:
    """The members are the population itself: what they all do is what is done, and nobody is left to compare them with."""
    return _made(
        "whole_population", case.output * FITS / MAJORITY, f"the accounts write {case.output:.0%} of all other posts in these data",
        "a wider collection, in which most accounts take no part",
    )  # fmt: skip


def scheduled_tool(case: Case) -> Explanation:
    """Posts that a tool sends at round minutes."""
    used = case.posts
    if case.resolution_ms >= 60_000:
        return _made(
            "scheduled_tool",
            0.0,
            "times are written by the minute or coarser, so round minutes cannot be told",
            "exact times",
        )
    round_ = used.filter(pl.col("published_at") % 60_000 < 2_000).height
    only = set(case.events["signal"].to_list()) <= {"synchrony"}
    fit = _share(round_, used.height)
    because = f"{round_} of {used.height} posts came in the first two seconds of a minute" + (
        "" if only else "; but the accounts share content too"
    )
    return _made(
        "scheduled_tool",
        fit if only else min(fit, FITS / 2),
        because,
        "the accounts share content, or coincide at odd seconds",
    )


READINGS: tuple[Callable[[Case], Explanation], ...] = (
    news_burst, share_button, agency, official_accounts, fan_hour, one_popular_post, audience, whole_population, scheduled_tool,
)  # fmt: skip


def _made(kind: str, fit: float, because: str, refuted_by: str) -> Explanation:
    return Explanation(
        kind=kind,
        fits=fit >= FITS,
        because=because,
        refuted_by=refuted_by,
        fit=round(min(1.0, fit), 4),
    )


def _share(part: int, whole: int) -> float:
    return min(1.0, part / whole) if whole else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _said(text: str | None) -> str:
    return squash(fold(_URL.sub(" ", text or "")))
