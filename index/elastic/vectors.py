"""Vectors: one index a model, with the filter fields of their documents beside them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from elasticsearch import NotFoundError

from index.base import Outcome, Verdict, Window
from index.elastic import schema
from index.elastic.bulk import Action
from index.elastic.documents import Documents
from index.elastic.query_dsl import filter_query
from index.elastic.schema import Names
from index.elastic.search import Searcher
from index.query import Node
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

CANDIDATES = 10_000
OVERSAMPLE = 3
SCALE = 100_000
REFRESH = "30s"
"""Each refresh closes a segment with a graph of its own, and graphs are dear to merge."""
BATCH = 1_000
_BESIDE = [*schema.FILTERS, *schema.DECLARED]
"""What stands beside a vector: all that queries ask."""


class Vectors:
    """float32 rows of unit length.

    ``bytes`` keeps them exactly; the engine's own copy is quantised to int8.
    """

    def __init__(
        self, documents: Documents, searcher: Searcher, names: Names, replicas: int
    ) -> None:
        self.documents, self.searcher, self.names, self.replicas = (
            documents,
            searcher,
            names,
            replicas,
        )
        self.connection = documents.connection
        self._made: dict[str, int] = {}

    def put(self, model: str, ids: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
        """See `index.base.Index.put_vectors`."""
        if not len(ids):
            return []
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        if rows.ndim != 2 or len(rows) != len(ids) or not np.isfinite(rows).all():
            raise ConfigError(
                Message(
                    "fault.elastic.vector_shape",
                    {"model": model, "shape": str(rows.shape), "n_ids": len(ids)},
                )
            )
        index = self._index(model, rows.shape[1])
        at: list[int] = []
        verdicts = [Verdict(id_, Outcome.MISSING) for id_ in ids]

        def actions() -> Iterator[Action]:
            for start in range(0, len(ids), BATCH):
                sources = self.documents.get(ids[start : start + BATCH], _BESIDE)
                listed = _whole_numbers(rows[start : start + BATCH])
                for i, numbers in enumerate(listed, start):
                    if ids[i] in sources:
                        fields = {n: v for n, v in sources[ids[i]].items() if n in _BESIDE}
                        fields["bytes"] = base64.b64encode(rows[i].tobytes()).decode()
                        at.append(i)
                        yield Action("index", index, ids[i], _source(fields, numbers))

        for i, item in zip(at, self.documents.bulk.send(actions()), strict=True):
            verdicts[i] = Verdict(
                ids[i], Outcome.ANNOTATED if item.done else Outcome.REJECTED, item.reason
            )
        return verdicts

    def get(self, model: str, ids: Sequence[str] | None) -> tuple[list[str], np.ndarray]:
        """See `index.base.Index.vectors`."""
        index = self.names.model(model)
        encoded: dict[str, str] = {}
        if ids is None:
            for hits in self.searcher.scan(
                ["bytes", "id"], {"match_all": {}}, ordered=False, index=index
            ):
                encoded |= {hit["_id"]: hit["_source"]["bytes"] for hit in hits}
            order = sorted(encoded)
        else:
            order = list(dict.fromkeys(ids))
            for start in range(0, len(order), 1_000):
                try:
                    answer = self.connection.call(
                        self.connection.client.mget,
                        index=index,
                        ids=order[start : start + 1_000],
                        source=["bytes"],
                    )
                except NotFoundError:
                    break
                encoded |= {
                    doc["_id"]: doc["_source"]["bytes"]
                    for doc in answer["docs"]
                    if doc.get("found")
                }
            order = [id_ for id_ in ids if id_ in encoded]
        if not order:
            return [], np.zeros((0, self.models().get(model, (0, 0))[1]), dtype=np.float32)
        return order, np.frombuffer(
            b"".join(base64.b64decode(encoded[id_]) for id_ in order), dtype="<f4"
        ).reshape(len(order), -1).astype(np.float32)

    def knn(
        self, model: str, vector: np.ndarray, k: int, node: str | Node, window: Window
    ) -> list[tuple[str, float]]:
        """Candidates from the graph with the filter inside; exact cosines decide, ties by id."""
        if k < 1:
            return []
        wanted = np.ascontiguousarray(vector, dtype=np.float32).ravel()
        several = min(CANDIDATES, max(k * OVERSAMPLE, k + 50))
        knn = {
            "field": "vector",
            "query_vector": [float(f"{x:.7g}") for x in wanted.tolist()],
            "k": several,
            "num_candidates": min(CANDIDATES, max(several * 2, 1_000)),
            "filter": filter_query(node, window),
        }
        try:
            answer = self.searcher.connection.call(
                self.connection.client.search,
                index=self.names.model(model),
                knn=knn,
                size=several,
                source=["bytes"],
                allow_partial_search_results=False,
            )
        except NotFoundError:
            return []
        hits = answer["hits"]["hits"]
        if not hits:
            return []
        rows = np.frombuffer(
            b"".join(base64.b64decode(hit["_source"]["bytes"]) for hit in hits), dtype="<f4"
        ).reshape(len(hits), -1)
        scores = rows @ wanted
        ranked = sorted(
            zip((hit["_id"] for hit in hits), scores.tolist(), strict=True),
            key=lambda pair: (-pair[1], pair[0]),
        )
        return ranked[:k]

    def update_fields(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Change the filter fields beside the vectors of these ids.

        What is stored beside them lacks the vector itself, which a partial update would lose: each
        is written anew, its vector from ``bytes``.
        """
        for index in self.indices() if changes else ():
            waiting = list(changes)
            while waiting:
                actions = [
                    action
                    for start in range(0, len(waiting), BATCH)
                    for action in self._changed(index, waiting[start : start + BATCH], changes)
                ]
                items = self.documents.bulk.send(actions)
                pairs = zip(actions, items, strict=True)
                waiting = [action.id for action, item in pairs if item.status == 409]

    def _changed(
        self, index: str, ids: Sequence[str], changes: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[Action]:
        """Actions that write again those ids that have a vector and other fields than now."""
        answer = self.connection.call(self.connection.client.mget, index=index, ids=list(ids))
        for doc in answer["docs"]:
            if not doc.get("found"):
                continue
            fields = _merged(doc["_source"], changes[doc["_id"]])
            if fields == doc["_source"]:
                continue
            vector = np.frombuffer(base64.b64decode(fields["bytes"]), "<f4")
            numbers = _whole_numbers(vector[np.newaxis])[0]
            guard = f',"if_seq_no":{doc["_seq_no"]},"if_primary_term":{doc["_primary_term"]}'
            yield Action("index", index, doc["_id"], _source(fields, numbers), guard)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors: their text has changed."""
        self.documents.bulk.send(
            [Action("delete", index, id_) for index in self.indices() for id_ in ids]
        )

    def models(self) -> dict[str, tuple[str, int]]:
        """Model -> (its index, its dimensions)."""
        mappings = self.connection.call(
            self.connection.client.indices.get_mapping,
            index=f"{self.names.vec}*",
            allow_no_indices=True,
            expand_wildcards="open,closed",  # a closed one is an error where it is read
        )
        return {
            m["mappings"]["_meta"]["model"]: (name, m["mappings"]["_meta"]["dims"])
            for name, m in sorted(mappings.items())
        }

    def indices(self) -> list[str]:
        """Names of all vector indices."""
        return [name for name, _ in self.models().values()]

    def _index(self, model: str, dims: int) -> str:
        name = self.names.model(model)
        if name not in self._made:
            self._made = dict(self.models().values())
            if name not in self._made:
                kind = "int8_hnsw" if dims < 1024 else "bbq_hnsw"
                settings: dict[str, Any] = {
                    "number_of_shards": 1,
                    "number_of_replicas": self.replicas,
                    "refresh_interval": REFRESH,
                }
                schema.create(
                    self.connection,
                    name,
                    schema.vectors_mapping(model, dims, self.names.version, kind),
                    settings,
                )
                self._made[name] = dims
        if self._made[name] != dims:
            raise ConfigError(
                Message(
                    "fault.elastic.dimensions",
                    {"model": model, "made": self._made[name], "dims": dims},
                )
            )
        return name


def _whole_numbers(rows: np.ndarray) -> list[list[int]]:
    """Vectors as the engine is given them.

    It takes a vector of any length and looks at its direction alone, so it gets whole numbers: half
    the text of decimals, written and read faster, and exact to 1e-5, which is far below the steps
    of its int8.
    """
    numbers: list[list[int]] = np.rint(rows * SCALE).astype(np.int64).tolist()
    return numbers


def _source(fields: Mapping[str, Any], numbers: Sequence[int]) -> str:
    """The JSON of a vector with its fields."""
    return f'{json.dumps(fields, ensure_ascii=False)[:-1]},"vector":{numbers}}}'


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The old object with what the new one says, nested objects alike; null removes a value."""
    merged = dict(old)
    for name, value in new.items():
        if isinstance(value, Mapping):
            merged[name] = _merged(merged.get(name) or {}, value)
        elif value is not None:
            merged[name] = value
        else:
            merged.pop(name, None)
    return merged
