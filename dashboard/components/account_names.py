"""How accounts are called on the screens, and back: the names go through `index.privacy`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dashboard import sanitize as safe
from index.privacy import PREFIX, Pseudonyms
from index.query import And, Node, Not, Or, QueryError, Term
from tocsin.core.documents import native_id

_PSEUDONYM = re.compile(re.escape(PREFIX) + r"[a-z2-7]+")


@dataclass(frozen=True)
class People:
    """Names of accounts for one workspace. ``known`` gives pseudonym -> author id of all accounts, and is asked only when needed."""

    pseudonyms: Pseudonyms
    known: Callable[[], Mapping[str, str]]

    @property
    def hidden(self) -> bool:
        """Whether accounts are shown as pseudonyms."""
        return self.pseudonyms.enabled

    def name(self, author_id: str, handle: str | None = None) -> str:
        """What an account is called: ``@handle`` or its native id, or its pseudonym. One line, not escaped."""
        if self.hidden:
            return self.pseudonyms.account(author_id)
        return safe.line(f"@{handle.lstrip('@')}" if handle else native_id(author_id), 60)

    def key(self, author_id: str) -> str:
        """What finds this account again: its id, or its pseudonym where accounts are hidden."""
        return self.pseudonyms.account(author_id) if self.hidden else author_id

    def query(self, author_id: str) -> str:
        """The query that finds this account's posts."""
        return f"author:{quoted(self.key(author_id))}"

    def resolve(self, node: Node) -> Node:
        """A query's tree with pseudonyms in ``author:`` replaced by the ids they stand for.

        Raises:
            QueryError: where accounts are hidden and the query names one by handle or id, which would undo that.
        """
        if isinstance(node, (And, Or)):
            return replace(node, parts=tuple(self.resolve(part) for part in node.parts))
        if isinstance(node, Not):
            return replace(node, part=self.resolve(node.part))
        if isinstance(node, Term) and node.field == "author" and _PSEUDONYM.fullmatch(node.value):
            return replace(node, value=self.known().get(node.value, node.value))
        return node


def quoted(value: str) -> str:
    """A value as the query language takes it: bare where that is unambiguous, else in quotation marks."""
    if re.fullmatch(r"[\w.:@-]+", value) and not value.endswith("*"):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def column(error: QueryError) -> int:
    """Where a query is wrong, counted from 1."""
    return error.column
