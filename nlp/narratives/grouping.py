"""Which story and theme each text is in: found anew, or joined to what is published.

Ids are worth keeping: what came since the last grouping joins the groups that its neighbours are
in, and only what no group wins is grouped anew. When much has come, or the texts or the model are
others, all is grouped anew and ids are matched (`nlp.narratives.stable_ids`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlp.narratives.communities import (
    NOISE,
    Neighbourhood,
    find_neighbourhood,
    find_stories,
    find_themes,
    membership,
    nearest_group,
    numbered_by_size,
    vote,
)
from nlp.narratives.nodes import TextNodes
from nlp.narratives.stable_ids import Lineage, match_groups
from nlp.narratives.vectors.debiasing import Vectors
from nlp.narratives.vectors.whitening import half_whitened, whitening_directions
from nlp.text.corpus import Longs

MAX_JOINED = 0.25
"""Share of posts that joined by vote from which all is grouped anew."""
_MIN_LEFT = 0.5
"""Share of published members still in the window below which all is grouped anew."""
_MIN_THEME_POSTS = 5


@dataclass(frozen=True, slots=True)
class Published:
    """What was published last: members by id, the method's parameters, and each theme's subject."""

    stories: Mapping[str, Sequence[str]]
    themes: Mapping[str, Sequence[str]]
    parameters: Mapping[str, Any]
    subjects: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of documents. ``stories`` and ``themes`` hold rows, strongest members first.

    ``theme_of`` is the place in ``themes`` of each story's theme, -1 where none; ``subject_of`` the
    id of the theme that stands for each theme's subject, often its own; ``central`` and
    ``theme_central`` the cosine of each row with the middle of its story and theme; ``joined`` the
    share of posts that joined by vote since all were grouped, ``grouped`` how many there were then.
    """

    stories: list[list[int]]
    lineages: list[Lineage]
    themes: list[list[int]]
    theme_ids: list[str]
    theme_of: list[int]
    subject_of: list[str]
    central: Vectors
    theme_central: Vectors
    joined: float
    grouped: int


def group_texts(
    keys: Sequence[str],
    nodes: TextNodes,
    published: Published,
    *,
    min_posts: int,
    same_method: bool,
) -> Grouping:
    """Stories and themes of documents.

    Args:
        keys: document ids, a row each.
        nodes: the different texts.
        published: what the last analysis found.
        min_posts: posts below which a group of texts is no story.
        same_method: whether it was found by this method, with these parameters.
    """
    directions = whitening_directions(nodes.vectors)
    vectors = half_whitened(nodes.vectors, directions=directions)
    near = find_neighbourhood(vectors)
    joined = _share_joined(len(keys), set(keys), published) if same_method else 1.0
    grouped = int(published.parameters.get("grouped") or 0)
    if joined <= MAX_JOINED:
        groups, known = _known_groups(keys, nodes, published.stories)
        themes, names = _known_groups(keys, nodes, published.themes)
        numbers: dict[str, int] = {}
        of_theme = [numbers.setdefault(published.subjects.get(n) or n, len(numbers)) for n in names]
        if joined > float(published.parameters.get("joined") or 0.0):
            groups = _with_new_stories(vectors, vote(near, groups), len(known), nodes, min_posts)
            themes = np.where(themes >= 0, themes, nearest_group(vectors, themes))
        subjects = np.append(np.array(of_theme, np.int64), NOISE)[themes]
    else:
        joined, grouped = 0.0, len(keys)
        groups = vote(near, _large(find_stories(vectors, near), nodes, min_posts))
        themes, subjects = find_themes(nodes.vectors, near, directions)
    strength = membership(vectors, groups)
    stories = _rows_by_group(nodes, groups, strength, min_posts)
    theme_strength = membership(vectors, themes)
    theme_rows = _rows_by_group(nodes, themes, theme_strength, min(min_posts, _MIN_THEME_POSTS))
    lineages = match_groups([[keys[row] for row in rows] for rows in stories], published.stories)
    theme_ids = [
        lineage.id
        for lineage in match_groups(
            [[keys[row] for row in rows] for rows in theme_rows], published.themes, "t"
        )
    ]
    return Grouping(
        stories,
        lineages,
        theme_rows,
        theme_ids,
        themes_of(stories, theme_rows, theme_ids, len(keys)),
        lead_subjects(
            [int(subjects[nodes.of_row[rows[0]]]) for rows in theme_rows],
            theme_rows,
            theme_ids,
            {subject for subject in published.subjects.values() if subject},
        ),
        _of_rows(nodes, strength),
        _of_rows(nodes, theme_strength),
        round(joined, 6),
        grouped,
    )


def _of_rows(nodes: TextNodes, strength: Vectors) -> Vectors:
    """What holds of nodes, for each row; 0 where it has none."""
    padded = np.append(strength, np.float32(0))  # -1 is the last one
    return padded[nodes.of_row].astype(np.float32)


def _share_joined(documents: int, present: set[str], published: Published) -> float:
    """Share of posts that are not of the last grouping of all; 1 where all is to be grouped."""
    members = [member for rows in published.themes.values() for member in rows]
    if not members or not published.stories or not documents:
        return 1.0
    left = sum(member in present for member in members) / len(members)
    before = int(published.parameters.get("documents") or 0)
    if left < _MIN_LEFT:
        return 1.0
    new = max(0.0, documents - before * left)
    return float(published.parameters.get("joined") or 0.0) + new / documents


def _known_groups(
    keys: Sequence[str], nodes: TextNodes, published: Mapping[str, Sequence[str]]
) -> tuple[Longs, list[str]]:
    """The published group of each node (that of most of its documents), and ids by number."""
    known = sorted(published)
    number_of = {member: place for place, key in enumerate(known) for member in published[key]}
    group_of_row = np.array([number_of.get(key, NOISE) for key in keys], np.int64)
    groups = np.full(len(nodes.first_row), NOISE, np.int64)
    rows = np.flatnonzero((group_of_row >= 0) & (nodes.of_row >= 0))
    number = max(len(known), 1)
    pairs, counts = np.unique(nodes.of_row[rows] * number + group_of_row[rows], return_counts=True)
    order = np.argsort(counts, kind="stable")  # the last one written has most documents
    groups[pairs[order] // number] = pairs[order] % number
    return groups, known


def _with_new_stories(
    vectors: Vectors, groups: Longs, taken: int, nodes: TextNodes, min_posts: int
) -> Longs:
    """Groups, and stories among the texts that are in none."""
    left = np.flatnonzero(groups < 0)
    if not len(left):
        return groups
    near: Neighbourhood = find_neighbourhood(vectors[left])
    new = np.full(len(groups), NOISE, np.int64)
    new[left] = find_stories(vectors[left], near, texts=len(groups))
    new = _large(new, nodes, min_posts)
    return np.where(groups >= 0, groups, np.where(new >= 0, new + taken, NOISE))


def _large(groups: Longs, nodes: TextNodes, min_posts: int) -> Longs:
    """Groups of at least ``min_posts`` documents; the others are noise."""
    posts = np.bincount(nodes.of_row[nodes.of_row >= 0], minlength=len(groups))
    inside = groups >= 0
    sizes = np.bincount(groups[inside], weights=posts[inside], minlength=1)
    return numbered_by_size(np.where(inside & (sizes[groups] >= min_posts), groups, NOISE))


def _rows_by_group(
    nodes: TextNodes, groups: Longs, strength: Vectors, min_posts: int
) -> list[list[int]]:
    """Rows of each group that is large enough, the strongest members first."""
    rows = np.flatnonzero(nodes.of_row >= 0)
    if not len(rows):
        return []
    group, order_by = groups[nodes.of_row[rows]], strength[nodes.of_row[rows]]
    order = np.lexsort((rows, -np.round(order_by, 6), group))
    order = order[group[order] >= 0]
    if not len(order):
        return []
    pieces = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return [[int(row) for row in rows[piece]] for piece in pieces if len(piece) >= min_posts]


def themes_of(
    stories: list[list[int]], themes: list[list[int]], ids: list[str], documents: int
) -> list[int]:
    """The theme that most posts of each story are in; -1 where none of them has one.

    Of two with as many the larger one, then the one whose id comes first: places are given anew by
    each analysis, and a story would go to and fro between them.
    """
    # themes by falling size and id: argmax takes the first of those with most posts
    ranked = sorted(range(len(themes)), key=lambda place: (-len(themes[place]), ids[place]))
    rank_of_row = np.full(documents, NOISE, np.int64)
    for rank, place in enumerate(ranked):
        rank_of_row[themes[place]] = rank
    found = []
    for rows in stories:
        known = rank_of_row[rows]
        known = known[known >= 0]
        found.append(ranked[int(np.bincount(known).argmax())] if len(known) else NOISE)
    return found


def lead_subjects(
    subjects: list[int], themes: list[list[int]], ids: list[str], led: Set[str]
) -> list[str]:
    """The id of the theme that stands for each theme's subject.

    The largest one that stood for a subject before, else the largest: a subject keeps its id.
    """
    ranked = sorted(range(len(ids)), key=lambda p: (ids[p] not in led, -len(themes[p]), ids[p]))
    leader: dict[int, str] = {}
    for place in ranked:
        leader.setdefault(subjects[place], ids[place])
    return [leader[subject] for subject in subjects]
