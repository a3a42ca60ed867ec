"""Repeat a sealed study on the posts of a workspace, and say what differs. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import ValidationError

from graph.coordination.engine import find_coordination
from graph.coordination.posts import COLUMNS, Posts, prepare, scan_posts
from graph.studies.compare import (
    Causes,
    compare_results,
    differing,
    flat_settings,
    own_posts,
    posts_answer,
    profiles_answer,
)
from graph.studies.inputs import (
    PostsCompared,
    SealedPosts,
    compare_posts,
    id_space,
    move_space,
    read_posts,
)
from graph.studies.manifest import Manifest, versions_here
from graph.studies.results import groups_of, pairs_of, seal_results
from graph.studies.seal import enrichment_of, marks_of, reading_names
from index.base import Window
from tocsin.core.documents import document_id, native_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.settings import GraphSettings

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms


@dataclass(frozen=True)
class _Here:
    """The posts of this workspace beside the sealed ones."""

    posts: Posts
    rows: SealedPosts
    compared: PostsCompared
    copies: str
    moved_from: str | None

    def numbers(self, sealed: int) -> dict[str, int]:
        """Author id here -> sealed number, or one beyond those that were sealed."""
        back = {new: old for old, new in self.compared.here_of.items()}
        return {
            author: back.get(number, sealed + number)
            for number, author in enumerate(self.rows.authors)
        }

    def places(self, sealed: int) -> dict[str, int]:
        """Post id here -> sealed place, or one beyond."""
        old_of = {new: old for old, new in self.compared.matched}
        return {post: old_of.get(place, sealed + place) for place, post in enumerate(self.rows.ids)}


def verify_study(manifest: Manifest, index: Index, people: Pseudonyms) -> dict[str, Any]:
    """What the command answers: whether all is equal, else what differs.

    Raises:
        ConfigError: the manifest has settings that this version does not know.
    """
    data = manifest.data
    settings = _settings(data["settings"]["graph"])
    here = _read(manifest, index)
    sealed = manifest.posts
    numbers = here.numbers(len(sealed.authors))
    authors = {number: author for author, number in numbers.items()}
    result = find_coordination(
        here.posts,
        settings,
        signals=data["settings"]["signals"],
        marks=marks_of(data["labels"], authors),
    )
    results = seal_results(result.findings(), numbers, here.places(len(sealed.ids)))

    def shown_post(place: int) -> str:
        post = here.rows.ids[place]
        platform = post.partition(":")[0]
        return document_id(platform, people.text(native_id(post), platform))

    left_out = set(here.posts.left_out["id"].to_list())
    compared = here.compared
    versions = differing(
        data["versions"] | {"method": data["method"]["version"]},
        versions_here() | {"method": result.tested.method.version},
    )
    readings = differing({"readings": data["settings"]["readings"]}, {"readings": reading_names()})
    names_differ = (
        compared.equal
        and not compared.other_copies
        and here.posts.sha256 != data["inputs"]["sha256"]
    )
    causes = Causes(
        compared,
        versions=versions + readings,
        own=own_posts(compared, sealed, here.rows, shown_post),
        names_differ=names_differ,
    )

    def shown(number: int) -> dict[str, Any]:
        author = authors.get(number)
        return {
            "sealed": sealed.authors[number] if number < len(sealed.authors) else None,
            "here": None if author is None else people.account(author),
        }

    found = compare_results(data["results"], results, int, causes, shown)
    inputs = posts_answer(compared, sealed.ids, shown_post)
    # a post that lost its author or time is here, though it cannot be tested
    inputs["untestable"] = [
        sealed.ids[place] for place in compared.missing if sealed.ids[place] in left_out
    ]
    inputs |= profiles_answer(compared, sealed.authors.__getitem__)
    inputs |= {
        "names_differ": names_differ,
        "copies": here.copies,
        "sha256": {"sealed": data["inputs"]["sha256"], "here": here.posts.sha256},
    }
    inputs["equal"] = inputs["equal"] and not names_differ
    return {
        "equal": manifest.is_whole and inputs["equal"] and found["equal"],
        "seal": data["seal"],
        "manifest_whole": manifest.is_whole,
        "inputs": inputs,
        "settings": flat_settings(data["settings"]),
        "window": data["window"],
        "versions": versions,
        "readings": readings,
        "enrichment": differing(data["enrichment"], enrichment_of(index)),
        "results": {
            "sha256": {"sealed": data["results"]["sha256"], "here": results["sha256"]}, **found
        },
        "counts": {
            "posts": len(here.rows.ids),
            "groups": len(groups_of(results)),
            "pairs": len(pairs_of(results)),
            "q_values": sum("q_value" in i for i in (*groups_of(results), *pairs_of(results))),
        },
    }  # fmt: skip


def _settings(sealed: dict[str, Any]) -> GraphSettings:
    try:
        return GraphSettings.model_validate(sealed)
    except ValidationError as error:
        names = sorted({".".join(map(str, part["loc"])) for part in error.errors()})
        raise ConfigError(Message("study.error.unknown_settings", {"names": names})) from None


def _read(manifest: Manifest, index: Index) -> _Here:
    """The posts of the sealed window, named as they were sealed."""
    window = manifest.data["window"]
    since, until = (
        datetime.fromisoformat(window[end]) if window.get(end) else None
        for end in ("since", "until")
    )
    posts = scan_posts(index, Window(since, until))
    wanted, space = manifest.data["inputs"].get("id_space"), id_space(posts.frame)
    moved = space if wanted and space and wanted != space else None
    if moved is not None:
        posts = _with_frame(posts, move_space(posts.frame, moved, str(wanted)))
    rows = read_posts(posts, with_names=manifest.has_names)
    compared = compare_posts(manifest.posts, rows)
    has_sealed = any(group is not None for group in manifest.posts.copies)
    copies = "own"
    if not any(group is not None for group in rows.copies):
        copies = "none"
        if has_sealed and not index.stats().stages.get("copies"):
            # near copies were never looked for here: those of the study stand in
            copies = "sealed"
            groups: list[str | None] = [None] * len(rows.ids)
            for old, new in compared.matched:
                groups[new] = manifest.posts.copies[old]
            column = pl.Series("copy_group", groups, dtype=pl.String)
            posts = _with_frame(posts, posts.frame.with_columns(column))
            compared.other_copies.clear()
    return _Here(posts, rows, compared, copies, moved)


def _with_frame(posts: Posts, frame: pl.DataFrame) -> Posts:
    """The same posts with other values in some columns."""
    again = prepare(frame.select(COLUMNS))
    return replace(again, left_out=posts.left_out, resolution_ms=posts.resolution_ms)
