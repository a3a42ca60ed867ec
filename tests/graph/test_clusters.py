"""Communities, degrees, names and the map."""

from __future__ import annotations

from itertools import combinations

from graph.coordination.communities import (
    coordination_degrees,
    digest_ids,
    find_communities,
    layout,
    stable_names,
)


def clique(members: list[int], weight: float = 1.0) -> dict[tuple[int, int], float]:
    return dict.fromkeys(combinations(sorted(members), 2), weight)


def test_communities_are_cliques_without_their_tails() -> None:
    weights = clique([1, 2, 3, 4]) | clique([5, 6, 7]) | {(4, 9): 1.0, (10, 11): 5.0}
    assert find_communities(weights, seed=1) == [[1, 2, 3, 4], [5, 6, 7]]
    assert find_communities({}, seed=1) == []


def test_two_large_groups_with_one_bridge_are_two() -> None:
    weights = clique(list(range(12))) | clique(list(range(20, 32))) | {(3, 25): 0.1}
    assert find_communities(weights, seed=1) == [list(range(12)), list(range(20, 32))]


def test_degree_is_the_threshold_at_which_an_account_falls_out() -> None:
    weights = clique([1, 2, 3], 0.9) | {(3, 4): 0.4, (2, 4): 0.3}
    assert coordination_degrees([1, 2, 3, 4], weights) == {1: 0.9, 2: 0.9, 3: 0.9, 4: 0.3}


def test_names_follow_the_accounts() -> None:
    before = {"cold": ["a", "b", "c", "d"], "cother": ["x", "y", "z"]}
    assert stable_names([["a", "b", "c", "e"], ["p", "q", "r"]], before) == [
        "cold",
        *digest_ids([["p", "q", "r"]]),
    ]
    # a cluster that breaks in two leaves its name with the larger part
    assert stable_names([["a", "b"], ["c", "d", "q"]], before)[0] == "cold"
    assert digest_ids([["b", "a"]]) == digest_ids([["a", "b"]])
    assert len(set(stable_names([["a", "b"], ["a", "b"]], {}))) == 2


def test_the_map_is_the_same_each_time_and_keeps_clusters_apart() -> None:
    groups = [list(range(8)), [10, 11, 12], [20, 21, 22]]
    weights = [clique(group) for group in groups]
    spots = layout(groups, weights, 1)
    assert spots == layout(groups, weights, 1)
    assert set(spots) == {m for g in groups for m in g}
    centres = [tuple(sum(spots[m][k] for m in g) / len(g) for k in (0, 1)) for g in groups]
    assert all(abs(p[0] - q[0]) + abs(p[1] - q[1]) > 1 for p, q in combinations(centres, 2))
