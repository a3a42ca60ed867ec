"""The dossier of a domain or an account: what the posts here show of it, each fact with its test and its posts.

Facts that can be tested are tested against what is usual *here*, in one of two ways:

* **who**: of the accounts that link to the domain (or repost the account), how many belong to groups that are
  coordinated beyond chance? Against the same share of everybody who links (or reposts) at all: Fisher's exact test,
  one-sided (the hypergeometric tail). Accounts are counted, not posts: ten posts of one account are one decision.
* **how**: a share (posts by its three busiest accounts, links within a minute of somebody else's, texts that
  somebody else had first) against the same share of every other domain or account of about its size:
  p = (1 + those that reach it) / (1 + all). With few others to compare with nothing is said.

The false discovery rate over the tests of a dossier is controlled (Benjamini & Hochberg 1995). A dossier says "look
closer" and why, with the innocent reading beside it; it never says what somebody is. Below `MIN_POSTS` posts or
`MIN_ACCOUNTS` accounts, and where no test passes all the same, there is not enough data to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import polars as pl

from graph.coordination.null_model import benjamini_hochberg
from graph.coordination.signals.shared_site import SHORTENERS
from tocsin.core.findings import Cluster, rfc3339
from tocsin.core.urls import domain

VERSION = "1"
MIN_POSTS = 10
MIN_ACCOUNTS = 5
MIN_PEERS = 30
"""Others of about the same size without which a share is told, and not tested."""
ABOUT = 3
"""Others are about its size when they have between a third and three times as many posts."""
RATE = 0.01
MOMENT_MS = 60_000
BUSIEST = 3
MAX_EVIDENCE = 20
COLUMNS = ("id", "author", "published_at", "kind", "urls", "repost_of", "copy_group", "url")
"""The columns that `Material.of` asks a scan for."""

Name = Callable[[str], str]


@dataclass(frozen=True)
class Fact:
    """One thing known: ``posts`` show it; ``p`` where it was tested, and then ``q``; ``innocent`` is how else it may come about."""

    name: str
    value: str
    posts: tuple[str, ...] = ()
    n: int = 0
    p: float | None = None
    q: float | None = None
    innocent: str = ""

    @property
    def weight(self) -> float:
        """How much it asks for a closer look: -log10 of its q-value, 0 where it was not tested."""
        return 0.0 if self.q is None else round(-float(np.log10(max(self.q, 1e-50))), 2)


@dataclass(frozen=True)
class Dossier:
    """Facts about a subject and what follows from them."""

    subject: str
    facts: tuple[Fact, ...]
    verdict: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """What dossiers are made of.

    Attributes:
        posts: ``id author at`` (ms) ``repost_of copy_group site`` (of an article the domain of its address, else null).
        links: ``id author at url site``, a row a post and linked address.
        flagged: account -> name of its group, for groups coordinated beyond chance that nothing explains.
        clusters: all published groups.
        name: how an account is shown.
    """

    posts: pl.DataFrame
    links: pl.DataFrame
    flagged: Mapping[str, str]
    clusters: Sequence[Cluster] = field(default=())
    name: Name = str

    @classmethod
    def of(cls, scanned: pl.DataFrame, clusters: Sequence[Cluster], name: Name = str) -> Material:
        """From a scan of `COLUMNS`."""
        frame = scanned.filter(pl.col("published_at").is_not_null()).sort("published_at", "id")
        posts = frame.select(
            "id",
            "author",
            pl.col("published_at").alias("at"),
            "repost_of",
            "copy_group",
            pl.when(pl.col("kind") == "article").then(_site("url")).alias("site"),
        )
        links = (
            frame.filter(pl.col("author").is_not_null())
            .select("id", "author", pl.col("published_at").alias("at"), pl.col("urls").alias("url"))
            .explode("url")
            .filter(pl.col("url").is_not_null())
            .unique(["id", "url"], maintain_order=True)
            .with_columns(_site("url").alias("site"))
            .filter(pl.col("site") != "")
        )
        flagged = {
            member.id: c.id for c in clusters if c.status == "flagged" for member in c.accounts
        }
        return cls(posts, links, flagged, clusters, name)


def of_domain(site: str, material: Material, *, analysed: bool = True) -> Dossier:
    """The dossier of a domain.

    Args:
        site: as `tocsin.core.urls.domain` writes it.
        analysed: whether groups were looked for at all.
    """
    links, own = (
        material.links.filter(pl.col("site") == site),
        material.posts.filter(pl.col("site") == site),
    )
    shared = links.unique("id", maintain_order=True)
    facts = [_told(f"links to {site}", shared), _told(f"pages of {site}", own)]
    if shared.height:
        first = shared.row(0, named=True)
        facts.append(
            Fact(
                "first to link",
                f"{material.name(first['author'])}, {_time(first['at'])}",
                (first["id"],),
                1,
            )
        )
        facts += _who(
            shared,
            material.links,
            material,
            "link to it",
            "link to anything",
            "people of one mind share the same pages",
        )
    facts += _how(
        "few hands", _busiest(material.links), "site", site, shared,
        f"of the posts that link to it come from its {BUSIEST} busiest accounts", "a newsroom's own accounts, or a few devoted readers",
    )  # fmt: skip
    facts += _how(
        "same minute", _same_minute(material.links, "site"), "site", site, shared,
        "of the posts that link to it follow within a minute on another account's link to the same page",
        "breaking news, or a service that posts each new page for several accounts",
    )  # fmt: skip
    articles = material.posts.filter(pl.col("site").is_not_null() & (pl.col("site") != ""))
    facts += _how(
        "copied pages", _later(articles, "site"), "site", site, own,
        "of its pages are near copies of a page that another site had first", "an agency's text, or a syndication contract",
    )  # fmt: skip
    if site in SHORTENERS:
        facts.append(
            Fact(
                "shortener",
                "its addresses stand for pages of many sites; ask for the site behind one of them",
            )
        )
    enough = own.height >= MIN_POSTS or (
        shared.height >= MIN_POSTS and shared["author"].n_unique() >= MIN_ACCOUNTS
    )
    least = f"{MIN_POSTS} posts by {MIN_ACCOUNTS} accounts, or {MIN_POSTS} of its own pages,"
    return _judged(site, facts, enough, least, analysed)


def of_account(author: str, material: Material, *, analysed: bool = True) -> Dossier:
    """The dossier of an account (an author id)."""
    mine = material.posts.filter(pl.col("author") == author)
    links = material.links.filter(pl.col("author") == author)
    own = material.posts.filter(pl.col("repost_of").is_null() & pl.col("author").is_not_null())
    facts = [_told("posts", mine), *_groups(author, material)]
    if links.height:
        sites = links.group_by("site").len().sort(["len", "site"], descending=[True, False]).head(5)
        said = ", ".join(f"{site} ({n})" for site, n in sites.iter_rows())
        facts.append(
            Fact(
                "links to",
                said,
                tuple(links["id"].unique(maintain_order=True).head(MAX_EVIDENCE)),
                links.height,
            )
        )
    reposts = material.posts.filter(
        pl.col("repost_of").is_not_null() & pl.col("author").is_not_null()
    )
    passed_on = reposts.join(
        mine.select(pl.col("id").alias("repost_of")),
        on="repost_of",
        how="semi",
        maintain_order="left",
    )
    passed_on = passed_on.filter(pl.col("author") != author)
    if passed_on.height:
        facts.append(_told("reposts of it", passed_on))
        facts += _who(
            passed_on,
            reposts,
            material,
            "repost it",
            "repost anything",
            "supporters pass on what they agree with",
        )
    facts += _how(
        "same minute", _same_minute(material.links, "author"), "author", author, links,
        "of its posts with a link follow within a minute on another account's link to the same page",
        "breaking news, or a service that posts each new page for several accounts",
    )  # fmt: skip
    facts += _how(
        "copied texts", _later(own, "author"), "author", author, own.filter(pl.col("author") == author),
        "of its own posts are near copies of a text that another account had first", "share buttons, slogans and quotations",
    )  # fmt: skip
    return _judged(
        material.name(author), facts, mine.height >= MIN_POSTS, f"{MIN_POSTS} posts", analysed
    )


def _judged(
    subject: str, facts: Sequence[Fact | None], enough: bool, least: str, analysed: bool
) -> Dossier:
    known = [fact for fact in facts if fact is not None]
    tested = [fact for fact in known if fact.p is not None]
    q = benjamini_hochberg(np.array([fact.p for fact in tested], dtype=float), len(tested))
    found = {id(fact): float(value) for fact, value in zip(tested, q, strict=True)}
    known = [replace(fact, q=found.get(id(fact))) for fact in known]
    closer = [fact for fact in known if fact.q is not None and fact.q <= RATE]
    because = [
        f"{fact.value} (q {fact.q:.2g}). Innocent reading: {fact.innocent}." for fact in closer
    ]
    if not known:
        because = ["nothing here links to it, and no page or account here is named so"]
    elif not closer and not enough:
        because = [f"at least {least} are needed to say more; here there are fewer"]
    elif not closer:
        passes = {
            0: "nothing here could be tested",
            1: "the one test that could be made does not pass",
        }
        because = [
            f"{passes.get(len(tested), f'none of {len(tested)} tests passes')} (false discovery rate {RATE:g})"
        ]
    if not analysed:
        because.append(
            "no analysis has looked for coordinated groups yet; run `tocsin analyse` and ask again"
        )
    verdict = (
        "look closer" if closer else "nothing unusual" if enough and tested else "not enough data"
    )
    return Dossier(subject, tuple(known), verdict, tuple(because))


def _told(name: str, rows: pl.DataFrame) -> Fact | None:
    """How many there are, by how many, from when to when."""
    if not rows.height:
        return None
    posts, people = rows["id"].n_unique(), rows["author"].n_unique()
    said = f"{posts:,} by {people:,} accounts" if people > 1 else f"{posts:,}"
    first, last = (_time(at) for at in (rows["at"].min(), rows["at"].max()))
    return Fact(
        name,
        f"{said}, {first} to {last}",
        tuple(rows["id"].unique(maintain_order=True).head(MAX_EVIDENCE)),
        posts,
    )


def _who(
    rows: pl.DataFrame,
    everybody: pl.DataFrame,
    material: Material,
    does: str,
    at_all: str,
    innocent: str,
) -> list[Fact]:
    """Whether more of these accounts belong to coordinated groups than of everybody who does the like: Fisher's exact test."""
    from scipy.stats import hypergeom

    if not material.flagged:
        return []
    flagged = sorted(material.flagged)
    people, all_people = rows["author"].unique(), everybody["author"].unique()
    some, all_some = int(people.is_in(flagged).sum()), int(all_people.is_in(flagged).sum())
    p = float(hypergeom.sf(some - 1, len(all_people), all_some, len(people)))
    groups = sorted({material.flagged[a] for a in people.to_list() if a in material.flagged})
    named = f" ({', '.join(groups[:5])}{', ...' if len(groups) > 5 else ''})" if groups else ""
    value = (
        f"{some} of the {len(people):,} accounts that {does} are in groups coordinated beyond chance{named}; "
        f"of all {len(all_people):,} that {at_all} it is {all_some}"
    )
    posts = (
        rows.filter(pl.col("author").is_in(flagged))["id"]
        .unique(maintain_order=True)
        .head(MAX_EVIDENCE)
    )
    return [Fact("coordinated accounts", value, tuple(posts), len(people), p, innocent=innocent)]


def _groups(author: str, material: Material) -> list[Fact]:
    """The groups an account belongs to, with their own test; explained ones are told."""
    facts = []
    for cluster in material.clusters:
        member = next((m for m in cluster.accounts if m.id == author), None)
        if member is None:
            continue
        mine = set(material.posts.filter(pl.col("author") == author)["id"].to_list())
        posts = tuple(dict.fromkeys(p for row in cluster.evidence for p in row.posts if p in mine))[
            :MAX_EVIDENCE
        ]
        tried = ", ".join(e.kind.replace("_", " ") for e in cluster.innocent_explanations)
        value = f"one of {len(cluster.accounts)} accounts of {cluster.id}: {cluster.because or 'coordinated beyond chance'}"
        if cluster.status == "flagged":
            innocent = (
                f"none of those tried fits ({tried})"
                if tried
                else "shared taste within a small circle looks the same"
            )
            facts.append(
                Fact(
                    "coordinated group",
                    value,
                    posts,
                    member.posts,
                    cluster.q_value,
                    innocent=innocent,
                )
            )
        else:
            said = next((e.because for e in cluster.innocent_explanations if e.fits), "")
            facts.append(
                Fact("explained group", f"{value}. Explained: {said}", posts, member.posts)
            )
    return facts


def _how(
    name: str,
    shares: pl.DataFrame,
    key: str,
    subject: str,
    rows: pl.DataFrame,
    says: str,
    innocent: str,
) -> list[Fact]:
    """A share of the subject beside the same share of all others of about its size.

    Args:
        shares: ``key, share, n, posts``, one row a domain or account.
    """
    mine = shares.filter(pl.col(key) == subject)
    if not mine.height or mine["n"][0] < MIN_POSTS or not rows.height:
        return []
    share, n = float(mine["share"][0]), int(mine["n"][0])
    near = (pl.col("n") >= max(MIN_POSTS, n / ABOUT)) & (pl.col("n") <= n * ABOUT)
    others = shares.filter((pl.col(key) != subject) & near)
    value = f"{share:.0%} {says}"
    posts = tuple(mine["posts"][0].to_list())[:MAX_EVIDENCE]
    if others.height < MIN_PEERS:
        return [Fact(name, f"{value} (too few of its size to compare it with)", posts, n)]
    p = (1 + int((others["share"] >= share).sum())) / (1 + others.height)
    middle = float(np.median(others["share"].to_numpy()))
    return [
        Fact(
            name,
            f"{value}; the median of {others.height} others of its size is {middle:.0%}",
            posts,
            n,
            p,
            innocent=innocent,
        )
    ]


def _busiest(links: pl.DataFrame) -> pl.DataFrame:
    """By site, the share of its posts that its busiest accounts made. A site with no more accounts than those is left out."""
    each = (
        links.unique(["site", "id"], maintain_order=True)
        .group_by("site", "author", maintain_order=True)
        .agg(pl.col("id"))
    )
    each = each.with_columns(pl.col("id").list.len().alias("made")).sort(
        ["site", "made", "author"], descending=[False, True, False]
    )
    made = each.group_by("site", maintain_order=True).agg(
        (pl.col("made").head(BUSIEST).sum() / pl.col("made").sum()).alias("share"), pl.col("made").sum().alias("n"),
        pl.len().alias("people"), pl.col("id").head(BUSIEST).explode().head(MAX_EVIDENCE).alias("posts"),
    )  # fmt: skip
    return made.filter(pl.col("people") > BUSIEST)


def _same_minute(links: pl.DataFrame, key: str) -> pl.DataFrame:
    """By site or account, the share of links that follow within a minute on another account's link to the same address."""
    rows = links.sort("url", "at", "id")
    same = (pl.col("url") == pl.col("url").shift(1)) & (
        pl.col("author") != pl.col("author").shift(1)
    )
    close = (same & (pl.col("at") - pl.col("at").shift(1) <= MOMENT_MS)).fill_null(value=False)
    return _shares(rows.with_columns(close.alias("hit")), key)


def _later(posts: pl.DataFrame, key: str) -> pl.DataFrame:
    """By site or account, the share of posts in a group of copies whose first one somebody else has."""
    groups = posts.filter(pl.col("copy_group").is_not_null()).sort("at", "id")
    first = groups.group_by("copy_group", maintain_order=True).agg(
        pl.col(key).first().alias("origin")
    )
    hit = (pl.col("origin").is_not_null() & (pl.col("origin") != pl.col(key))).fill_null(
        value=False
    )
    return _shares(
        posts.join(first, on="copy_group", how="left", maintain_order="left").with_columns(
            hit.alias("hit")
        ),
        key,
    )


def _shares(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    return rows.group_by(key, maintain_order=True).agg(
        pl.col("hit").mean().alias("share"),
        pl.len().alias("n"),
        pl.col("id").filter(pl.col("hit")).head(MAX_EVIDENCE).alias("posts"),
    )


def _site(column: str) -> pl.Expr:
    """The domain of addresses, each different one read once."""
    return pl.col(column).map_batches(_domains, return_dtype=pl.String)


def _domains(urls: pl.Series) -> pl.Series:
    different = urls.unique().drop_nulls()
    made = pl.Series([domain(url) for url in different.to_list()], dtype=pl.String)
    return urls.replace_strict(different, made, default=None, return_dtype=pl.String)


def _time(at: object) -> str:
    return (
        rfc3339(datetime.fromtimestamp(int(at) / 1000, UTC))
        if isinstance(at, int)
        else "an unknown time"
    )
