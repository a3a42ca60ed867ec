"""What is known of a domain or an account: each fact with its posts, and its test if it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import polars as pl

from graph.sources.corpus import Corpus
from graph.sources.shares import MAX_EVIDENCE
from graph.wording import reading_name
from tocsin.core.findings import Cluster, Member, Structure, rfc3339
from tocsin.core.messages import Message

MIN_POSTS = 10
MIN_PEERS = 30
"""Others of about the same size without which a share is told, and not tested."""
EXTREME_SHARE = 0.5
"""A share from which it is remarkable that no other of its size reaches it."""
SIZE_RATIO = 3
"""Others are about its size when they have between a third and three times as many posts."""
MAX_GROUP_NAMES = 5
MIN_OTHER_OBJECTS = 3
"""Objects other than the subject's own that a group must share to count as found without them."""


@dataclass(frozen=True)
class Fact:
    """One thing known.

    Attributes:
        name, value: what it is, and what was seen.
        posts: ids of posts that show it.
        n: how many posts or accounts were looked at.
        p, q: of its test, where there is one; ``q`` is set when the dossier is concluded.
        innocent: how else it may come about.
        least_p: the smallest p-value that its test can give; None where any is possible.
        peers: of a share, the others of about its size that it is compared with.
        extreme: of a share, whether it is large and none of those others reaches it.
        group_q: of accounts whose groups were found from what is told here: the largest q-value of
            these groups. It was tested there and is not tested once more.
    """

    name: Message
    value: Message
    posts: tuple[str, ...] = ()
    n: int = 0
    p: float | None = None
    q: float | None = None
    innocent: Message | None = None
    least_p: float | None = None
    peers: int | None = None
    extreme: bool = False
    group_q: float | None = None

    def has_power(self, tests: int, rate: float) -> bool:
        """Whether its test could pass at all, as one of ``tests`` at this false discovery rate."""
        return self.p is not None and (self.least_p or 0.0) * tests <= rate

    @property
    def code(self) -> str:
        """A name for programs, the same in every language and release: ``few_hands``."""
        return self.name.code.removeprefix("dossier.fact.")

    @property
    def weight(self) -> float:
        """How much it asks for a closer look: -log10 of its q-value, 0 where it was not tested."""
        return 0.0 if self.q is None else round(-float(np.log10(max(self.q, 1e-50))), 2)


def count_facts(name: Message, rows: pl.DataFrame) -> list[Fact]:
    """How many posts, by how many accounts, from when to when; nothing where there are none."""
    if not rows.height:
        return []
    posts, accounts = rows["id"].n_unique(), rows["author"].n_unique()
    first, last = rows.select(pl.col("at").min(), pl.col("at").max().alias("last")).row(0)
    parameters = {"n": posts, "first": rfc3339_of(first), "last": rfc3339_of(last)}
    value = (
        Message("dossier.counted_by_accounts", {**parameters, "accounts": accounts})
        if accounts > 1
        else Message("dossier.counted", parameters)
    )
    return [Fact(name, value, first_posts(rows), posts)]


def first_posts(rows: pl.DataFrame) -> tuple[str, ...]:
    """The first posts of a frame, each once, as evidence."""
    return tuple(rows["id"].unique(maintain_order=True).head(MAX_EVIDENCE))


def coordinated_accounts_facts(
    rows: pl.DataFrame, everybody: pl.DataFrame, corpus: Corpus, code: str, innocent: Message
) -> list[Fact]:
    """Whether more of these accounts are in coordinated groups than of all who do the like.

    Fisher's exact test, one-sided: the hypergeometric tail. Nothing where no group is flagged. A
    group that was found from these very acts would prove itself: its accounts are told without a
    test, and counted in none.

    Args:
        rows: what accounts did with the subject, ``id author``.
        everybody: the same of all accounts, whatever the subject.
        code: of the sentence.
        innocent: how else it may come about.
    """
    own_acts = set(rows["id"].to_list())
    found_here = {c.id for c in corpus.clusters if is_found_from(c, own_acts)}
    circular = sorted(a for a, group in corpus.flagged.items() if group in found_here)
    told = _groups_found_here(rows, circular, corpus, innocent)
    independent = {a: group for a, group in corpus.flagged.items() if group not in found_here}
    if not independent:
        return told
    others = ~pl.col("author").is_in(circular)
    return [
        *told,
        *_more_than_by_chance(
            rows.filter(others), everybody.filter(others), independent, code, innocent
        ),
    ]


def is_found_from(cluster: Cluster, posts: AbstractSet[str]) -> bool:
    """Whether a group would hardly have been found without these posts: fewer than
    `MIN_OTHER_OBJECTS` of the objects that it shares, or fewer than half of them, lie elsewhere.
    """
    here = sum(not posts.isdisjoint(row.posts) for row in cluster.evidence)
    elsewhere = len(cluster.evidence) - here
    return here > 0 and (elsewhere < MIN_OTHER_OBJECTS or elsewhere < here)


def _groups_found_here(
    rows: pl.DataFrame, circular: Sequence[str], corpus: Corpus, innocent: Message
) -> list[Fact]:
    """The accounts whose groups were found from these acts, with what those groups' tests gave."""
    theirs = rows.filter(pl.col("author").is_in(circular))
    accounts = theirs["author"].unique().to_list()
    if not accounts:
        return []
    groups = sorted({corpus.flagged[account] for account in accounts})
    q = max(cluster.q_value for cluster in corpus.clusters if cluster.id in groups)
    told = {
        "n": len(accounts),
        "of": rows["author"].n_unique(),
        "groups": _in_parentheses(groups),
        "q": q,
    }
    return [
        Fact(
            Message("dossier.fact.group_found_here"),
            Message("dossier.group_found_here", told),
            first_posts(theirs),
            rows["author"].n_unique(),
            innocent=innocent,
            group_q=q,
        )
    ]


def _more_than_by_chance(
    rows: pl.DataFrame,
    everybody: pl.DataFrame,
    group_of: Mapping[str, str],
    code: str,
    innocent: Message,
) -> list[Fact]:
    """The test of `coordinated_accounts_facts`; nothing where none of the accounts is left."""
    from scipy.stats import hypergeom

    if not rows.height:
        return []
    flagged = sorted(group_of)
    accounts, population = rows["author"].unique(), everybody["author"].unique()
    flagged_here = int(accounts.is_in(flagged).sum())
    flagged_at_all = int(population.is_in(flagged).sum())
    p = float(hypergeom.sf(flagged_here - 1, len(population), flagged_at_all, len(accounts)))
    most = min(flagged_at_all, len(accounts))
    least_p = float(hypergeom.sf(most - 1, len(population), flagged_at_all, len(accounts)))
    groups = sorted({group_of[a] for a in accounts.to_list() if a in group_of})
    value = Message(
        code,
        {
            "n": flagged_here,
            "of": len(accounts),
            "groups": _in_parentheses(groups),
            "all": len(population),
            "flagged": flagged_at_all,
        },
    )
    posts = first_posts(rows.filter(pl.col("author").is_in(flagged)))
    return [
        Fact(
            Message("dossier.fact.coordinated_accounts"),
            value,
            posts,
            len(accounts),
            p,
            innocent=innocent,
            least_p=least_p,
        )
    ]


def _in_parentheses(names: Sequence[str]) -> str:
    """`` (a, b)``, with an ellipsis where there are many; nothing where there are none."""
    if not names:
        return ""
    more = ", …" if len(names) > MAX_GROUP_NAMES else ""
    return f" ({', '.join(names[:MAX_GROUP_NAMES])}{more})"


def membership_facts(author: str, corpus: Corpus) -> list[Fact]:
    """The groups that an account belongs to, with their own test; explained ones are told."""
    facts = []
    for cluster in corpus.clusters:
        member = next((m for m in cluster.accounts if m.id == author), None)
        if member is not None:
            facts.append(_membership(member, cluster, corpus))
    return facts


def _membership(member: Member, cluster: Cluster, corpus: Corpus) -> Fact:
    own = set(corpus.posts.filter(pl.col("author") == member.id)["id"].to_list())
    shown = dict.fromkeys(post for row in cluster.evidence for post in row.posts if post in own)
    posts = tuple(shown)[:MAX_EVIDENCE]
    membership = {
        "n": len(cluster.accounts),
        "group": cluster.id,
        "because": cluster.because or Message("dossier.beyond_chance"),
    }
    what, said, explained = "group", "dossier.member", "dossier.member_explained"
    if isinstance(cluster, Structure):
        what, said = "structure", "dossier.member_of_structure"
        explained = "dossier.member_of_explained_structure"
        membership["shape"] = Message(f"clusters_command.shape.{cluster.shape}")
    if cluster.status == "flagged":
        return Fact(
            Message(f"dossier.fact.coordinated_{what}"),
            Message(said, membership),
            posts,
            member.posts,
            cluster.q_value,
            innocent=_innocent_readings(cluster),
        )
    fitting = next((e.because for e in cluster.innocent_explanations if e.fits), "")
    return Fact(
        Message(f"dossier.fact.explained_{what}"),
        Message(explained, {**membership, "reading": fitting}),
        posts,
        member.posts,
    )


def _innocent_readings(cluster: Cluster) -> Message:
    """What the innocent readings say of a flagged group."""
    tried = cluster.innocent_explanations
    if fitting := [reading_name(e) for e in tried if e.fits]:
        return Message("dossier.innocent.overruled", {"names": fitting})
    if tried:
        return Message("dossier.innocent.tried", {"names": [reading_name(e) for e in tried]})
    return Message("dossier.innocent.small_circle")


def share_facts(
    name: Message, shares: pl.DataFrame, key: str, subject: str, value: Message, innocent: Message
) -> list[Fact]:
    """A share of the subject beside the same share of all others of about its size.

    Args:
        name: of the fact.
        shares: ``key, share, n, posts``, one row for each domain or account
            (`graph.sources.shares`).
        key: the column of the subject: ``site`` or ``author``.
        subject: the domain or account.
        value: the sentence, which still lacks ``share`` and ``compared``.
        innocent: how else it may come about.
    """
    own = shares.filter(pl.col(key) == subject)
    if not own.height or own["n"][0] < MIN_POSTS:
        return []
    share, n = float(own["share"][0]), int(own["n"][0])
    posts = tuple(own["posts"][0].to_list())[:MAX_EVIDENCE]
    of_its_size = pl.col("n").is_between(max(MIN_POSTS, n / SIZE_RATIO), n * SIZE_RATIO)
    others = shares.filter((pl.col(key) != subject) & of_its_size)
    peers, reaching = others.height, int((others["share"] >= share).sum())
    extreme = share >= EXTREME_SHARE and reaching == 0
    if peers < MIN_PEERS:
        compared = Message("dossier.too_few_peers")
        told = value.filled(share=share, compared=compared)
        return [Fact(name, told, posts, n, peers=peers, extreme=extreme)]
    p, least_p = (1 + reaching) / (1 + peers), 1 / (1 + peers)
    median = float(np.median(others["share"].to_numpy()))
    compared = Message("dossier.median_of_peers", {"n": others.height, "share": median})
    told = value.filled(share=share, compared=compared)
    fact = Fact(name, told, posts, n, p, innocent=innocent, least_p=least_p, peers=peers)
    return [replace(fact, extreme=extreme)]


def rfc3339_of(milliseconds: int) -> str:
    """A time of a frame as RFC 3339."""
    return rfc3339(datetime.fromtimestamp(milliseconds / 1000, UTC))
