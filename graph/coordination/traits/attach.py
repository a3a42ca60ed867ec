"""Traits of found groups as part of what is published of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph.coordination.null_model import HOUR_MS, benjamini_hochberg
from graph.coordination.posts import Posts
from graph.coordination.traits.agreement import Agreement, agreements
from graph.coordination.traits.profiles import read_profiles
from tocsin.core.findings import Cluster
from tocsin.core.groups.traits import Trait
from tocsin.core.messages import Message


def with_traits(
    clusters: Sequence[Cluster], rows: Sequence[np.ndarray], posts: Posts, rate: float, seed: int
) -> tuple[Cluster, ...]:
    """The groups, pairs, stars and chains with the traits of their accounts.

    Nothing else of them changes: traits support what was found by what accounts did, and are told
    whether they agree or not.

    Args:
        clusters: what was found.
        rows: of the posts of each.
        posts: all posts.
        rate: allowed false discovery rate over all traits.
        seed: of random groups.
    """
    if not clusters:
        return ()
    profiles = read_profiles(posts)
    number = {name: place for place, name in enumerate(posts.accounts.to_list())}
    members = [[number[member.id] for member in cluster.accounts] for cluster in clusters]
    in_groups = np.zeros(len(posts.accounts), dtype=bool)
    for group in members:
        in_groups[group] = True
    tested: list[tuple[int, Agreement]] = []
    for place, group in enumerate(members):
        at = np.full(len(posts.accounts), -1)
        at[group] = np.arange(len(group))
        own = rows[place][at[posts.account[rows[place]]] >= 0]
        evidence = np.zeros((len(group), 24))
        np.add.at(evidence, (at[posts.account[own]], posts.times[own] // HOUR_MS % 24), 1)
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
