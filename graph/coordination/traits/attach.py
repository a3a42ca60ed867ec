"""Traits of found groups as part of what is published of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from graph.coordination.null_model import HOUR_MS, benjamini_hochberg
from graph.coordination.posts import Posts
from graph.coordination.traits.agreement import Agreement, agreements
from graph.coordination.traits.profiles import read_profiles
from tocsin.core.findings import Cluster
from tocsin.core.groups.traits import Trait
from tocsin.core.messages import Message


def with_traits(
    clusters: Sequence[Cluster], posts: Posts, rate: float, seed: int
) -> tuple[Cluster, ...]:
    """The groups, pairs, stars and chains with the traits of their accounts.

    Nothing else of them changes: traits support what was found by what accounts did, and are told
    whether they agree or not.

    Args:
        clusters: what was found.
        posts: all posts.
        rate: allowed false discovery rate over all traits.
        seed: of random groups.
    """
    if not clusters:
        return ()
    profiles = read_profiles(posts)
    number = {name: place for place, name in enumerate(posts.accounts.to_list())}
    wanted = pl.Series(
        sorted({post for cluster in clusters for post in cluster.post_ids}), dtype=pl.String
    )
    places = posts.ids.is_in(wanted.implode()).arg_true()
    row = dict(zip(posts.ids.gather(places).to_list(), places.to_list(), strict=True))
    members = [[number[member.id] for member in cluster.accounts] for cluster in clusters]
    in_groups = np.zeros(len(posts.accounts), dtype=bool)
    for group in members:
        in_groups[group] = True
    tested: list[tuple[int, Agreement]] = []
    for place, (cluster, group) in enumerate(zip(clusters, members, strict=True)):
        rows = np.array([row[post] for post in cluster.post_ids if post in row], dtype=np.int64)
        at = {account: position for position, account in enumerate(group)}
        evidence = np.zeros((len(group), 24))
        hours = (posts.times[rows] // HOUR_MS % 24).tolist()
        for account, hour in zip(posts.account[rows].tolist(), hours, strict=True):
            if account in at:
                evidence[at[account], hour] += 1
        found = agreements(profiles, group, in_groups, evidence, seed)
        tested += [(place, one) for one in found]
    q = benjamini_hochberg(np.array([one.p for _, one in tested]), len(tested))
    traits: list[list[Trait]] = [[] for _ in clusters]
    for (place, one), value in zip(tested, q.tolist(), strict=True):
        traits[place].append(_trait(one, float(value), rate))
    return tuple(
        replace(cluster, traits=tuple(own)) for cluster, own in zip(clusters, traits, strict=True)
    )


def _trait(one: Agreement, q: float, rate: float) -> Trait:
    told = {
        "n": one.agree,
        "of": one.known,
        "others": one.others,
        "share": one.share,
        "value": one.value or 0.0,
    }
    return Trait(
        kind=one.trait,
        agrees=q <= rate,
        n=one.agree,
        of=one.known,
        others=one.others,
        share=round(one.share, 6),
        p_value=one.p,
        q_value=q,
        because=Message(f"trait.because.{one.kind}", told),
        label=Message(f"trait.label.{one.trait}"),
        innocent=Message(f"trait.innocent.{one.trait}"),
    )
