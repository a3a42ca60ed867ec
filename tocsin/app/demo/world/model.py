"""The data model of the demo's world: accounts, outlets, pages, posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

AGORA = "agora.localhost"
"""Host of the Mastodon-shaped server, an invented one that is called Agora.

Names under .localhost lead to the machine itself (RFC 6761).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the server. ``role`` is ordinary, official, outlet or campaign."""

    number: int
    name: str
    display: str
    bio: str
    lang: str
    role: str
    created_at: datetime
    followers: int
    following: int

    @property
    def id(self) -> str:
        """The native id that the crawler gives it."""
        return f"{self.name}@{AGORA}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A newspaper or radio with a site of its own.

    ``feed`` is how it is read: rss, atom, json or sitemap.
    """

    host: str
    name: str
    lang: str
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article on an outlet's site. ``path`` begins with a slash."""

    outlet: Outlet
    path: str
    at: datetime
    title: str
    body: tuple[str, ...]
    topic: str
    byline: str

    @property
    def ref(self) -> str:
        """How posts name it before the port is known."""
        return f"page:{self.outlet.host}{self.path}"


@dataclass(slots=True, kw_only=True)
class Status:
    """A post.

    ``links`` are addresses, or `Page.ref`; ``boost_of`` and ``reply_to`` point to other posts.
    ``id`` is given when all are in order.
    """

    account: Account
    at: datetime
    text: str
    lang: str
    links: tuple[str, ...] = ()
    reply_to: Status | None = None
    boost_of: Status | None = None
    topic: str = ""
    id: str = ""
    favourites: int = 0
    boosts: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything: ``statuses`` are in time order.

    ``truth`` says who acted together and who only seems to.
    """

    start: datetime
    end: datetime
    seed: int
    accounts: tuple[Account, ...]
    outlets: tuple[Outlet, ...]
    pages: tuple[Page, ...]
    statuses: tuple[Status, ...]
    truth: dict[str, Any] = field(default_factory=dict)
