"""Searches, pages, counts, facets, histograms and scans."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from elasticsearch import NotFoundError

from index.base import Order, Window
from index.elastic.client import Connection
from index.elastic.query_dsl import filter_query, scored_query
from index.query import Node
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

_TIME: dict[str, Any] = {"missing": "_last", "unmapped_type": "long"}
SORTS: dict[str, list[dict[str, Any]]] = {
    "newest": [
        {"published_at": {"order": "desc", **_TIME}},
        {"id": {"order": "desc", "unmapped_type": "keyword"}},
    ],
    "oldest": [
        {"published_at": {"order": "asc", **_TIME}},
        {"id": {"order": "asc", "unmapped_type": "keyword"}},
    ],
}
SORTS["relevance"] = [{"_score": "desc"}, *SORTS["newest"]]
KEEP_ALIVE = "5m"
PAGE = 10_000
"""Hits of one request, and different values that one counts: as many as the server gives."""


class Searcher:
    """Requests over the read alias. A partial answer is an error, never a short result."""

    def __init__(self, connection: Connection, index: str, stemmed: tuple[str, ...] = ()) -> None:
        self.connection, self.index, self.stemmed = connection, index, stemmed

    def search(self, **body: Any) -> dict[str, Any]:
        """One search over all months; nothing is found where there is no index yet."""
        try:
            answer = self.connection.call(
                self.connection.client.search,
                index=self.index,
                allow_partial_search_results=False,
                **body,
            )
        except NotFoundError:
            return {"hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}}
        whole: dict[str, Any] = answer.body
        return whole

    def hits(
        self,
        node: str | Node,
        window: Window,
        order: Order,
        size: int,
        after: str | None,
        **more: Any,
    ) -> dict[str, Any]:
        """Newest, oldest or most relevant sources, the exact total, and what aggregations are
        asked.

        The server gives `PAGE` hits at a time; more are gathered page by page.
        """
        body: dict[str, Any] = {
            "size": min(size, PAGE),
            "sort": SORTS[order],
            "track_total_hits": True,
            **more,
        }
        body["query"] = (
            scored_query(node, window, self.stemmed)
            if order == "relevance"
            else filter_query(node, window)
        )
        if after is not None:
            body["search_after"] = decode_cursor(after)
        answer = page = self.search(**body)
        gathered = answer["hits"]["hits"]
        body.pop("aggs", None)
        while len(page["hits"]["hits"]) == PAGE and len(gathered) < size:
            body |= {"size": min(size - len(gathered), PAGE), "search_after": gathered[-1]["sort"]}
            page = self.search(**body)
            gathered += page["hits"]["hits"]
        return answer

    def count_distinct(self, field: str, query: dict[str, Any]) -> int:
        """The number of different values, counted page by page: the server's own `cardinality` is
        an estimate."""
        composite: dict[str, Any] = {
            "size": PAGE,
            "sources": [{"value": {"terms": {"field": field}}}],
        }
        count, read = 0, PAGE
        while read == PAGE:
            values = (
                self.search(size=0, query=query, aggs={"values": {"composite": composite}})
                .get("aggregations", {})
                .get("values", {})
            )
            read = len(values.get("buckets", ()))
            composite["after"] = values.get("after_key")
            count += read
        return count

    def scan(
        self,
        fields: Sequence[str] | bool,
        query: dict[str, Any],
        *,
        ordered: bool = True,
        size: int = 5_000,
        slices: tuple[int, int] = (0, 1),
        index: str | None = None,
        **more: Any,
    ) -> Iterator[list[dict[str, Any]]]:
        """Pages of hits over a frozen view (PIT + search_after), each document once."""
        call, client = self.connection.call, self.connection.client
        try:
            view = call(
                client.open_point_in_time,
                index=index or self.index,
                keep_alive=KEEP_ALIVE,
            )["id"]
        except NotFoundError:
            return
        body: dict[str, Any] = {
            "query": query,
            "size": size,
            "sort": SORTS["oldest"] if ordered else ["_shard_doc"],
            "track_total_hits": False,
            **more,
        }
        body["source"] = list(fields) if not isinstance(fields, bool) else fields
        if slices[1] > 1:
            body["slice"] = {"id": slices[0], "max": slices[1]}
        yield from read_pages(self.connection, view, body)


def read_pages(
    connection: Connection, view: str, body: dict[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    """Pages of hits of a frozen view, which is closed afterwards.

    Args:
        connection: to the cluster.
        view: the id of the point in time.
        body: of the search, with ``size`` and ``sort``.
    """
    call, client = connection.call, connection.client
    body = dict(body)
    try:
        while True:
            answer = call(
                client.search,
                pit={"id": view, "keep_alive": KEEP_ALIVE},
                allow_partial_search_results=False,
                **body,
            ).body
            view = answer.get("pit_id", view)
            hits = answer["hits"]["hits"]
            if hits:
                yield hits
            if len(hits) < body["size"]:
                return
            body["search_after"] = hits[-1]["sort"]
    finally:
        # closed already, by a try that was not heard of
        with contextlib.suppress(NotFoundError):
            call(client.close_point_in_time, id=view)


def encode_cursor(sort: Sequence[Any]) -> str:
    """A cursor as text."""
    return base64.urlsafe_b64encode(json.dumps(list(sort)).encode()).decode()


def decode_cursor(text: str) -> list[Any]:
    """The sort values of a cursor. Raises ConfigError."""
    try:
        sort = json.loads(base64.urlsafe_b64decode(text.encode()))
        if isinstance(sort, list):
            return sort
    except ValueError:
        pass
    raise ConfigError(Message("fault.elastic.page_cursor", {"text": repr(text[:40])}))
