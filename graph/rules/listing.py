"""How answers list accounts and posts: for people by the names that they may see, or by id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.documents import native_id

if TYPE_CHECKING:
    from index.privacy import Pseudonyms

MAX_LISTED = 1_000
"""Accounts that an answer lists; it says how many there are."""


@dataclass(frozen=True)
class Listing:
    """How an answer names accounts (by author id) and posts (by document id)."""

    account: Callable[[str], str]
    post: Callable[[str], str]


BY_ID = Listing(str, str)
"""For screens, which name accounts and posts themselves."""


def make_listing(people: Pseudonyms) -> Listing:
    """As the command line names them."""
    return Listing(people.account, native_id)
