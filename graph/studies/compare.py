"""What differs between two sets of results, and what may have caused it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.studies.inputs import PostsCompared, SealedPosts, compare_posts, rename_space
from graph.studies.manifest import Manifest
from graph.studies.results import groups_of, pairs_of

MAX_NAMED = 1_000
"""Posts or accounts that an answer lists; it says how many there are."""
MAX_OWN = 5
"""Differing posts that are named beside one account."""


@dataclass(frozen=True)
class Causes:
    """What differs beside the results.

    Attributes:
        posts: the comparison of the posts.
        settings: differing settings: ``{"name", "a", "b"}``.
        versions: differing versions, likewise.
        labels: whether analysts' marks differ.
        own: by account (number of the first), ids of its differing posts.
    """

    posts: PostsCompared
    settings: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    labels: bool = False
    own: Mapping[int, list[str]] = field(default_factory=dict)
    names_differ: bool = False

    def of(self, account: int) -> list[dict[str, Any]]:
        """What may have moved an account; its own posts are named."""
        why: list[dict[str, Any]] = []
        others = self.posts.other_copies or self.posts.other_profiles
        data = not self.posts.equal or bool(others) or self.names_differ
        if data:
            own = self.own.get(account, [])
            why.append({"cause": "data", "own_posts": len(own), "posts": own[:MAX_OWN]})
        if self.settings:
            why.append({"cause": "setting", "names": [d["name"] for d in self.settings]})
        if self.versions:
            why.append({"cause": "version", "names": [d["name"] for d in self.versions]})
        if self.labels:
            why.append({"cause": "label"})
        return why


def differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The names whose values differ, sorted: ``{"name", "a", "b"}``."""
    return [
        {"name": name, "a": a.get(name), "b": b.get(name)}
        for name in sorted({*a, *b})
        if a.get(name) != b.get(name)
    ]


def flat_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names of the settings of a manifest."""
    graph = {f"graph.{name}": value for name, value in settings["graph"].items()}
    return graph | {name: settings.get(name) for name in ("signals", "readings")}


def compare_results(
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    to_a: Callable[[int], int],
    causes: Causes,
    shown: Callable[[int], Any],
) -> dict[str, Any]:
    """Which accounts entered groups, left them or changed group, and what else differs.

    Args:
        a, b: results of manifests.
        to_a: number of an account of b in a; one that a does not have gets a number of its own.
        causes: what differs beside the results.
        shown: what stands for an account (by number of a).
    """
    groups_a = {group["id"]: _members(group, int) for group in groups_of(a)}
    groups_b = {group["id"]: _members(group, to_a) for group in groups_of(b)}
    matched = _match(groups_a, groups_b)
    of_a, of_b = _first_group(groups_a), _first_group(groups_b)
    moves: dict[str, list[dict[str, Any]]] = {"entered": [], "left": [], "changed_group": []}
    for account in sorted({*of_a, *of_b}):
        was, is_ = of_a.get(account), of_b.get(account)
        if was is not None and matched.get(was) == is_:
            continue
        kind = "changed_group"
        if was is None or is_ is None:
            kind = "entered" if was is None else "left"
        entry = {"account": shown(account), "was": was, "is": is_, "why": causes.of(account)}
        moves[kind].append(entry)
    by_id_a = {group["id"]: group for group in groups_of(a)}
    by_id_b = {group["id"]: group for group in groups_of(b)}
    return {
        "equal": a["sha256"] == b["sha256"],
        **moves,
        "groups": [
            _group_change(by_id_a.get(was), by_id_b.get(is_))
            for was, is_ in _every(matched, groups_a, groups_b)
            if _differs(by_id_a.get(was), by_id_b.get(is_), to_a)
        ],
        "pairs": _pair_changes(pairs_of(a), pairs_of(b), to_a),
        "tested": differing(_flat(a["tested"]), _flat(b["tested"])),
    }


def compare_manifests(a: Manifest, b: Manifest) -> dict[str, Any]:
    """What entered, left and changed group from one sealed study to another, and why."""
    spaces = [manifest.data["inputs"].get("id_space") for manifest in (a, b)]
    is_renamed = None not in spaces and spaces[0] != spaces[1]
    posts_b = rename_space(b.posts, spaces[1], spaces[0]) if is_renamed else b.posts
    posts = compare_posts(a.posts, posts_b)
    back = {new: old for old, new in posts.here_of.items()}
    beyond = len(a.posts.authors)

    def to_a(number: int) -> int:
        return back.get(number, beyond + number)

    def shown(number: int) -> dict[str, Any]:
        theirs = posts.here_of.get(number) if number < beyond else number - beyond
        return {
            "a": a.posts.authors[number] if number < beyond else None,
            "b": None if theirs is None else b.posts.authors[theirs],
        }

    labels_b = [
        label | ({"account": to_a(label["account"])} if "account" in label else {})
        for label in b.data["labels"]["marks"]
    ]
    causes = Causes(
        posts,
        differing(flat_settings(a.data["settings"]), flat_settings(b.data["settings"]))
        + differing(_window(a), _window(b)),
        differing(_versions(a), _versions(b)),
        labels=sorted(map(str, labels_b)) != sorted(map(str, a.data["labels"]["marks"])),
        own=own_posts(posts, a.posts, b.posts, b.posts.ids.__getitem__),
        names_differ=a.has_names
        and b.has_names
        and posts.equal
        and a.data["inputs"]["sha256"] != b.data["inputs"]["sha256"]
        and not is_renamed
        and not posts.other_copies,
    )  # fmt: skip
    results = compare_results(a.data["results"], b.data["results"], to_a, causes, shown)
    if is_renamed and not results["equal"]:
        # groups are called after the ids of their accounts, and these after their file
        same = ("entered", "left", "changed_group", "groups", "tested")
        unlike = any(results[key] for key in same) or any(results["pairs"].values())
        results["equal"] = not unlike
    return {
        "data": posts_answer(posts, a.posts.ids, b.posts.ids.__getitem__)
        | profiles_answer(posts, a.posts.authors.__getitem__),
        "settings": causes.settings,
        "versions": causes.versions,
        "labels_differ": causes.labels,
        "enrichment": differing(a.data["enrichment"], b.data["enrichment"]),
        "results": results,
    }


def _versions(manifest: Manifest) -> dict[str, Any]:
    return {**manifest.data["versions"], "method": manifest.data["method"]["version"]}


def _window(manifest: Manifest) -> dict[str, Any]:
    return {f"window.{end}": manifest.data["window"].get(end) for end in ("since", "until")}


def own_posts(
    compared: PostsCompared, a: SealedPosts, b: SealedPosts, shown_b: Callable[[int], str]
) -> dict[int, list[str]]:
    """By account (number of a) the ids of its posts that differ."""
    back = {new: old for old, new in compared.here_of.items()}
    own: dict[int, list[str]] = {}
    for old, new in (*compared.changed, *compared.author_changed):
        number = back.get(b.account[new], len(a.authors) + b.account[new])
        for account in {a.account[old], number}:
            own.setdefault(account, []).append(a.ids[old])
    for old in compared.missing:
        own.setdefault(a.account[old], []).append(a.ids[old])
    for new in compared.added:
        number = back.get(b.account[new], len(a.authors) + b.account[new])
        own.setdefault(number, []).append(shown_b(new))
    return own


def posts_answer(
    compared: PostsCompared, ids_a: Sequence[str], shown_b: Callable[[int], str]
) -> dict[str, Any]:
    """Which posts differ: ids, and how many there are of each kind."""
    lists = {
        "changed": [ids_a[old] for old, _ in compared.changed],
        "other_author": [ids_a[old] for old, _ in compared.author_changed],
        "missing": [ids_a[old] for old in compared.missing],
        "added": [shown_b(new) for new in compared.added[:MAX_NAMED]],
        "other_copies": [ids_a[old] for old, _ in compared.other_copies],
    }
    return {
        "equal": compared.equal and not compared.other_copies,
        "counts": {name: len(ids) for name, ids in lists.items()} | {"added": len(compared.added)},
        **{name: ids[:MAX_NAMED] for name, ids in lists.items()},
    }


def profiles_answer(compared: PostsCompared, shown: Callable[[int], str]) -> dict[str, Any]:
    """Which accounts say something else of themselves (known where manifests have real names)."""
    names = [shown(number) for number in compared.other_profiles[:MAX_NAMED]]
    return {"other_profiles": names}


def _members(group: Mapping[str, Any], to_a: Callable[[int], int]) -> frozenset[int]:
    return frozenset(to_a(member["id"]) for member in group["accounts"])


def _first_group(groups: Mapping[str, frozenset[int]]) -> dict[int, str]:
    """Account -> its group; the first counts, as groups come before what is found apart."""
    found: dict[int, str] = {}
    for id_, members in groups.items():
        for account in members:
            found.setdefault(account, id_)
    return found


def _match(a: Mapping[str, frozenset[int]], b: Mapping[str, frozenset[int]]) -> dict[str, str]:
    """Group of a -> the group of b that it has most in common with; each is used once."""
    overlaps = sorted(
        (-len(one & other) / len(one | other), id_a, id_b)
        for id_a, one in a.items()
        for id_b, other in b.items()
        if one & other
    )
    matched: dict[str, str] = {}
    for _, id_a, id_b in overlaps:
        if id_a not in matched and id_b not in matched.values():
            matched[id_a] = id_b
    return matched


def _every(
    matched: Mapping[str, str], a: Mapping[str, Any], b: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Each group once, with its counterpart; "" where there is none."""
    found = set(matched.values())
    return [
        *((id_, matched.get(id_, "")) for id_ in a),
        *(("", id_) for id_ in b if id_ not in found),
    ]


def _differs(
    a: Mapping[str, Any] | None, b: Mapping[str, Any] | None, to_a: Callable[[int], int]
) -> bool:
    if a is None or b is None:
        return True
    return _without_digest(a, int) != _without_digest(b, to_a)


def _without_digest(group: Mapping[str, Any], to_a: Callable[[int], int]) -> dict[str, Any]:
    """A group in the numbers of a; the digest of evidence counts posts, which may be others."""
    members = [member | {"id": to_a(member["id"])} for member in group["accounts"]]
    plain = {key: held for key, held in group.items() if key not in ("id", "sha256", "evidence")}
    return plain | {"accounts": sorted(members, key=lambda member: int(member["id"]))}


def _group_change(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> dict[str, Any]:
    """A group before and after, in numbers."""

    def values(group: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if group is None:
            return None
        kept = {key: group.get(key) for key in ("id", "status", "q_value", "posts", "signals")}
        return kept | {"accounts": len(group["accounts"])}

    return {"was": values(a), "is": values(b)}


def _pair_changes(
    a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]], to_a: Callable[[int], int]
) -> dict[str, int]:
    """How many pairs entered, left, or have other numbers."""

    def numbers(pair: Mapping[str, Any]) -> tuple[Any, ...]:
        values = (pair.get(key) for key in ("weight", "p_value", "q_value"))
        return (*values, tuple(sorted(pair.get("signals", {}).items())))

    before = {frozenset((pair["a"], pair["b"])): numbers(pair) for pair in a}
    after = {frozenset((to_a(pair["a"]), to_a(pair["b"]))): numbers(pair) for pair in b}
    both = before.keys() & after.keys()
    return {
        "entered": len(after.keys() - before.keys()),
        "left": len(before.keys() - after.keys()),
        "changed": sum(before[pair] != after[pair] for pair in both),
    }


def _flat(tested: Mapping[str, Any]) -> dict[str, Any]:
    left_out = {f"left_out.{part['reason']}": part for part in tested.get("left_out", [])}
    return {key: held for key, held in tested.items() if key != "left_out"} | left_out
