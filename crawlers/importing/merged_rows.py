"""Rows of one post: tools that write a row for every picture, hashtag or address repeat the post.

Rows with one id, author, title and text are one post, and what only one of them says is kept. Rows
with one id and different texts are not merged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from tocsin.core.documents import Author, Document
from tocsin.core.exchange import MAX_LINKS

T = TypeVar("T")
_FIRST_SAID = ("source", "published_at", "collected_at", "deleted_at", "url", "raw")


def merge_rows(
    batch: list[tuple[int, Document]],
) -> tuple[list[tuple[int, Document]], int]:
    """The batch with the rows of one post as one, where the first of them stood.

    A row that adds nothing stays: the index counts it as a duplicate.

    Returns:
        The batch, and how many rows were merged into another.
    """
    if len({document.id for _, document in batch}) == len(batch):
        return batch, 0
    first_at: dict[str, int] = {}
    kept: list[tuple[int, Document]] = []
    merged = 0
    for line, document in batch:
        at = first_at.setdefault(document.id, len(kept))
        if at < len(kept):
            first_line, first = kept[at]
            if _is_same_post(first, document):
                both = merge_documents(first, document)
                if both != first:
                    kept[at] = first_line, both
                    merged += 1
                    continue
        kept.append((line, document))
    return kept, merged


def split_last_post(
    batch: list[tuple[int, Document]],
) -> tuple[list[tuple[int, Document]], list[tuple[int, Document]]]:
    """A full batch without the rows of its last post, whose next rows may still come; and those.

    A batch that is one post as a whole is not split.
    """
    last = batch[-1][1].id
    at = len(batch)
    while at and batch[at - 1][1].id == last:
        at -= 1
    return (batch[:at], batch[at:]) if at else (batch, [])


def merge_documents(first: Document, other: Document) -> Document:
    """``first`` with what only ``other`` says; counts are the higher ones."""
    given: dict[str, Any] = {
        name: getattr(other, name)
        for name in _FIRST_SAID
        if getattr(first, name) is None and getattr(other, name) is not None
    }
    if "published_at" in given:
        given["published_precision"] = other.published_precision
    if first.lang == "und":
        given["lang"] = other.lang
    return dataclasses.replace(
        first,
        **given,
        author=_merge_authors(first.author, other.author),
        links=_united(first.links, other.links)[: max(MAX_LINKS, len(first.links))],
        media=_united(first.media, other.media)[: max(MAX_LINKS, len(first.media))],
        metrics=_higher(first.metrics, other.metrics),
        extra={**other.extra, **first.extra},
    )


def _is_same_post(first: Document, other: Document) -> bool:
    return (
        first.content_hash == other.content_hash
        and (first.author and first.author.id) == (other.author and other.author.id)
        and (
            first.published_at is None
            or other.published_at is None
            or first.published_at == other.published_at
        )
    )


def _merge_authors(first: Author | None, other: Author | None) -> Author | None:
    if first is None or other is None or first == other:
        return first or other
    given = {
        field.name: getattr(other, field.name)
        for field in dataclasses.fields(Author)
        if getattr(first, field.name) is None
    }
    return dataclasses.replace(first, **given)


def _united(first: Iterable[T], other: Iterable[T]) -> tuple[T, ...]:
    """Without repetition, in the order met; the values need not be hashable."""
    united = list(first)
    for value in other:
        if value not in united:
            united.append(value)
    return tuple(united)


def _higher(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    higher = {**other, **first}
    for name, value in other.items():
        before = first.get(name)
        if type(value) is int and type(before) is int:
            higher[name] = max(value, before)
    return higher
