"""Answers of X's own site (GraphQL), as browsers and scrapers keep them whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from crawlers.importing.formats.x import graphql
from crawlers.importing.formats.x.statuses import GIVES, StatusReader

_MAX_DEPTH = 40
_RESULTS = ("tweet_results", "tweetResult", "tweet_result")


class SiteAnswers(BaseProfile):
    """Posts stand in ``tweet_results.result``, however deep; a list of such results is taken, too.

    What a post repeats or quotes is a post, once.
    """

    name = "x-graphql"
    title = "X: answers of its own site (GraphQL timelines, searches, threads)"
    platform = "x"
    gives = GIVES

    def __init__(self) -> None:
        self._statuses = StatusReader()

    def recognises(self, head: Head) -> float:
        fitting = [record for record in head.records if _is_known(record)]
        return 0.92 if head.records and 2 * len(fitting) >= len(head.records) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        posts = list(_posts(record))
        if not posts:
            yield Skip("answers without a post")
        for post in posts:
            yield from self._statuses.read(graphql.as_status(post))


def _is_known(record: Record) -> bool:
    """Whether posts are in it; a post of Zeeschuimer's alone is one, too, in 4CAT's data sets."""
    if graphql.is_result(record):
        return "__import_meta" not in record and "rest_id" in record
    return next(_posts(record), None) is not None


def _posts(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for part in value:
            yield from _posts(part, depth + 1)
    elif isinstance(value, Mapping):
        if depth == 0 and graphql.is_result(value):
            yield value
            return
        for key, part in value.items():
            result = part.get("result") if key in _RESULTS and isinstance(part, Mapping) else None
            if isinstance(result, Mapping):
                if graphql.is_result(result):
                    yield result
            else:
                yield from _posts(part, depth + 1)
