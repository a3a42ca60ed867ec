"""A package that brings a coordination signal and an innocent reading: the example of the docs."""

from __future__ import annotations

import polars as pl

from graph.coordination.readings.base import Fit, GroupEvidence, Reading, ratio
from graph.coordination.signals.base import Signal
from tocsin.core.messages import local

DAY_MS = 86_400_000


class FansOfOne(Reading):
    """Fans of one account, who all mention it."""

    name = "fans_of_one"
    label = local(en="Fans of one account", fr="Les fans d’un même compte")
    refuted_by = local(
        en="they mention many different accounts together",
        fr="ils mentionnent ensemble beaucoup de comptes différents",
    )
    object_kinds = frozenset({"account"})

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of events that mention the account which is mentioned most."""
        mentions = group.of_kinds("account").group_by("object").len()
        most = max(mentions["len"].to_list(), default=0)
        because = local(
            en="{n} of {of} shared things are mentions of one account",
            fr="{n} choses partagées sur {of} sont des mentions d’un même compte",
        )
        every = group.events.height
        return Fit(ratio(most, every), because.filled(n=most, of=every))


class SharedHandle(Signal):
    """The object is an account that posts mention.

    Innocent reasons: fans of one account, people who answer one call, a reply that keeps the
    mentions of what it answers.
    """

    name = "shared_handle"
    object_kind = "account"
    specificity = 2
    label = local(en="mentioned the same accounts", fr="mentionné les mêmes comptes")
    objects = local(
        en=("{n} mentioned account", "{n} mentioned accounts"),
        fr=("{n} compte mentionné", "{n} comptes mentionnés"),
    )
    readings = (FansOfOne,)

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act a post and account that it mentions; reposts are left out."""
        own = posts.filter(pl.col("repost_of").is_null() & (pl.col("mentions").list.len() > 0))
        named = own.explode("mentions")
        account = pl.concat_str("platform", "mentions", separator=":", ignore_nulls=True)
        return named.select("post", object=account).unique()


class OneDay(Reading):
    """Something brought the accounts together on one day, and never again."""

    name = "one_day"
    label = local(en="One day’s event", fr="L’événement d’un seul jour")
    refuted_by = local(
        en="the accounts act together on other days too",
        fr="les comptes agissent ensemble d’autres jours aussi",
    )

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of the posts that were written on the busiest day."""
        days = group.posts["published_at"] // DAY_MS
        most = max(days.value_counts()["count"].to_list(), default=0)
        because = local(
            en="{n} of {of} posts were written on one day (UTC)",
            fr="{n} messages sur {of} ont été écrits le même jour (UTC)",
        )
        every = group.posts.height
        return Fit(ratio(most, every), because.filled(n=most, of=every))
