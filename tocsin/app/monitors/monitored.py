"""What a monitor looks at: the posts of its query, and the findings that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from index.base import Window
from index.current import current_clusters, flagged_accounts
from index.privacy import pseudonyms
from index.query import Node
from index.reading.columns import column_values
from index.reading.queries import read_query
from tocsin.core.dates import from_milliseconds
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Narrative
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.app.monitors.files import Monitor
    from tocsin.core.workspace import Workspace


class Post(NamedTuple):
    """A post of a monitor, as far as rules ask: ``lang`` is the declared or detected language."""

    id: str
    author: str | None
    at: datetime
    lang: str | None
    platform: str | None


def narrowed(query: str, term: str) -> str:
    """A query of which only what has a term is left, as a person would write it."""
    if not query:
        return term
    return f"({query}) {term}" if term else query


@dataclass
class Monitored:
    """The findings of a workspace, read once for all its monitors."""

    workspace: Workspace
    index: Index

    @cached_property
    def people(self) -> Pseudonyms:
        """What hides accounts, where they are hidden."""
        return pseudonyms(self.workspace, self.index)

    @cached_property
    def narratives(self) -> dict[str, Narrative]:
        """The published narratives by id."""
        found = self.index.findings("narrative")
        return {one.id: one for one in found if isinstance(one, Narrative)}

    @cached_property
    def narrative_of(self) -> dict[str, str]:
        """Post -> the id of its narrative; those that an analyst put in the bin tell nobody."""
        told = (one for one in self.narratives.values() if not one.binned)
        return {post: one.id for one in told for post in one.members}

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The groups that stand now, under the marks of analysts."""
        return current_clusters(self.index)

    @cached_property
    def flagged(self) -> dict[str, str]:
        """Accounts that count as coordinated -> what they are flagged in."""
        return flagged_accounts(self.index)

    @property
    def timezone(self) -> str:
        """The time zone in which days and hours are counted."""
        settings = self.workspace.settings
        return settings.dashboard.timezone or settings.index.timezone

    def node(self, query: str) -> Node:
        """A query, ready for the index. Raises ConfigError."""
        return read_query(query, self.index, self.people)


@dataclass
class Scope:
    """One monitor over the findings of a workspace."""

    monitor: Monitor
    monitored: Monitored

    @cached_property
    def node(self) -> Node:
        """The query of the monitor, ready for the index. Raises ConfigError."""
        return self.read(self.monitor.scope)

    def read(self, query: str) -> Node:
        """A query of the monitor, ready for the index. Raises ConfigError, which names it."""
        try:
            return self.monitored.node(query)
        except ConfigError as error:
            said = {"monitor": self.monitor.name, "why": error.located}
            raise ConfigError(Message("monitor.error.query", said)) from error

    def posts(self, query: str = "", since: datetime | None = None,
              until: datetime | None = None) -> list[Post]:  # fmt: skip
        """The posts of the monitor (of ``query``, where one is given) in the order of time."""
        node = self.monitored.node(query) if query else self.node
        columns = ("id", "author", "published_at", "lang", "detected_lang", "platform")
        found: list[Post] = []
        window = Window(since, until)
        for batch in self.monitored.index.scan(columns, query=node, window=window):
            cells = [column_values(batch.column(name)) for name in columns]
            for one, author, at, lang, detected, platform in zip(*cells, strict=True):
                if at is not None:
                    said = lang if lang not in (None, "", "und") else detected
                    found.append(Post(one, author, from_milliseconds(at), said, platform))
        return found

    @cached_property
    def all_posts(self) -> Sequence[Post]:
        """All posts of the monitor in the order of time; read once."""
        return self.posts()

    def volumes(self, interval: str, since: datetime, until: datetime) -> list[Volume]:
        """Posts of the monitor in each interval, and whether anything was collected in it."""
        index, window = self.monitored.index, Window(since, until)
        zone = self.monitored.timezone
        every = index.histogram("", window=window, interval=interval, timezone=zone)
        own = index.histogram(self.node, window=window, interval=interval, timezone=zone)
        counts = {start.astimezone(UTC): n for start, n in own.buckets}
        return [
            Volume(start, counts.get(start.astimezone(UTC), 0), collected > 0)
            for start, collected in every.buckets
        ]


class Volume(NamedTuple):
    """Posts in one interval; ``start`` is in the time zone of the workspace."""

    start: datetime
    posts: int
    collected: bool
