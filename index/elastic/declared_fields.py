"""Fields that stages declare: kept in the state, and copied out of annotations into fields of their
own.

A value stands at ``declared.TYPE.NAME``; the mapping makes such a field when the first value comes,
by the type in its path, so that neither a template nor a mapping changes when a stage declares one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index.elastic import schema
from index.elastic.bulk import Action
from index.elastic.findings import State
from index.elastic.query_dsl import field_names, with_paths
from index.elastic.sources import declared_path, declared_values
from index.fields import (
    BUILT_IN,
    COLUMNS,
    FACETS,
    DeclaredField,
    FieldType,
    with_declared,
)
from index.query import UNKNOWN_FIELD, Node, QueryError, parse
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.elastic.documents import Documents
    from index.elastic.schema import Names
    from index.elastic.search import Searcher

KEY = "declared_fields"
"""Key of the state with the declared fields: name -> stage, type, and whether older annotations are
copied."""


class DeclaredFields:
    """The declared fields of one index.

    A field stays as it was declared, so what was read once is believed, and the server is asked
    where a name is unknown.
    """

    def __init__(
        self,
        names: Names,
        state: State,
        documents: Documents,
        searcher: Searcher,
    ) -> None:
        self.connection = documents.connection
        self.names, self.state, self.documents, self.searcher = names, state, documents, searcher
        self._known: dict[str, DeclaredField] = {}

    def read(self) -> dict[str, DeclaredField]:
        """All declared fields, as the server says now."""
        self._known = _declared(self.state.get(KEY)[0] or {})
        return dict(self._known)

    def of_stage(self, stage: str) -> dict[str, DeclaredField]:
        """The fields that annotations of a stage decide, as declared now."""
        return {name: field for name, field in self.read().items() if field.stage == stage}

    def among(self, names: Iterable[str]) -> dict[str, DeclaredField]:
        """Those of these names that are declared fields."""
        names = set(names) - BUILT_IN
        if not names <= self._known.keys():
            self.read()
        return {name: self._known[name] for name in names if name in self._known}

    def parse(self, query: str | Node) -> Node:
        """The tree of a query, the names of declared fields replaced by their paths."""
        try:
            node = parse(query, self._known)
        except QueryError as error:
            if error.message.code not in UNKNOWN_FIELD:
                raise
            node = parse(query, self.read())
        fields = self.among(field_names(node))
        return with_paths(
            node, {name: declared_path(name, field) for name, field in fields.items()}
        )

    def facet_path(self, name: str) -> str:
        """The field that a facet counts. Raises ConfigError where there is no such facet."""
        if name in FACETS:
            return name
        if name in (declared := self.among([name])):
            return declared_path(name, declared[name])
        known = ", ".join((*FACETS, *self._known))
        raise ConfigError(Message("fault.elastic.facet", {"name": repr(name), "known": known}))

    def of_columns(self, columns: Sequence[str]) -> dict[str, DeclaredField]:
        """The declared fields among columns.

        Raises ConfigError for a column that does not exist.
        """
        declared = self.among(columns)
        for name in columns:
            if name not in COLUMNS and name not in declared:
                known = ", ".join((*COLUMNS, *self._known))
                raise ConfigError(
                    Message("fault.elastic.column", {"name": repr(name), "known": known})
                )
        return declared

    def declare(self, stage: str, fields: Mapping[str, FieldType]) -> None:
        """See `index.base.Index.declare_fields`.

        A call that was cut short is completed by the next.
        """
        while True:
            stored, guard = self.state.get(KEY)
            entries = stored or {}
            declared = with_declared(_declared(entries), stage, fields)
            waiting = [name for name in fields if not entries.get(name, {}).get("copied")]
            if not waiting:
                return
            schema.ensure_fields(self.connection, self.names)
            new = {
                name: {"stage": field.stage, "type": field.type, "copied": False}
                for name, field in declared.items()
                if name not in entries
            }
            if self.state.change(KEY, "fields", entries | new, guard):
                break
        self._known = declared
        self._copy(stage, {name: declared[name] for name in waiting})
        while True:
            stored, guard = self.state.get(KEY)
            entries = stored or {}
            entries |= {name: entries[name] | {"copied": True} for name in waiting}
            if self.state.change(KEY, "fields", entries, guard):
                break

    def _copy(self, stage: str, fields: Mapping[str, DeclaredField]) -> None:
        """Fill the fields of documents that were annotated before.

        Later annotations fill their own.
        """
        self.connection.call(
            self.connection.client.indices.refresh, index=self.names.read, ignore_unavailable=True
        )
        source = [f"annotations.{stage}"]
        pages = self.searcher.scan(
            source,
            {"exists": {"field": f"stage.{stage}"}},
            ordered=False,
            size=1_000,
            seq_no_primary_term=True,
        )
        for hits in pages:
            waiting = {hit["_id"]: hit for hit in hits}
            while waiting:  # what others change meanwhile is read again
                changed = self._copy_hits(stage, fields, list(waiting.values()))
                waiting = self.documents.read_current(changed, source)

    def _copy_hits(
        self, stage: str, fields: Mapping[str, DeclaredField], hits: Sequence[dict[str, Any]]
    ) -> list[str]:
        """Write the fields of these hits; the ids of those that changed since they were read."""
        actions: list[Action] = []
        beside: dict[str, dict[str, Any]] = {}
        for hit in hits:
            packed = hit["_source"].get("annotations", {}).get(stage)
            if packed is None:
                continue
            values = declared_values(fields, json.loads(packed)["values"])
            body = json.dumps({"doc": values}, ensure_ascii=False)
            guard = f',"if_seq_no":{hit["_seq_no"]},"if_primary_term":{hit["_primary_term"]}'
            actions.append(Action("update", hit["_index"], hit["_id"], body, guard))
            beside[hit["_id"]] = values
        items = self.documents.bulk.send(actions)
        self.documents.update_vectors(beside)
        self.documents.mirror_writes(list(zip(actions, items, strict=True)))
        return [a.id for a, item in zip(actions, items, strict=True) if item.status == 409]


def _declared(entries: Mapping[str, Any]) -> dict[str, DeclaredField]:
    return {name: DeclaredField(entry["stage"], entry["type"]) for name, entry in entries.items()}
