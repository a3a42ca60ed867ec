"""How accounts are called on the screens, and back: the names go through `index.privacy`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dashboard import sanitize
from index.privacy import PREFIX, Pseudonyms
from index.query import Node, Term, map_leaves
from index.query.terms import quote_value as quote_value
from tocsin.core.documents import Author, native_id

_PSEUDONYM = re.compile(re.escape(PREFIX) + r"[a-z2-7]+")
MAX_NAME = 60


def _nobody(post: str) -> None:  # noqa: ARG001
    return None


@dataclass(frozen=True)
class AccountNames:
    """Display names of the accounts of one workspace.

    Attributes:
        pseudonyms: the workspace's pseudonyms.
        known_accounts: gives pseudonym -> author id of all accounts; called only when needed.
        author_of: gives the author of a post by its id; None where it was not collected.
    """

    pseudonyms: Pseudonyms
    known_accounts: Callable[[], Mapping[str, str]]
    author_of: Callable[[str], Author | None] = _nobody

    @property
    def pseudonymised(self) -> bool:
        """Whether accounts are shown as pseudonyms."""
        return self.pseudonyms.enabled

    def display_name(self, author_id: str, handle: str | None = None) -> str:
        """``@handle`` or the native id, with the platform where several are called so, or the
        pseudonym. One line, not escaped."""
        if self.pseudonymised:
            return self.pseudonyms.account(author_id)
        name = f"@{handle.lstrip('@')}" if handle else native_id(author_id)
        return sanitize.single_line(self.pseudonyms.directory.label(name, author_id), MAX_NAME)

    def lookup_key(self, author_id: str) -> str:
        """What finds this account again: its id, or its pseudonym where accounts are hidden."""
        return self.pseudonyms.account(author_id) if self.pseudonymised else author_id

    def query_text(self, author_id: str) -> str:
        """The query that finds this account's posts."""
        return f"author:{quote_value(self.lookup_key(author_id))}"

    def resolve_pseudonyms(self, node: Node) -> Node:
        """A query's tree with pseudonyms in ``author:`` replaced by the ids they stand for."""

        def by_id(leaf: Node) -> Node:
            if not isinstance(leaf, Term) or leaf.field != "author":
                return leaf
            if _PSEUDONYM.fullmatch(leaf.value):
                return replace(leaf, value=self.known_accounts().get(leaf.value, leaf.value))
            return leaf

        return map_leaves(node, by_id)
