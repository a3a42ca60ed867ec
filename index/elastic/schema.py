"""Names, mappings and templates of the indices, and how versions of them follow each other.

::

    PREFIX-docs-v1-2026-01   documents published in January 2026    alias PREFIX-docs
    PREFIX-docs-v1-undated   documents without a time               alias PREFIX-docs
    PREFIX-vec-v1-HASH       vectors of one model, with the fields that filters need
    PREFIX-findings-v1       findings of all kinds and generations
    PREFIX-state-v1 generations, marks, suppressions, migration; its _meta holds the schema version

Mappings are strict: a field nobody planned is an error, not a new column.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from elasticsearch import ApiError, NotFoundError

from index.base import SCHEMA_VERSION
from index.elastic.client import (
    Connection,
    blocked_index,
    check_version,
    closed_index,
    red_index,
)
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import ANALYSER_VERSION
from tocsin.core.urls import ADDRESS_RULES

KEYWORD = {"type": "keyword", "ignore_above": 8000}
STORED = {"type": "keyword", "index": False, "doc_values": False}
UNDATED = "undated"
HNSW = {"m": 12, "ef_construction": 40}
"""A graph that costs less than half of the server's default to build; searches make up for it with
more candidates."""
LAYOUT = "layout"
OLD_ADDRESSES = (
    "addresses that were stored by an earlier Tocsin have other forms than today's, so that url: "
    "and domain: may miss them; run `tocsin migrate-index` once"
)
"""Key of the state that says which version the documents are of, and which one they are moving to.
"""

FILTERS: dict[str, Any] = {
    "id": {"type": "keyword"},
    "native": KEYWORD,
    "author_native": KEYWORD,
    "detected": KEYWORD,
    "platform": KEYWORD,
    "kind": KEYWORD,
    "source": KEYWORD,
    "author": KEYWORD,
    "handle": KEYWORD,
    "lang": KEYWORD,
    "hashtag": KEYWORD,
    "mention": KEYWORD,
    "domain": KEYWORD,
    "url": KEYWORD,
    "narrative": KEYWORD,
    "copy": KEYWORD,
    "published_at": {"type": "long"},
    "deleted_at": {"type": "long"},
    "likes": {"type": "long"},
    "reposts": {"type": "long"},
    "replies": {"type": "long"},
    "quotes": {"type": "long"},
    "views": {"type": "long"},
    "followers": {"type": "long"},
    "tok": {"type": "text", "analyzer": "whitespace", "index_options": "positions"},
}
"""Fields that queries ask, on documents and beside vectors.

``lang`` is the declared language, else the detected one.
"""


DECLARED_TYPES = {"bool": "boolean", "keyword": "keyword", "integer": "long", "number": "double"}
"""Type of a declared field -> the type of its field here."""
DECLARED: dict[str, Any] = {
    "declared": {
        "type": "object",
        "dynamic": True,
        "properties": {kind: {"type": "object", "dynamic": True} for kind in DECLARED_TYPES},
    }
}
"""Fields that stages declare, each under its type (`index.elastic.declared_fields`)."""
TEMPLATES: list[dict[str, Any]] = [
    {"stage": {"path_match": "stage.*", "mapping": {"type": "keyword"}}},
    *(
        {kind: {"path_match": f"declared.{kind}.*", "mapping": {"type": own}}}
        for kind, own in DECLARED_TYPES.items()
    ),
]
"""Dynamic templates: how a field is mapped when its first value comes."""


class Names:
    """Names of the indices of one prefix and schema version."""

    def __init__(self, prefix: str, version: int = SCHEMA_VERSION) -> None:
        self.prefix = prefix
        self.complete = False
        self.read = f"{prefix}-docs"
        self.vec = f"{prefix}-vec-v1-"
        self.turn(version)
        self.findings = f"{prefix}-findings-v1"
        self.state = f"{prefix}-state-v1"

    def turn(self, version: int) -> None:
        """Name the months of another version from now on."""
        self.version = version
        self.complete = False
        self.docs = f"{self.prefix}-docs-v{version}-"

    def month(self, published_at: datetime | None) -> str:
        """The concrete index of a document."""
        if published_at is None:
            return self.docs + UNDATED
        at = published_at.astimezone(UTC)
        return f"{self.docs}{at.year:04d}-{at.month:02d}"

    def model(self, model: str) -> str:
        """The vector index of a model."""
        return self.vec + hashlib.sha256(model.encode()).hexdigest()[:12]


def documents_mapping(version: int, stemming: tuple[str, ...]) -> dict[str, Any]:
    """The mapping of a month.

    ``stemming`` names the language analysers that the server has; their fields copy ``tok``.
    """
    stemmed: dict[str, Any] = {
        f"stem_{name[:2]}": {"type": "text", "analyzer": name, "norms": False} for name in stemming
    }
    if stemmed:
        stemmed["tok"] = {**FILTERS["tok"], "copy_to": sorted(stemmed)}
    return {
        "dynamic": "strict",
        "_meta": meta(version),
        "properties": {
            **FILTERS,
            **DECLARED,
            **stemmed,
            "changed_at": {"type": "long"},
            "put": STORED,
            "content_hash": STORED,
            "revision": {"type": "integer", "index": False},
            "stage": {"type": "object", "dynamic": True},
            "annotations": {"type": "object", "enabled": False},
            "doc": {"type": "object", "enabled": False},
        },
        "dynamic_templates": TEMPLATES,
    }


def vectors_mapping(model: str, dims: int, version: int, kind: str) -> dict[str, Any]:
    """The mapping of one model's vectors; ``bytes`` holds the exact float32 bytes, which
    ``_source`` keeps instead of the list."""
    return {
        "dynamic": "strict",
        "_meta": {**meta(version), "model": model, "dims": dims},
        "_source": {"excludes": ["vector"]},
        "dynamic_templates": TEMPLATES,
        "properties": {
            **FILTERS,
            **DECLARED,
            "vector": {
                "type": "dense_vector",
                "dims": dims,
                "index": True,
                "similarity": "cosine",
                "index_options": {"type": kind, **HNSW},
            },
            "bytes": {"type": "binary"},
        },
    }


FINDINGS = {
    "dynamic": "strict",
    "properties": {
        "kind": KEYWORD,
        "generation": KEYWORD,
        "seq": {"type": "long"},
        "finding": {"type": "keyword"},
        "body": STORED,
    },
}
_COUNT = {"type": "long", "index": False, "doc_values": False}
PROFILE: dict[str, Any] = {
    "handle": {"type": "keyword"},
    "name": STORED,
    "description": STORED,
    "created_at": STORED,
    "seen": _COUNT,
    "followers": _COUNT,
    "following": _COUNT,
    "posts": _COUNT,
    "verified": {"type": "boolean", "index": False, "doc_values": False},
}
"""What is kept of an account: mapped, though never searched, since a lookup gives only fields that
the mapping knows."""
AUTHORS = {"dynamic": False, "properties": PROFILE}
STATE = {
    "dynamic": "strict",
    "properties": {
        "type": {"type": "keyword"},
        "key": {"type": "keyword"},
        "body": {"type": "object", "enabled": False},
    },
}


def meta(version: int = SCHEMA_VERSION) -> dict[str, Any]:
    """What ``_meta`` says of an index."""
    return {
        "tocsin_schema": version,
        "analyser": ANALYSER_VERSION,
        "address_rules": ADDRESS_RULES,
    }


def ensure(connection: Connection, names: Names, replicas: int) -> int:
    """Create templates and the standing indices where they are missing; check the versions where
    they are not. The `ADDRESS_RULES` that stored addresses follow, 0 where nothing says it.

    Raises:
        ConfigError: the store is of a newer schema or another analyser, or the user may not create
            it.
    """
    client, call = connection.client, connection.call
    try:
        mappings = call(client.indices.get_mapping, index=names.state)
    except NotFoundError:
        mappings = None
    if mappings is not None:
        stored = next(iter(mappings.values()))["mappings"].get("_meta", {})
        check_meta(stored, names)
        return int(stored.get("address_rules", 0))
    settings = {"number_of_shards": 1, "number_of_replicas": replicas}
    create(connection, f"{names.prefix}-authors-v1", {**AUTHORS, "_meta": meta()}, settings)
    create(connection, names.findings, {**FINDINGS, "_meta": meta()}, settings)
    put_templates(connection, names, replicas, analysers(connection, names))
    create(
        connection, names.state, {**STATE, "_meta": meta()}, settings
    )  # last: it says that all is there
    return ADDRESS_RULES


def put_templates(
    connection: Connection,
    names: Names,
    replicas: int,
    stemming: tuple[str, ...],
    *,
    alias: bool = True,
) -> None:
    """A component template for settings and one for the mapping, and the template of the months
    made of them."""
    client, call = connection.client, connection.call
    stem = f"{names.prefix}-docs-v{names.version}"
    settings = {"number_of_shards": 1, "number_of_replicas": replicas, "refresh_interval": "5s"}
    call(
        client.cluster.put_component_template,
        name=f"{stem}-settings",
        template={"settings": settings},
    )
    mapping = documents_mapping(names.version, stemming)
    call(
        client.cluster.put_component_template,
        name=f"{stem}-mapping",
        template={"mappings": mapping},
    )
    call(
        client.indices.put_index_template,
        name=stem,
        index_patterns=[f"{names.docs}*"],
        composed_of=[f"{stem}-settings", f"{stem}-mapping"],
        priority=500,
        template={"aliases": {names.read: {}}} if alias else {},
    )


def create(
    connection: Connection, name: str, mappings: dict[str, Any], settings: dict[str, Any]
) -> bool:
    """Create an index; whether it was missing."""
    try:
        connection.call(
            connection.client.indices.create, index=name, mappings=mappings, settings=settings
        )
        return True
    except ApiError as error:
        if error.error == "resource_already_exists_exception":
            return False
        raise


def check_meta(stored: dict[str, Any], names: Names) -> None:
    """Raises ConfigError where the store is not of this schema and analyser."""
    schema, analyser = stored.get("tocsin_schema"), stored.get("analyser")
    if schema is None:
        raise ConfigError(Message("fault.elastic.foreign", {"state": str(names.state)}))
    if schema > SCHEMA_VERSION:
        raise ConfigError(
            Message(
                "fault.elastic.schema_newer",
                {"prefix": names.prefix, "schema": schema, "schema_version": SCHEMA_VERSION},
            )
        )
    if analyser != ANALYSER_VERSION:
        raise ConfigError(
            Message(
                "fault.elastic.analyser",
                {
                    "prefix": names.prefix,
                    "analyser": analyser,
                    "analyser_version": ANALYSER_VERSION,
                },
            )
        )


def server(connection: Connection) -> dict[str, Any]:
    """Version and number of nodes.

    Works on the bare build, which has no ``GET /``. Raises ConfigError.
    """
    answer = connection.call(
        connection.client.nodes.info, metric="http", filter_path="nodes.*.version"
    )
    versions = sorted(node["version"] for node in answer.get("nodes", {}).values())
    if not versions:
        raise ConfigError(Message("fault.elastic.no_nodes", {"url": connection.settings.url}))
    check_version(versions[0], connection.settings.url)
    return {"version": versions[0], "nodes": len(versions)}


def troubles(connection: Connection, names: Names) -> list[Message]:
    """Which indices are closed, blocked for writing or without a shard, a sentence each."""
    client, call = connection.client, connection.call
    everything = {"index": f"{names.prefix}-*", "allow_no_indices": True}
    closed = call(client.indices.get_settings, expand_wildcards="closed", **everything)
    sentences = [closed_index(name) for name in sorted(closed)]
    opened = call(client.indices.get_settings, expand_wildcards="open", **everything)
    for name, index in sorted(opened.items()):
        blocks = index["settings"]["index"].get("blocks", {})
        for block in sorted(block for block, value in blocks.items() if str(value) == "true"):
            sentences.append(blocked_index(name, block))
    health = call(
        client.cluster.health,
        index=f"{names.prefix}-*",
        expand_wildcards="open",
        level="indices",
        filter_path="indices.*.status",
    )
    for name, index in sorted(health.get("indices", {}).items()):
        if index["status"] == "red":
            sentences.append(red_index(name))
    return sentences


def analysers(connection: Connection, names: Names) -> tuple[str, ...]:
    """The language analysers that the server has: the bare build has none, and not every role may
    ask."""
    available = []
    for name in ("french", "english"):
        try:
            connection.call(
                connection.client.indices.analyze, index=names.findings, analyzer=name, text="x"
            )
            available.append(name)
        except (ApiError, ConfigError):
            continue
    return tuple(available)


def stemmed(connection: Connection, names: Names) -> tuple[str, ...]:
    """The stemming fields of the template in force."""
    mapping = _template(connection, names)
    return tuple(sorted(name for name in mapping.get("properties", {}) if name.startswith("stem_")))


def stage_names(connection: Connection, names: Names) -> list[str]:
    """Stages that annotated anything: the fields that the months' mappings grew."""
    mappings = connection.call(
        connection.client.indices.get_mapping,
        index=f"{names.docs}*",
        allow_no_indices=True,
        expand_wildcards="open,closed",
    )
    stages = {
        name
        for month in mappings.values()
        for name in month["mappings"]["properties"].get("stage", {}).get("properties", {})
    }
    return sorted(stages)


LATER: dict[str, Any] = {**DECLARED, "deleted_at": FILTERS["deleted_at"]}
"""Fields that indices of an earlier version of Tocsin lack, each added when it is first needed."""


def ensure_fields(connection: Connection, names: Names) -> None:
    """Make room for `LATER` in the indices and the template of an earlier version of Tocsin.

    The server is asked once; ``names.complete`` says that it was.

    Raises:
        ConfigError: there is none, and this user may not make it.
    """
    if names.complete:
        return
    client, call = connection.client, connection.call
    mappings = call(
        client.indices.get_mapping, index=f"{names.docs}*,{names.vec}*", allow_no_indices=True
    )
    old = [
        n for n, it in mappings.items() if not LATER.keys() <= it["mappings"]["properties"].keys()
    ]
    template = _template(connection, names).get("properties", {})
    if old or (template and not LATER.keys() <= template.keys()):
        stemming = analysers(connection, names)
        replicas = connection.settings.replicas
        put_templates(connection, names, replicas, stemming)
    for name in old:
        call(
            client.indices.put_mapping,
            index=name,
            properties=LATER,
            dynamic_templates=TEMPLATES,
        )
    names.complete = True


def _template(connection: Connection, names: Names) -> dict[str, Any]:
    try:
        answer = connection.call(
            connection.client.cluster.get_component_template,
            name=f"{names.prefix}-docs-v{names.version}-mapping",
        )
    except ApiError:  # a reader may not look at templates; it then ranks without stems
        return {}
    mapping: dict[str, Any] = answer["component_templates"][0]["component_template"]["template"][
        "mappings"
    ]
    return mapping
