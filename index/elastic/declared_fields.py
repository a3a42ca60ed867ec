"""Fields that stages declare: kept in the state, and copied out of annotations into fields of their own.

A value stands at ``declared.TYPE.NAME``; the mapping makes such a field when the first value comes, by the
type in its path, so that neither a template nor a mapping changes when a stage declares one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index.elastic import schema
from index.elastic.bulk import Action
from index.elastic.findings import FRESH, State
from index.fields import DeclaredField, FieldType, field_value, with_declared

if TYPE_CHECKING:
    from index.elastic.documents import Documents
    from index.elastic.schema import Names
    from index.elastic.search import Asking

KEY = "declared_fields"
"""Key of the state with the declared fields: name -> stage, type, and whether older annotations are copied."""


def path(name: str, field: DeclaredField) -> str:
    """Where documents keep a declared field."""
    return f"declared.{field.type}.{name}"


def values_of(fields: Mapping[str, DeclaredField], values: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a document that an annotation's values decide: all these fields, null where absent."""
    by_type: dict[str, dict[str, Any]] = {}
    for name, field in fields.items():
        value = field_value(values.get(name), field.type)
        by_type.setdefault(field.type, {})[name] = value
    return {"declared": by_type} if by_type else {}


class DeclaredFields:
    """The declared fields of one index. What was read is believed for a few seconds."""

    def __init__(
        self,
        names: Names,
        state: State,
        documents: Documents,
        asking: Asking,
    ) -> None:
        self.connection = documents.connection
        self.names, self.state, self.documents, self.asking = names, state, documents, asking
        self._fields: dict[str, DeclaredField] = {}
        self._read_at = -FRESH

    def get(self, *, fresh: bool = False) -> dict[str, DeclaredField]:
        """All declared fields; ``fresh`` asks the server now."""
        if fresh or time.monotonic() - self._read_at > FRESH:
            self._remember(self.state.get(KEY)[0] or {})
        return self._fields

    def of_stage(self, stage: str) -> dict[str, DeclaredField]:
        """The fields that annotations of a stage decide, as declared now."""
        return {n: field for n, field in self.get(fresh=True).items() if field.stage == stage}

    def declare(self, stage: str, fields: Mapping[str, FieldType]) -> None:
        """See `index.base.Index.declare_fields`. A call that was cut short is completed by the next."""
        while True:
            stored, guard = self.state.get(KEY)
            entries = stored or {}
            declared = with_declared(_declared(entries), stage, fields)
            waiting = [name for name in fields if not entries.get(name, {}).get("copied")]
            if not waiting:
                self._remember(entries)
                return
            schema.ensure_declared(self.connection, self.names)
            new = {
                name: {"stage": field.stage, "type": field.type, "copied": False}
                for name, field in declared.items()
                if name not in entries
            }
            if self.state.change(KEY, "fields", entries | new, guard):
                break
        self._remember(entries | new)
        self._copy(stage, {name: declared[name] for name in waiting})
        while True:
            stored, guard = self.state.get(KEY)
            entries = stored or {}
            entries |= {name: entries[name] | {"copied": True} for name in waiting}
            if self.state.change(KEY, "fields", entries, guard):
                break

    def _copy(self, stage: str, fields: Mapping[str, DeclaredField]) -> None:
        """Fill the fields of documents that were annotated before. Later annotations fill their own."""
        self.connection.call(
            self.connection.client.indices.refresh, index=self.names.read, ignore_unavailable=True
        )
        source = [f"annotations.{stage}"]
        pages = self.asking.scan(
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
                waiting = self.documents.held(changed, source)

    def _copy_hits(
        self, stage: str, fields: Mapping[str, DeclaredField], hits: Sequence[dict[str, Any]]
    ) -> list[str]:
        """Write the fields of these hits; the ids of those that have changed since they were read."""
        actions: list[Action] = []
        beside: dict[str, dict[str, Any]] = {}
        for hit in hits:
            packed = hit["_source"].get("annotations", {}).get(stage)
            if packed is None:
                continue
            made = values_of(fields, json.loads(packed)["values"])
            body = json.dumps({"doc": made}, ensure_ascii=False)
            guard = f',"if_seq_no":{hit["_seq_no"]},"if_primary_term":{hit["_primary_term"]}'
            actions.append(Action("update", hit["_index"], hit["_id"], body, guard))
            beside[hit["_id"]] = made
        items = self.documents.bulk.send(actions)
        self.documents.update_vectors(beside)
        self.documents.mirror_writes(list(zip(actions, items, strict=True)))
        return [a.id for a, item in zip(actions, items, strict=True) if item.status == 409]

    def _remember(self, entries: Mapping[str, Any]) -> None:
        self._fields, self._read_at = _declared(entries), time.monotonic()


def _declared(entries: Mapping[str, Any]) -> dict[str, DeclaredField]:
    return {name: DeclaredField(entry["stage"], entry["type"]) for name, entry in entries.items()}
