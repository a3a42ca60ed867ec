"""Find an account by what people call it: handle, native id, ``platform:id`` or pseudonym."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from index.privacy import PREFIX
from index.query import And, Node, Not, Or, Term
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

_NAMED_AT_MOST = 10


def handles_by_author(index: Index) -> dict[str, str | None]:
    """Author id -> handle of everyone who has a document here."""
    handles_by_author: dict[str, str | None] = {}
    for batch in index.scan(["author", "handle"], order="none"):
        ids, handles = batch.column("author"), batch.column("handle")
        for key, handle in {
            (a, h)
            for a, h in zip(ids.to_pylist(), handles.to_pylist(), strict=True)
            if a is not None
        }:
            handles_by_author[key] = handle
    return handles_by_author


def find_accounts(index: Index, name: str, people: Pseudonyms) -> list[str]:
    """Author ids that a name may mean, sorted.

    The exact id alone; else the pseudonym's; else all of that handle or native id.
    """
    known = handles_by_author(index)
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


def find_account(index: Index, name: str, people: Pseudonyms) -> str | None:
    """The one account that a name means; None where nobody here is called so.

    Raises:
        ConfigError: it may be several.
    """
    keys = find_accounts(index, name, people)
    if len(keys) > 1:
        shown = [people.account(key) for key in keys[:_NAMED_AT_MOST]]
        raise ConfigError(Message("account_name.several", {"value": name, "names": shown}))
    return keys[0] if keys else None


def resolve_pseudonyms(node: Node, index: Index, people: Pseudonyms) -> Node:
    """A query's tree with pseudonyms in ``author:`` and ``handle:`` replaced by author ids."""
    wanted = _pseudonyms(node)
    if not wanted:
        return node
    keys = {
        name: key for key in handles_by_author(index) if (name := people.pseudonym(key)) in wanted
    }
    return _with_keys(node, keys)


def _pseudonyms(node: Node) -> set[str]:
    if isinstance(node, (And, Or)):
        return {name for part in node.parts for name in _pseudonyms(part)}
    if isinstance(node, Not):
        return _pseudonyms(node.part)
    return {node.value} if _is_pseudonym(node) else set()


def _is_pseudonym(node: Node) -> TypeGuard[Term]:
    return (
        isinstance(node, Term)
        and node.field in ("author", "handle")
        and node.value.startswith(PREFIX)
    )


def _with_keys(node: Node, keys: dict[str, str]) -> Node:
    if isinstance(node, (And, Or)):
        return replace(node, parts=tuple(_with_keys(part, keys) for part in node.parts))
    if isinstance(node, Not):
        return Not(_with_keys(node.part, keys))
    if _is_pseudonym(node) and node.value in keys:
        return Term("author", keys[node.value])
    return node
