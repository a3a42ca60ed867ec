"""The posts of an analysis as a manifest holds them: compared post by post, naming no account.

A row stands for one tested post, in the order of (time, id). Accounts are numbers in the order of
their first posts, so that two workspaces number the same posts alike, whatever keys their
pseudonyms have. The digest of a post leaves out what names its author: an id or a handle alone is
found by trying all of them. docs/decisions/0010-sealed-studies.md has the reasons.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graph.coordination.posts import Posts, digested
from tocsin.core.documents import document_id, native_id

if TYPE_CHECKING:
    from index.privacy import Pseudonyms

OF_ACCOUNTS = ("handle", "author_description", "verified", "author_created")
"""Columns that say something of the author: the same in all posts of an account."""
FOUND = ("copy_group",)
"""Columns that enrichment wrote; they are compared apart."""
_DIGITS = 20
_ROWS_AT_ONCE = 50_000
_SPACE = re.compile(r"other:([^/]+)/")
_SPACED = ("id", "author", "reply_to", "repost_of", "quote_of")


@dataclass(frozen=True)
class SealedPosts:
    """Rows of a manifest, aligned.

    Attributes:
        ids: as they are shown: under pseudonyms without the names of accounts.
        keys: place -> key of the post's own id, where what is shown is another.
        account: number of the author.
        digest: of the post, 20 hex digits.
        copies: group of near copies, or None.
        authors: by number, what stands for the account: a pseudonym, or its id.
        profiles: by number, a digest of what the account says of itself; none under pseudonyms.
    """

    ids: Sequence[str]
    keys: Mapping[int, str]
    account: Sequence[int]
    digest: Sequence[str]
    copies: Sequence[str | None]
    authors: Sequence[str]
    profiles: Sequence[str] = ()

    def places(self) -> dict[str, int]:
        """Key of a post (`post_key`) or its id -> place."""
        return {self.keys.get(place, id_): place for place, id_ in enumerate(self.ids)}

    def as_json(self) -> list[list[Any]]:
        """``[id, account, digest, copies, key]`` a post; nothing at the end is left out."""
        columns = zip(self.ids, self.account, self.digest, self.copies, strict=True)
        rows = []
        for place, (id_, account, digest, copies) in enumerate(columns):
            row = [id_, account, digest, copies, self.keys.get(place)]
            while row[-1] is None:
                row.pop()
            rows.append(row)
        return rows

    @classmethod
    def from_json(
        cls, rows: Sequence[Sequence[Any]], authors: Sequence[str], profiles: Sequence[str] = ()
    ) -> SealedPosts:
        """What `as_json` gave. Raises TypeError, ValueError: it is something else."""
        full = [(*row, *(None,) * (5 - len(row))) for row in rows]
        return cls(
            ids=[str(row[0]) for row in full],
            keys={place: str(row[4]) for place, row in enumerate(full) if row[4]},
            account=[int(row[1]) for row in full],
            digest=[str(row[2]) for row in full],
            copies=[row[3] for row in full],
            authors=authors,
            profiles=profiles,
        )


def post_key(post: str) -> str:
    """What stands for the id of a post that names an account: 20 hex digits of its SHA-256."""
    return hashlib.sha256(b"tocsin post\x00" + post.encode("utf-8", "surrogatepass")).hexdigest()[
        :_DIGITS
    ]


def seal_posts(posts: Posts, people: Pseudonyms) -> SealedPosts:
    """The posts as a manifest holds them; names are those of the workspace."""
    raw = read_posts(posts, with_names=not people.enabled)
    if not people.enabled:
        return raw
    shown = [_shown_id(post, people) for post in raw.ids]
    pairs = enumerate(zip(shown, raw.ids, strict=True))
    keys = {place: post_key(own) for place, (id_, own) in pairs if id_ != own}
    authors = [people.pseudonym(author) for author in raw.authors]
    return replace(raw, ids=shown, keys=keys, authors=authors)


def read_posts(posts: Posts, *, with_names: bool) -> SealedPosts:
    """The same with the ids of posts and accounts as they are: nothing that may leave.

    Args:
        with_names: as in `digests`.
    """
    numbers, authors = number_accounts(posts)
    return SealedPosts(
        ids=posts.ids.to_list(),
        keys={},
        account=numbers.tolist(),
        digest=digests(posts, with_names=with_names),
        copies=posts.frame["copy_group"].to_list(),
        authors=authors,
        profiles=_profiles(posts, authors) if with_names else (),
    )


def _profiles(posts: Posts, authors: Sequence[str]) -> list[str]:
    """A digest of each account's profile (`OF_ACCOUNTS`), in the order given."""
    seen = posts.frame.unique("author", keep="first", maintain_order=True)
    columns = ("author", *OF_ACCOUNTS)
    # a column that came later belongs to it only where it says anything
    last = len(OF_ACCOUNTS)
    by_author = {
        row[0]: row[1:] if row[last] is not None else row[1:last]
        for row in seen.select(columns).iter_rows()
    }
    return [
        hashlib.sha256(repr(by_author[author]).encode("utf-8", "surrogatepass")).hexdigest()[
            :_DIGITS
        ]
        for author in authors
    ]


def _shown_id(post: str, people: Pseudonyms) -> str:
    platform = post.partition(":")[0]
    return document_id(platform, people.text(native_id(post), platform))


def number_accounts(posts: Posts) -> tuple[np.ndarray, list[str]]:
    """The number of the author of each post, and author ids by number: in order of first posts."""
    _, first, code = np.unique(posts.account, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    authors = posts.accounts.gather(posts.account[first[order]]).to_list() if len(order) else []
    return number[code] if len(order) else code, authors


def digests(posts: Posts, *, with_names: bool) -> list[str]:
    """A digest of each post: 20 hex digits of the SHA-256 of its row as JSON, in `COLUMNS` order.

    Args:
        with_names: whether the id of its author belongs to it.
    """
    hidden = (*FOUND, *OF_ACCOUNTS, *(() if with_names else ("author",)))
    frame = posts.frame
    if (space := id_space(frame)) is not None:  # the name of a file is not what a post says
        frame = move_space(frame, space, "-")
    frame = frame.select(name for name in digested(frame) if name not in hidden)
    found: list[str] = []
    for rows in frame.iter_slices(_ROWS_AT_ONCE):
        lines = io.BytesIO()
        rows.write_ndjson(lines)
        found += [
            hashlib.sha256(line).hexdigest()[:_DIGITS] for line in lines.getvalue().splitlines()
        ]
    return found


def id_space(frame: pl.DataFrame) -> str | None:
    """The file that the ids of all posts are named after, where one is: see docs/importing.md."""
    spaces = {match[1] if (match := _SPACE.match(id_)) else None for id_ in frame["id"]}
    return spaces.pop() if len(spaces) == 1 else None


def move_space(frame: pl.DataFrame, here: str, wanted: str) -> pl.DataFrame:
    """The posts as if their file had had another name."""
    prefix = f"other:{here}/"
    return frame.with_columns(
        pl.when(pl.col(name).str.starts_with(prefix))
        .then(pl.lit(f"other:{wanted}/") + pl.col(name).str.slice(len(prefix)))
        .otherwise(pl.col(name))
        .alias(name)
        for name in _SPACED
    )


def rename_space(posts: SealedPosts, here: str, wanted: str) -> SealedPosts:
    """Sealed posts under the ids that they would have had in a file of another name."""
    prefix = f"other:{here}/"
    ids = [
        f"other:{wanted}/{id_[len(prefix) :]}" if id_.startswith(prefix) else id_
        for id_ in posts.ids
    ]
    return replace(posts, ids=ids)


@dataclass(frozen=True)
class PostsCompared:
    """Two sets of posts, by place: in the first (``sealed``) or the second (``here``).

    Attributes:
        matched: (sealed, here) of posts that are in both.
        changed: (sealed, here) of posts that say something else.
        author_changed: (sealed, here) of posts of another author.
        missing: sealed places that are not here.
        added: places here that were not sealed.
        other_profiles: sealed numbers of accounts that say something else of themselves.
        other_copies: (sealed, here) of posts in another group of copies.
        here_of: number of an account here, by its sealed number.
    """

    matched: list[tuple[int, int]] = field(default_factory=list)
    changed: list[tuple[int, int]] = field(default_factory=list)
    author_changed: list[tuple[int, int]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    other_copies: list[tuple[int, int]] = field(default_factory=list)
    other_profiles: list[int] = field(default_factory=list)
    here_of: dict[int, int] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether the posts are the same; copies apart."""
        return not (self.changed or self.author_changed or self.missing or self.added)


def compare_posts(sealed: SealedPosts, here: SealedPosts) -> PostsCompared:
    """What differs between two sets of posts.

    Accounts are matched by their posts: the one with most posts in common counts.
    """
    result = PostsCompared()
    matched = result.matched
    places = sealed.places()
    found = set()
    for place, id_ in enumerate(here.ids):
        old = places.get(here.keys.get(place, id_))
        if old is None and sealed.keys and place not in here.keys:
            old = places.get(post_key(id_))
        if old is None:
            result.added.append(place)
        else:
            found.add(old)
            matched.append((old, place))
    if here.keys and result.added:
        _match_by_key(sealed, here, result, matched, found)
    result.missing.extend(old for old in range(len(sealed.ids)) if old not in found)
    common = Counter((sealed.account[old], here.account[new]) for old, new in matched)
    taken: set[int] = set()
    for (old, new), _ in sorted(common.items(), key=lambda item: (-item[1], item[0])):
        if old not in result.here_of and new not in taken:
            result.here_of[old] = new
            taken.add(new)
    if sealed.profiles and here.profiles:
        result.other_profiles.extend(
            old
            for old, new in sorted(result.here_of.items())
            if sealed.profiles[old] != here.profiles[new]
        )
    groups: dict[str | None, str | None] = {None: None}
    back: dict[str | None, str | None] = {None: None}
    for old, new in matched:
        if sealed.digest[old] != here.digest[new]:
            result.changed.append((old, new))
        elif result.here_of.get(sealed.account[old]) != here.account[new]:
            result.author_changed.append((old, new))
        was, is_ = sealed.copies[old], here.copies[new]
        if groups.setdefault(was, is_) != is_ or back.setdefault(is_, was) != was:
            result.other_copies.append((old, new))
    return result


def _match_by_key(
    sealed: SealedPosts,
    here: SealedPosts,
    result: PostsCompared,
    matched: list[tuple[int, int]],
    found: set[int],
) -> None:
    """Ids that are hidden here and were written out there."""
    by_key = {
        post_key(id_): old
        for old, id_ in enumerate(sealed.ids)
        if old not in found and old not in sealed.keys
    }
    for place in [place for place in result.added if place in here.keys]:
        old = by_key.get(here.keys[place])
        if old is not None:
            result.added.remove(place)
            found.add(old)
            matched.append((old, place))
