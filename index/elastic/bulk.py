"""Bulk requests: 1,000 actions or 5 MB each, several in flight, a verdict an item.

An item that the server was too busy for (429, 503, a circuit breaker) is sent again, that item
alone, with growing pauses; the number in flight halves at each such answer and grows by one with
every ten good ones.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, NamedTuple

from index.elastic.client import (
    BUSY,
    Backoff,
    Connection,
    blocked,
    indices_of,
    is_missing,
    red_index,
)
from tocsin.core.errors import Abort
from tocsin.core.messages import Message

MAX_ACTIONS = 1_000
MAX_BYTES = 5_000_000
MAX_IN_FLIGHT = 4
LOST = frozenset({408, 502, 503, 504})
"""Answers about an item that do not say whether it was written: refused ones (429) were not."""
FILTER = ["errors", "items.*.status", "items.*.error", "items.*._seq_no"]


class Action(NamedTuple):
    """One line of a bulk request: ``op`` is create, index, update or delete; ``where`` the index;
    ``body`` is already JSON."""

    op: str
    where: str
    id: str
    body: str = ""
    extra: str = ""

    def lines(self) -> str:
        """Its lines on the wire."""
        head = (
            f'{{"{self.op}":{{"_index":"{self.where}","_id":{json.dumps(self.id)}{self.extra}}}}}'
        )
        return f"{head}\n{self.body}" if self.body else head


class Item(NamedTuple):
    """What became of one action.

    ``doubtful``: an earlier try may have been carried out unheard. ``seq``: the number of the
    write.
    """

    status: int
    reason: str = ""
    doubtful: bool = False
    seq: int = -1

    @property
    def done(self) -> bool:
        """Whether the write was carried out."""
        return self.status in (200, 201)


class Bulk:
    """Sends actions over one connection. Thread safe."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.pool = ThreadPoolExecutor(MAX_IN_FLIGHT + 1, "bulk")
        self.width = 3
        self.resent = 0
        self._reason = ""
        self._good = 0
        self._lock = threading.Lock()

    def send(self, actions: Iterable[Action]) -> list[Item]:
        """An item per action, in order. What makes the actions goes on while the server works on
        those before them.

        Raises what `Connection.attempt` raises, when no part of these actions is in flight any
        more.
        """
        items: list[Item] = []
        flying: deque[Future[list[Item]]] = deque()
        try:
            for part in _parts(actions):
                while len(flying) >= self.width:
                    items += flying.popleft().result()
                flying.append(self.pool.submit(self._part, part))
            while flying:
                items += flying.popleft().result()
        finally:
            wait(flying)
        return items

    def incidents(self) -> list[str]:
        """What the server was too busy for, in sentences."""
        if not self.resent:
            return []
        return [
            f"Elasticsearch was too busy for some items, and {self.resent} were sent again until "
            f"it took them ({self._reason})"
        ]

    def close(self) -> None:
        """End the threads."""
        self.pool.shutdown()

    def _part(self, actions: list[Action]) -> list[Item]:
        outcomes: list[Item | None] = [None] * len(actions)
        waiting = list(range(len(actions)))
        doubtful = False
        unsure: set[int] = set()  # written, perhaps, by a node that went before it could say so
        settings = self.connection.settings
        backoff = Backoff(settings.retry_seconds)
        while waiting:
            lines = "\n".join(actions[i].lines() for i in waiting).encode("utf-8", "replace")
            body: Any = [lines]  # as one: the client then has nothing to encode
            request = partial(self.connection.client.bulk, operations=body, filter_path=FILTER)
            answer, unheard = self.connection.attempt(request)
            doubtful |= unheard
            items = answer["items"]
            busy: list[int] = []
            missing: list[set[str]] = []
            for i, item in zip(waiting, items, strict=True):
                ((_, result),) = item.items()
                if block := blocked(result.get("error")):
                    raise Abort(block)
                if result["status"] in BUSY or "circuit_breaking" in str(result.get("error", "")):
                    busy.append(i)
                    if result["status"] in LOST:
                        unsure.add(i)
                    if is_missing(result.get("error")):
                        missing.append(indices_of(result["error"]))
                    self._reason = _reason(result.get("error"))[:200]
                else:
                    outcomes[i] = Item(
                        result["status"],
                        _reason(result.get("error")),
                        doubtful or i in unsure,
                        result.get("_seq_no", -1),
                    )
            self._adapt(bool(busy))
            waiting = busy
            if busy:
                if backoff.exhausted:
                    if lost := set().union(*missing):
                        raise Abort(red_index(", ".join(sorted(lost))))
                    raise Abort(
                        Message(
                            "fault.elastic.busy",
                            {
                                "url": settings.url,
                                "n_busy": len(busy),
                                "retry_seconds": settings.retry_seconds,
                            },
                        )
                    )
                with self._lock:
                    self.resent += len(busy)
                backoff.pause()
        return [item for item in outcomes if item is not None]

    def _adapt(self, busy: bool) -> None:
        with self._lock:
            if busy:
                self.width, self._good = max(1, self.width // 2), 0
                return
            self._good += 1
            if self._good % 10 == 0:
                self.width = min(MAX_IN_FLIGHT, self.width + 1)


def _parts(actions: Iterable[Action]) -> Iterator[list[Action]]:
    part: list[Action] = []
    size = 0
    for action in actions:
        length = len(action.body) + 120
        if part and (len(part) >= MAX_ACTIONS or size + length > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(action)
        size += length
    if part:
        yield part


def _reason(error: Any) -> str:
    if not error:
        return ""
    cause = error.get("caused_by") or {}
    return f"{error.get('type', '')}: {error.get('reason', '')} {cause.get('reason', '')}".strip()[
        :500
    ]
