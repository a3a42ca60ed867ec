"""Files of shares, or of posts, read for an analysis without an index; what `coordinated` uses.

The reading is that of ``tocsin import``: damaged ids, orders of dates, encodings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.runtime.garbage_collection import paused_garbage_collection

if TYPE_CHECKING:
    import polars as pl

    from crawlers.importing.file_reader import FileReader, ImportOptions
    from graph.shares.posts import SharePosts
    from tocsin.core.documents import Document

PLATFORM = "shares"
"""Of files that name none; it is taken away again: accounts stand as the file names them."""
MIN_COPIED = 20
"""Letters from which on equal texts are copies."""
_BATCH = 10_000
_NEARLY_ALL = 0.9


@dataclass
class FilesRead:
    """What was met while files were read."""

    files: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    rejected: int = 0


def choose_columns(
    file: str, rows: list[dict[str, Any]], roles: Mapping[str, str]
) -> Mapping[str, str] | None:
    """The mapping of a table of shares; None where these are posts with texts.

    ``rows`` are the first of the file.

    Raises:
        ConfigError: a column that was named, or one that is needed, is not there.
    """
    from crawlers.importing.damage.ids import is_lossy
    from graph.shares.columns import recognise_columns

    columns = list(dict.fromkeys(key for row in rows for key in row))
    if not rows or (not roles and _has_texts(columns, rows)):
        return None
    try:
        found = recognise_columns(columns, roles)
    except ConfigError as error:
        raise ConfigError(Message("shares.file", {"file": file, "note": error.message})) from None
    shared = [value for row in rows if (value := row.get(found["object"])) not in (None, "")]
    mapping = {
        "author.id": found["account"],
        "published_at": found["time"],
        "extra.tocsin_object": found["object"],
        # a row that lacks its object, or the id that it is, says something: it is counted as such
        "text": found["object"],
        "title": found["account"],
    }
    # ids of posts go through the reader of ids, which sees what a spreadsheet damaged
    are_ids = sum(_is_id(value) or is_lossy(value) for value in shared) >= _NEARLY_ALL * len(shared)
    if are_ids:
        mapping["repost_of"] = found["object"]
    for role in ("content", "kind"):
        if role in found:
            mapping[f"extra.tocsin_{role}"] = found[role]
    return mapping


def _has_texts(columns: list[str], rows: list[dict[str, Any]]) -> bool:
    """Whether a column holds texts, and none is called an object."""
    from crawlers.importing.column_guesses import CANDIDATES, normalise_name

    names = {normalise_name(column): column for column in columns}
    if {"object", "objectid", "object_id", "sharedobject"} & names.keys():
        return False
    for name in (*CANDIDATES["text"], *CANDIDATES["title"]):
        if name in names:
            values = [str(v) for row in rows if (v := row.get(names[name])) not in (None, "")]
            if 2 * sum(" " in value for value in values) > len(values):
                return True
    return False


def _is_id(value: Any) -> bool:
    return str(value).strip().removesuffix(".0").isdigit() and len(str(value).strip()) >= 5


def read_shares(
    files: tuple[str, ...], options: ImportOptions, roles: Mapping[str, str], read: FilesRead
) -> SharePosts:
    """The shares of all files."""
    from crawlers.importing.open_files import open_files

    shares: list[tuple[Any, ...]] = []
    posts: list[dict[str, Any]] = []
    for reader in open_files(files, options):
        try:
            is_table = reader.columns is not None and (
                "extra.tocsin_object" in reader.columns.mapping
            )
            if roles and not is_table and not reader.is_empty:
                raise ConfigError(
                    Message("shares.error.profile", {"file": reader.input.name,
                                                     "format": reader.format})
                )  # fmt: skip
            with paused_garbage_collection():
                if is_table:
                    is_id = reader.columns is not None and "repost_of" in reader.columns.mapping
                    shares += (_share(document, is_id) for document in _documents(reader, read))
                else:
                    posts += map(_post, _merged(reader, read))
            _note(reader, read, is_table)
        finally:
            reader.close()
    return _together(shares, posts, read)


def _documents(reader: FileReader, read: FilesRead) -> Iterator[Document]:
    from crawlers.importing.formats.base import LeftOut, RejectedRow

    for item in reader.documents():
        if isinstance(item, RejectedRow):
            read.rejected += 1
        elif not isinstance(item, LeftOut):
            yield item[1]


def _merged(reader: FileReader, read: FilesRead) -> Iterator[Document]:
    """Posts, the rows of one post taken together, as an import does."""
    from crawlers.importing.merged_rows import merge_rows, split_last_post

    batch: list[tuple[int, Document]] = []
    for document in _documents(reader, read):
        batch.append((0, document))
        if len(batch) >= _BATCH:
            whole, batch = split_last_post(batch)
            yield from (merged for _, merged in merge_rows(whole)[0])
    yield from (merged for _, merged in merge_rows(batch)[0])


def _note(reader: FileReader, read: FilesRead, is_table: bool) -> None:
    columns = reader.columns
    notes = [*reader.notes, *(() if is_table or columns is None else columns.notes)]
    notes += reader.late_notes
    entry: dict[str, Any] = {"file": reader.input.name, "format": reader.format}
    if columns is not None:
        mapping = {
            key.removeprefix("extra.tocsin_"): column for key, column in columns.mapping.items()
        }
        if is_table:
            names = {"author.id": "account", "published_at": "time"}
            keys = {"object", "content", "kind", *names}
            mapping = {names.get(k, k): c for k, c in mapping.items() if k in keys}
            if columns.clock:
                mapping["time"] = ", ".join(columns.clock)
        entry["columns"] = mapping
        read.columns |= mapping
    read.files.append(entry | {"notes": notes})
    read.notes += [
        # notes of damage name their file
        note
        if isinstance(note, Message) and "file" in note.parameters
        else Message("shares.file", {"file": reader.input.name, "note": note})
        for note in notes
    ]


_SHARE = ("object", "account", "time", "precision", "content", "kind")


def _share(document: Document, is_id: bool) -> tuple[Any, ...]:
    """A row of a table of shares: `_SHARE`. Ids of posts were read, and judged, as such."""
    from tocsin.core.documents import LinkKind, native_id

    extra = document.extra
    shared = extra.get("tocsin_object")
    if is_id:
        target = document.target(LinkKind.REPOST)
        shared = native_id(target) if target else None
    content, kind = extra.get("tocsin_content"), extra.get("tocsin_kind")
    return (
        shared if shared is None else str(shared),
        native_id(document.author.id) if document.author else None,
        document.published_at,
        document.published_precision.value,
        content if content is None else str(content),
        kind if kind is None else str(kind),
    )


def _post(document: Document) -> dict[str, Any]:
    """A post in the columns of the engine."""
    from tocsin.core.documents import LinkKind

    author = document.author
    return {
        "id": document.id,
        "author": author.id.removeprefix(f"{PLATFORM}:") if author else None,
        "published_at": document.published_at,
        "precision": document.published_precision.value,
        "reply_to": document.target(LinkKind.REPLY),
        "repost_of": document.target(LinkKind.REPOST),
        "quote_of": document.target(LinkKind.QUOTE),
        "handle": author.handle if author else None,
        "text": document.text,
        "title": document.title,
        "author_description": author.description if author else None,
        "kind": document.kind.value,
        "platform": document.platform,
        "verified": author.verified if author else None,
        "urls": list(document.targets(LinkKind.URL)),
        "hashtags": list(document.targets(LinkKind.HASHTAG)),
        "mentions": list(document.targets(LinkKind.MENTION)),
        "media": list(document.targets(LinkKind.MEDIA)),
    }


def _together(
    shares: list[tuple[Any, ...]], posts: list[dict[str, Any]], read: FilesRead
) -> SharePosts:
    """The posts of the engine, from tables of shares and from files of posts."""
    import polars as pl

    from graph.shares.posts import SharePosts, share_posts

    schema: dict[str, Any] = dict.fromkeys(_SHARE, pl.String())
    schema["time"] = pl.Datetime("ms", "UTC")
    table = pl.DataFrame(shares, schema=schema, orient="row")
    made = share_posts(table)
    read.notes += made.notes
    if not posts:
        return made
    frame = _with_copies(_frame(posts))
    read.notes.append(Message("shares.copies", {"n": MIN_COPIED}))
    kinds = Counter(made.kinds)
    for kind, column in (("repost", "repost_of"), ("reply", "reply_to"), ("quote", "quote_of"),
                         ("text", "copy_group")):  # fmt: skip
        kinds[kind] += int(frame[column].is_not_null().sum())
    for kind, column in (("link", "urls"), ("media", "media"), ("hashtags", "hashtags")):
        kinds[kind] += int(frame[column].list.len().sum())
    return SharePosts(
        pl.concat([made.posts, frame], how="diagonal_relaxed"),
        made.signal,
        {kind: number for kind, number in sorted(kinds.items()) if number},
        made.left_out,
        made.notes,
    )


def _frame(posts: list[dict[str, Any]]) -> pl.DataFrame:
    import polars as pl

    lists = dict.fromkeys(("urls", "hashtags", "mentions", "media"), pl.List(pl.String))
    schema: dict[str, Any] = {key: lists.get(key, pl.String()) for key in posts[0]}
    schema |= {"published_at": pl.Datetime("ms", "UTC"), "verified": pl.Boolean()}
    return pl.DataFrame(posts, schema=schema, orient="row").with_columns(
        pl.col("published_at").dt.epoch("ms")
    )


def _with_copies(frame: pl.DataFrame) -> pl.DataFrame:
    """A group for each text that several posts have, once case, mentions and spaces are alike.

    It is called by the text itself, as it stands first: evidence shows what was copied."""
    import polars as pl

    from graph.coordination.library.objects import normalised

    plain = normalised(frame["text"].fill_null("")).alias("plain")
    with_text = frame.with_columns(plain)
    counted = pl.len().over("plain")
    long = pl.col("plain").str.len_chars() >= MIN_COPIED
    is_copy = long & pl.col("repost_of").is_null() & (counted > 1)
    copied = pl.col("text").first().over("plain")
    return with_text.with_columns(copy_group=pl.when(is_copy).then(copied)).drop("plain")
