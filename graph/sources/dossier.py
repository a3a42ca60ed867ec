"""The dossier of a domain or an account: what the posts here show of it, fact by fact.

Facts that can be tested are tested against what is usual *here*, in one of two ways:

* **who**: of the accounts that link to the domain (or repost the account), how many belong to
  groups that are coordinated beyond chance? Against the same share of everybody who links (or
  reposts) at all: Fisher's exact test, one-sided (the hypergeometric tail). Accounts are counted,
  not posts: ten posts of one account are one decision.
* **how**: a share (posts by its three busiest accounts, links within a minute of somebody else's,
  texts that somebody else had first) against the same share of every other domain or account of
  about its size: p = (1 + those that reach it) / (1 + all). With few others to compare with nothing
  is said.

The false discovery rate over the tests of a dossier is controlled (Benjamini & Hochberg 1995). A
dossier says "look closer" and why, with the innocent reading beside it; it never says what somebody
is. Where too few are of its size for any p-value to pass, "nothing unusual" is not said: there is
not enough data to say, with how much would be enough, and a share that none of them reaches is told
as a fact. Below `MIN_POSTS` posts or `MIN_ACCOUNTS` accounts, and where no test passes all the
same, there is not enough data to say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from graph.coordination.null_model import benjamini_hochberg
from graph.sources.corpus import Corpus
from graph.sources.facts import (
    MIN_POSTS,
    Fact,
    coordinated_accounts_facts,
    count_facts,
    first_posts,
    membership_facts,
    rfc3339_of,
    share_facts,
)
from graph.sources.first_publication import correct_claimed_times
from graph.sources.shares import (
    BUSIEST_ACCOUNTS,
    busiest_accounts_share,
    later_copies_share,
    same_minute_share,
)
from tocsin.core.messages import Message
from tocsin.core.urls import SHORTENERS

VERSION = "3"
MIN_ACCOUNTS = 5
FALSE_DISCOVERY_RATE = 0.01
MIN_SHORTENED = 0.05
"""Share of the posts with links from which shortened links are told."""
MAX_SITES = 5
"""Sites that an account's dossier names, those it links to most."""

LOOK_CLOSER, NOTHING_UNUSUAL = "look closer", "nothing unusual"
NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True)
class Dossier:
    """Facts about a subject and what follows from them; ``verdict`` is one of the three above."""

    subject: str
    facts: tuple[Fact, ...]
    verdict: str
    because: tuple[Message, ...]


def domain_dossier(site: str, corpus: Corpus, *, analysed: bool = True) -> Dossier:
    """The dossier of a domain.

    Args:
        site: as `tocsin.core.urls.domain` writes it.
        corpus: what is known.
        analysed: whether groups were looked for at all.
    """
    links = corpus.links.filter(pl.col("site") == site).unique("id", maintain_order=True)
    pages = corpus.posts.filter(pl.col("site") == site)
    facts = [
        *count_facts(Message("dossier.fact.links", {"site": site}), links),
        *count_facts(Message("dossier.fact.pages", {"site": site}), pages),
    ]
    if links.height:
        facts += [_first_link(links, corpus), *_coordinated_linkers(links, corpus)]
        facts += _concentration_of_links(site, corpus)
    if pages.height:
        facts += _copied_pages(site, corpus)
    if site in SHORTENERS:
        facts.append(Fact(Message("dossier.fact.shortener"), Message("dossier.shortener_note")))
    elif "." in site:
        facts += _shortened_links(corpus)
    enough_links = links.height >= MIN_POSTS and links["author"].n_unique() >= MIN_ACCOUNTS
    lacking = Message(
        "dossier.lacking_links", {"n": MIN_POSTS, "accounts": MIN_ACCOUNTS, "pages": MIN_POSTS}
    )
    enough = pages.height >= MIN_POSTS or enough_links
    return _conclude(site, facts, enough=enough, lacking=lacking, analysed=analysed)


def _shortened_links(corpus: Corpus) -> list[Fact]:
    """How many of the links here may lead to the site unseen: those by a shortener, such as t.co.
    Without it "nothing links to it" would be said of what nobody can know."""
    shortened = corpus.links.filter(pl.col("site").is_in(sorted(SHORTENERS)))
    posts = corpus.links["id"].n_unique()
    n = shortened["id"].n_unique()
    if not n or n < MIN_SHORTENED * posts:
        return []
    hosts = shortened["site"].value_counts().sort(["count", "site"], descending=[True, False])
    told = {"n": n, "of": posts, "hosts": hosts["site"].head(MAX_SITES).to_list()}
    value = Message("dossier.shortened_links", told)
    return [Fact(Message("dossier.fact.shortened_links"), value, first_posts(shortened), n)]


def _first_link(links: pl.DataFrame, corpus: Corpus) -> Fact:
    first = links.row(0, named=True)
    account = {"account": corpus.display_name(first["author"]), "at": rfc3339_of(first["at"])}
    value = Message("dossier.first_link", account)
    return Fact(Message("dossier.fact.first_link"), value, (first["id"],), 1)


def _coordinated_linkers(links: pl.DataFrame, corpus: Corpus) -> list[Fact]:
    return coordinated_accounts_facts(
        links,
        corpus.links,
        corpus,
        "dossier.coordinated_linkers",
        Message("dossier.innocent.like_minded"),
    )


def _concentration_of_links(site: str, corpus: Corpus) -> list[Fact]:
    """Whether few accounts post its links, and whether they follow each other within a minute."""
    return [
        *share_facts(
            Message("dossier.fact.few_hands"),
            busiest_accounts_share(corpus.links),
            "site",
            site,
            Message("dossier.busiest_accounts", {"n": BUSIEST_ACCOUNTS}),
            Message("dossier.innocent.newsroom"),
        ),
        *share_facts(
            Message("dossier.fact.same_minute"),
            same_minute_share(corpus.links, "site"),
            "site",
            site,
            Message("dossier.links_in_same_minute"),
            Message("dossier.innocent.breaking_news"),
        ),
    ]


def _copied_pages(site: str, corpus: Corpus) -> list[Fact]:
    articles = corpus.posts.filter(pl.col("site").is_not_null() & (pl.col("site") != ""))
    articles = correct_claimed_times(articles, corpus.sightings)
    groups = articles.filter(pl.col("site") == site)["copy_group"].drop_nulls()
    compared = articles.filter(pl.col("copy_group").is_in(groups.unique().implode()))
    contradicted = int(compared["contradicted"].sum())
    basis = Message("dossier.by_claims")
    if contradicted:
        basis = Message("dossier.by_sight", {"n": contradicted})
    return share_facts(
        Message("dossier.fact.copied_pages"),
        later_copies_share(articles, "site", site),
        "site",
        site,
        Message("dossier.copied_pages", {"basis": basis}),
        Message("dossier.innocent.syndication"),
    )


def account_dossier(author: str, corpus: Corpus, *, analysed: bool = True) -> Dossier:
    """The dossier of an account (an author id)."""
    posts = corpus.posts.filter(pl.col("author") == author)
    links = corpus.links.filter(pl.col("author") == author)
    facts = [*count_facts(Message("dossier.fact.posts"), posts), *membership_facts(author, corpus)]
    if links.height:
        facts.append(_linked_sites(links))
    facts += _reposts_of(author, posts, corpus)
    if links.height:
        facts += share_facts(
            Message("dossier.fact.same_minute"),
            same_minute_share(corpus.links, "author"),
            "author",
            author,
            Message("dossier.posts_in_same_minute"),
            Message("dossier.innocent.breaking_news"),
        )
    facts += _copied_texts(author, corpus)
    return _conclude(
        corpus.display_name(author),
        facts,
        enough=posts.height >= MIN_POSTS,
        lacking=Message("dossier.lacking_posts", {"n": MIN_POSTS}),
        analysed=analysed,
    )


def _linked_sites(links: pl.DataFrame) -> Fact:
    counts = links.group_by("site").len().sort(["len", "site"], descending=[True, False])
    sites = [f"{site} ({count})" for site, count in counts.head(MAX_SITES).iter_rows()]
    value = Message("dossier.linked_sites", {"sites": sites})
    return Fact(Message("dossier.fact.links_to"), value, first_posts(links), links.height)


def _reposts_of(author: str, posts: pl.DataFrame, corpus: Corpus) -> list[Fact]:
    """Who reposts an account: others' reposts of its posts."""
    reposts = corpus.posts.filter(
        pl.col("repost_of").is_not_null() & pl.col("author").is_not_null()
    )
    targets = posts.select(pl.col("id").alias("repost_of"))
    of_it = reposts.join(targets, on="repost_of", how="semi", maintain_order="left")
    of_it = of_it.filter(pl.col("author") != author)
    if not of_it.height:
        return []
    return [
        *count_facts(Message("dossier.fact.reposts"), of_it),
        *coordinated_accounts_facts(
            of_it,
            reposts,
            corpus,
            "dossier.coordinated_reposters",
            Message("dossier.innocent.supporters"),
        ),
    ]


def _copied_texts(author: str, corpus: Corpus) -> list[Fact]:
    originals = corpus.posts.filter(pl.col("repost_of").is_null() & pl.col("author").is_not_null())
    return share_facts(
        Message("dossier.fact.copied_texts"),
        later_copies_share(originals, "author", author),
        "author",
        author,
        Message("dossier.copied_texts"),
        Message("dossier.innocent.slogans"),
    )


def _conclude(
    subject: str, facts: Sequence[Fact], *, enough: bool, lacking: Message, analysed: bool
) -> Dossier:
    """The dossier of these facts: their q-values, what follows from them, and why."""
    facts = _with_q_values(facts)
    tested = [fact for fact in facts if fact.p is not None]
    closer = [fact for fact in facts if fact.q is not None and fact.q <= FALSE_DISCOVERY_RATE]
    able = [fact for fact in tested if fact.has_power(len(tested), FALSE_DISCOVERY_RATE)]
    compared = [fact for fact in facts if fact.p is not None or fact.peers is not None]
    unable = [fact for fact in compared if fact not in able]
    extreme = [fact for fact in unable if fact.extreme]
    by_group = [fact for fact in facts if _shows_group(fact)]
    if closer or by_group:
        because = [*(_reason(fact) for fact in closer), *(_group_reason(f) for f in by_group)]
    elif not [fact for fact in facts if fact.name.code != "dossier.fact.shortened_links"]:
        because = [Message("dossier.nothing_known"), *(fact.value for fact in facts)]
    elif not enough:
        because = [lacking]
    elif able or not unable:
        because = [_no_test_passes(len(able))]
    else:
        because = []
    if facts and not closer and not by_group:
        told = unable if enough and not able else extreme
        because += [_lacks_power(fact, len(tested)) for fact in told]
    if not analysed:
        because.append(Message("dossier.not_analysed"))
    if closer or by_group:
        verdict = LOOK_CLOSER
    elif enough and able and not extreme:
        verdict = NOTHING_UNUSUAL
    else:
        verdict = NOT_ENOUGH_DATA
    return Dossier(subject, tuple(facts), verdict, tuple(because))


def _lacks_power(fact: Fact, tests: int) -> Message:
    """That nothing can be said of a fact, how much would be enough, and what was seen."""
    tests += fact.p is None
    if fact.peers is None:
        return Message("dossier.test_lacks_power", {"value": fact.value})
    enough = math.ceil(tests / FALSE_DISCOVERY_RATE) - 1
    counts = {"value": fact.value, "peers": fact.peers, "enough": enough}
    return Message("dossier.extreme" if fact.extreme else "dossier.too_few_to_test", counts)


def _with_q_values(facts: Sequence[Fact]) -> list[Fact]:
    p_values = [fact.p for fact in facts if fact.p is not None]
    q_values = iter(benjamini_hochberg(np.array(p_values, dtype=float), len(p_values)))
    return [fact if fact.p is None else replace(fact, q=float(next(q_values))) for fact in facts]


def _shows_group(fact: Fact) -> bool:
    """Whether a group that passed its own test was found from what a fact tells."""
    return fact.group_q is not None and fact.group_q <= FALSE_DISCOVERY_RATE


def _group_reason(fact: Fact) -> Message:
    return Message("dossier.group_reason", {"value": fact.value, "innocent": fact.innocent or ""})


def _reason(fact: Fact) -> Message:
    return Message(
        "dossier.reason", {"value": fact.value, "q": fact.q, "innocent": fact.innocent or ""}
    )


def _no_test_passes(tests: int) -> Message:
    rate = {"rate": FALSE_DISCOVERY_RATE}
    if tests == 0:
        return Message("dossier.no_test_possible", rate)
    if tests == 1:
        return Message("dossier.one_test_fails", rate)
    return Message("dossier.no_test_passes", {"n": tests, **rate})
