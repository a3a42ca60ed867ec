"""From a table of shares to the posts that the engine of coordination reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

import polars as pl

from graph.coordination.signals.base import ObjectKind, Signal
from graph.shares.columns import ROLES
from tocsin.core.dates import parse_time, slashed_parts, writes_day_first
from tocsin.core.documents import Precision
from tocsin.core.messages import Message

KINDS: dict[str, tuple[str, ...]] = {
    "repost": ("repost", "retweet", "reshare", "boost", "reblog", "post", "tweet", "status"),
    "reply": ("reply", "comment", "answer"),
    "quote": ("quote", "quoted"),
    "link": ("link", "url", "address", "page", "article", "domain"),
    "hashtags": ("hashtag", "hashtags", "tag"),
    "media": ("media", "image", "picture", "photo", "video", "hash", "meme", "film"),
    "text": ("text", "copy", "message", "copypasta"),
    "object": ("object", "other"),
}
"""Kind of object -> what a table calls it."""
_POST = r"^(\d{15,20}|at://\S+|t\d_\w+)$"
_ADDRESS = r"^(\S+://\S*\s*)+$"
"""One address or several; a text with a link in it is a text."""
_MEDIA = r"(?i)^[\w./-]+\.(jpe?g|png|gif|webp|mp4)$"
_DOMAIN = r"(?i)^([\w-]+\.)+[a-z]{2,}(/\S*)?$"
_POINTERS = {"repost": "repost_of", "reply": "reply_to", "quote": "quote_of"}
_LISTS = {"link": "urls", "media": "media", "hashtags": "hashtags"}


class SharedObject(Signal):
    """The object is whatever the table says was shared, taken as it is.

    Innocent reasons: a popular object, fans of one source, a share button; those that the null
    model and the readings account for.
    """

    name: ClassVar[str] = "object"
    object_kind: ClassVar[ObjectKind] = "tags"
    label: ClassVar[Message] = Message("signal_label.object")
    objects: ClassVar[Message] = Message("object.object")

    def __init__(self, shared: pl.DataFrame) -> None:
        """``shared`` has the columns ``id`` (of a post) and ``object``."""
        self._shared = shared

    def __len__(self) -> int:
        return self._shared.height

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act a post and object."""
        found = posts.select("post", "id").join(self._shared, on="id", how="inner")
        return found.select("post", "object").unique()

    def permuted(self, posts: pl.DataFrame) -> Self:
        """The same where posts hold the contents of others: columns ``id`` and ``content_of``."""
        holders = posts.select("id", "content_of")
        moved = holders.join(self._shared, left_on="content_of", right_on="id", how="inner")
        return type(self)(moved.select("id", "object"))


@dataclass(frozen=True)
class SharePosts:
    """What the engine is given.

    Attributes:
        posts: one row a post, columns of `index.base.COLUMNS` as far as there are any.
        signal: for objects that are none of the usual kinds.
        kinds: kind -> shares of it.
        left_out: ``no_object``, ``no_account``, ``no_time`` -> rows without.
        notes: what a reader should know of how the table was read.
    """

    posts: pl.DataFrame
    signal: SharedObject
    kinds: Mapping[str, int]
    left_out: Mapping[str, int]
    notes: list[Message] = field(default_factory=list)


def share_posts(table: pl.DataFrame, *, day_first: bool | None = None) -> SharePosts:
    """The posts of a table with the columns ``object account time``, perhaps ``content kind``.

    Args:
        table: times are numbers (epoch seconds, milli-, micro- or nanoseconds, by their size),
            times, or text in any usual form; without a zone they are in UTC.
        day_first: whether the day comes first in dates such as 03/04/2026; None finds out.
    """
    notes: list[Message] = []
    times, precision = read_times(table["time"], day_first, notes)
    given = table.select(
        *(_text(table, role) for role in ROLES if role != "time"),
        time=times,
        precision=precision if "precision" not in table.columns else table["precision"],
    )
    left_out = {
        f"no_{role}": int(given[role].is_null().sum()) for role in ("object", "account", "time")
    }
    shares = given.drop_nulls(["object", "account", "time"])
    shares = shares.with_columns(kind=_kind()).unique(
        ["object", "account", "time", "content", "kind"], maintain_order=True
    )
    shares = _with_ids(shares, notes)
    kinds = dict(shares["kind"].value_counts().sort("kind").iter_rows())
    return SharePosts(*_posts(shares), kinds, left_out, notes)


def read_times(
    values: pl.Series, day_first: bool | None, notes: list[Message]
) -> tuple[pl.Series, pl.Series]:
    """Epoch milliseconds and precision of each value; what is no time is null."""
    if values.dtype.is_temporal() and values.dtype != pl.Time:
        ms = values.cast(pl.Datetime("ms")) if values.dtype == pl.Date else values
        day = Precision.DAY.value if values.dtype == pl.Date else None
        return ms.dt.epoch("ms").alias("time"), pl.Series([day], dtype=pl.String).new_from_index(
            0, len(values)
        )
    distinct = values.drop_nulls().unique()
    raw: list[Any] = distinct.to_list()
    texts = [value for value in raw if isinstance(value, str)]
    if day_first is None:
        day_first = writes_day_first(texts)
        doubtful = [text for text in texts if _is_doubtful(text)]
        if doubtful and not day_first:
            notes.append(Message("shares.month_first", {"example": sorted(doubtful)[0]}))
    moments = [parse_time(_number(value), day_first=day_first) for value in raw]
    known = pl.DataFrame(
        {
            "value": distinct,
            "time": pl.Series([_ms(m[0]) if m else None for m in moments], dtype=pl.Int64),
            "precision": pl.Series([m[1].value if m else None for m in moments], dtype=pl.String),
        }
    )
    joined = pl.DataFrame({"value": values}).join(
        known, on="value", how="left", maintain_order="left"
    )
    return joined["time"], joined["precision"]


def _number(value: Any) -> Any:
    """A time as text may be a number: 1623881091.0."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _is_doubtful(text: str) -> bool:
    parts = slashed_parts(text)
    return parts is not None and max(parts) <= 12 and parts[0] != parts[1]


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _text(table: pl.DataFrame, role: str) -> pl.Expr:
    """A column as text; what is empty is null. Whole numbers lose the decimal point they got."""
    if role not in table.columns:
        return pl.lit(None, pl.String).alias(role)
    kind = table.schema[role]
    column = pl.col(role)
    if kind.is_float():
        whole = column.is_not_null() & (column == column.round()) & (column.abs() < 2**53)
        column = (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    else:
        column = column.cast(pl.String)
    trimmed = column.str.strip_chars()
    return pl.when(trimmed != "").then(trimmed).alias(role)


def _kind() -> pl.Expr:
    """The kind that the table names, else what the object looks like."""
    named = pl.col("kind").str.to_lowercase().str.strip_chars()
    known = {word: kind for kind, words in KINDS.items() for word in words}
    shared = pl.col("object")
    looks = (
        pl.when(shared.str.contains(_POST))
        .then(pl.lit("repost"))
        .when(shared.str.contains(_ADDRESS))
        .then(pl.lit("link"))
        .when(shared.str.contains(_MEDIA))
        .then(pl.lit("media"))
        .when(shared.str.contains(_DOMAIN))
        .then(pl.lit("link"))
        .when(shared.str.contains(r"^#\S+$"))
        .then(pl.lit("hashtags"))
        .when(shared.str.contains(r"\s"))
        .then(pl.lit("text"))
        .otherwise(pl.lit("object"))
    )
    return named.replace_strict(known, default=None, return_dtype=pl.String).fill_null(looks)


def _with_ids(shares: pl.DataFrame, notes: list[Message]) -> pl.DataFrame:
    """An id for the post of each share: its content, or one made of account and time.

    A content that stands with several accounts or times is one post for each of them.
    """
    of_post = ["content", "account", "time"]
    several = (
        shares.filter(pl.col("content").is_not_null())
        .select(of_post)
        .unique()
        .group_by("content")
        .len()
        .filter(pl.col("len") > 1)["content"]
    )
    if len(several):
        example = str(several.sort()[0])
        notes.append(Message("shares.several_accounts", {"n": len(several), "example": example}))
    made = pl.struct("account", "time", "object").map_elements(_made_id, return_dtype=pl.String)
    alone = ~pl.col("content").is_in(several.implode())
    numbered = pl.concat_str("content", pl.lit(" of "), "account", pl.lit(" at "), "time")
    return shares.with_columns(
        id=pl.when(pl.col("content").is_null())
        .then(made)
        .when(alone)
        .then(pl.col("content"))
        .otherwise(numbered)
    )


def _made_id(row: Mapping[str, Any]) -> str:
    text = "\x00".join(str(row[name]) for name in ("account", "time", "object"))
    return f"share-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _posts(shares: pl.DataFrame) -> tuple[pl.DataFrame, SharedObject]:
    """One row a post, its objects in the columns of their kinds; the rest is for `SharedObject`."""
    ordered = shares.sort("id", "kind", "object")
    posts = ordered.group_by("id", maintain_order=True).agg(
        author=pl.col("account").first(),
        published_at=pl.col("time").first(),
        precision=pl.col("precision").first(),
        copy_group=_objects("text").first(),
        **{column: _objects(kind).first() for kind, column in _POINTERS.items()},
        **{column: _objects(kind) for kind, column in _LISTS.items()},
    )
    posts = posts.with_columns(
        # an address as people write it
        urls=pl.col("urls").list.eval(
            pl.when(pl.element().str.contains("://", literal=True))
            .then(pl.element())
            .otherwise(pl.lit("https://") + pl.element())
        ),
        hashtags=pl.col("hashtags").list.eval(pl.element().str.strip_prefix("#")),
    )
    return posts, SharedObject(pl.concat(_unusual(ordered)))


def _objects(kind: str) -> pl.Expr:
    return pl.col("object").filter(pl.col("kind") == kind)


def _unusual(shares: pl.DataFrame) -> Iterable[pl.DataFrame]:
    """``id, object`` of what no column of posts holds: objects of no known kind, a second pointer
    of one kind, and what stands beside a repost (the repost alone counts there)."""
    yield shares.filter(pl.col("kind") == "object").select("id", "object")
    single = [*_POINTERS, "text"]
    for kind in single:
        of_kind = shares.filter(pl.col("kind") == kind)
        yield of_kind.filter(~pl.col("id").is_first_distinct()).select("id", "object")
    reposts = shares.filter(pl.col("kind") == "repost")["id"].unique()
    beside = pl.col("id").is_in(reposts.implode()) & pl.col("kind").is_in(["link", "media", "text"])
    yield shares.filter(beside).select("id", "object")
