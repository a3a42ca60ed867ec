"""Find an account by what a person calls it: a handle, a native id, ``platform:id`` or a pseudonym."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from index.privacy import PREFIX
from index.query import And, Node, Not, Or, Term
from tocsin.core.documents import native_id

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms


def accounts(index: Index) -> dict[str, str | None]:
    """Author id -> handle of everyone who has a document here."""
    known: dict[str, str | None] = {}
    for batch in index.scan(["author", "handle"], order="none"):
        ids, handles = batch.column("author"), batch.column("handle")
        for key, handle in {
            (a, h)
            for a, h in zip(ids.to_pylist(), handles.to_pylist(), strict=True)
            if a is not None
        }:
            known[key] = handle
    return known


def named(index: Index, name: str, people: Pseudonyms) -> list[str]:
    """Author ids that a name may mean, sorted: the exact id alone, else the pseudonym's, else all of that handle or native id."""
    known = accounts(index)
    if name in known:
        return [name]
    if name.startswith(PREFIX):
        return sorted(key for key in known if people.pseudonym(key) == name)
    wanted = name.lstrip("@").casefold()
    return sorted(
        key
        for key, handle in known.items()
        if native_id(key) == name or (handle or "").lstrip("@").casefold() == wanted != ""
    )


def resolve(node: Node, index: Index, people: Pseudonyms) -> Node:
    """A query's tree with pseudonyms in ``author:`` and ``handle:`` replaced by the author ids they stand for."""
    wanted = _pseudonyms(node)
    if not wanted:
        return node
    return _replaced(
        node, {name: key for key in accounts(index) if (name := people.pseudonym(key)) in wanted}
    )


def _pseudonyms(node: Node) -> set[str]:
    if isinstance(node, (And, Or)):
        return {name for part in node.parts for name in _pseudonyms(part)}
    if isinstance(node, Not):
        return _pseudonyms(node.part)
    return (
        {node.value}
        if isinstance(node, Term)
        and node.field in ("author", "handle")
        and node.value.startswith(PREFIX)
        else set()
    )


def _replaced(node: Node, known: dict[str, str]) -> Node:
    if isinstance(node, (And, Or)):
        return replace(node, parts=tuple(_replaced(part, known) for part in node.parts))
    if isinstance(node, Not):
        return Not(_replaced(node.part, known))
    return (
        Term("author", known[node.value])
        if isinstance(node, Term) and node.value in known
        else node
    )
