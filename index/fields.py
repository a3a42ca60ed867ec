"""Fields of documents: those built in, and those that enrichment stages declare.

A built-in field is what the index itself knows: `COLUMNS` can be scanned, `FACETS` counted,
`TERM_FIELDS` and `RANGE_FIELDS` searched. A stage adds its own with
`index.base.Index.declare_fields`: the value that its annotation holds under the field's name is
then a query term, a facet and a scan column at once, in every backend. Nothing else has to be
edited for a new one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.urls import canonical_url, domain

FieldType: TypeAlias = Literal["bool", "keyword", "integer", "number"]
"""What a declared field holds: true or false, a text, a 64-bit integer, or a finite float."""


class DeclaredField(NamedTuple):
    """A field of a stage.

    Its values are ``annotations[stage].values[name]``, absent where of another type.
    """

    stage: str
    type: FieldType


COLUMNS = (
    "id", "author", "published_at", "kind", "platform", "source", "lang", "title", "text",
    "urls", "hashtags", "mentions", "reply_to", "repost_of", "quote_of", "media",
    "content_hash", "handle", "copy_group", "url", "followers", "likes", "reposts", "replies",
    "quotes", "views", "detected_lang", "verified", "author_description", "precision",
    "deleted_at", "author_created",
)  # fmt: skip
"""Columns that ``scan`` can give (Arrow): ``published_at``, ``deleted_at`` and ``author_created``
(when the account was made) int64 epoch milliseconds (null where unknown); ``urls hashtags mentions
media`` list<string> in posted order (``urls`` canonical, see `tocsin.core.urls`); ``reply_to
repost_of quote_of`` document ids; ``author`` an author id; metrics and ``followers`` int64;
``verified`` bool; ``copy_group`` from the annotation of stage ``copies`` (value ``group``),
``detected_lang`` from stage ``lang`` (value ``lang``), else ``lang``; ``precision`` of the time:
minute, day or guessed, null where it is exact; the rest string. Absent values are null, absent
lists empty."""

FACETS = (
    "author", "lang", "hashtag", "domain", "platform", "source", "kind", "narrative", "mention",
    "copy",
)  # fmt: skip
"""Fields that can be counted, and searched as ``field:value``. ``author`` gives author ids;
``lang`` is the declared language, or the detected one (stage ``lang``) where it is ``und``;
``domain`` is that of URL links; ``mention`` is case-folded; ``narrative`` and ``copy`` come from
the annotations of stages ``narratives`` and ``copies``. A document counts once for each distinct
value."""

TERM_FIELDS = (
    "author", "handle", "lang", "hashtag", "domain", "platform", "source", "kind", "narrative",
    "copy", "mention", "url", "id",
)  # fmt: skip
"""Fields that hold values: ``field:value`` and ``field:prefix*``."""

FINDING_FIELDS = ("signal", "cluster")
"""Fields that name a published finding: ``signal:ID`` finds exactly the posts that it counts."""

RANGE_FIELDS = (
    "published", "likes", "reposts", "replies", "quotes", "views", "followers", "deleted_at",
)  # fmt: skip
"""Fields that hold numbers (`TIME_FIELDS`: epoch milliseconds)."""
TIME_FIELDS = ("published", "deleted_at")
"""Those of `RANGE_FIELDS` that hold times."""

KEYWORDS = ("after", "before", "exists", "http", "https")
"""Names that mean something else before a colon."""

BUILT_IN = frozenset({*COLUMNS, *FACETS, *TERM_FIELDS, *FINDING_FIELDS, *RANGE_FIELDS, *KEYWORDS})
"""Names that no stage can declare."""

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_INT64 = range(-(2**63) + 1, 2**63)


def with_declared(
    declared: Mapping[str, DeclaredField], stage: str, fields: Mapping[str, FieldType]
) -> dict[str, DeclaredField]:
    """All declared fields once a stage has declared these. Declaring the same again changes
    nothing.

    Raises:
        ConfigError: a name cannot be a field, is taken, or was declared with another type.
    """
    together = dict(declared)
    for name, kind in fields.items():
        known = declared.get(name)
        if not _NAME.fullmatch(name):
            raise ConfigError(
                Message("fault.fields.name", {"stage": repr(stage), "name": repr(name[:80])})
            )
        if name in BUILT_IN:
            raise ConfigError(
                Message("fault.fields.everywhere", {"stage": repr(stage), "name": repr(name)})
            )
        if kind not in get_args(FieldType):
            raise ConfigError(
                Message(
                    "fault.fields.type",
                    {
                        "stage": repr(stage),
                        "name": repr(name),
                        "kind": repr(kind),
                        "value": list(get_args(FieldType)),
                    },
                )
            )
        if known is not None and known.stage != stage:
            raise ConfigError(
                Message(
                    "fault.fields.of_another",
                    {"stage": repr(stage), "name": repr(name), "stage2": repr(known.stage)},
                )
            )
        if known is not None and known.type != kind:
            raise ConfigError(
                Message(
                    "fault.fields.other_type",
                    {"name": repr(name), "stage": repr(stage), "type": known.type, "kind": kind},
                )
            )
        together[name] = DeclaredField(stage, kind)
    return together


def field_value(value: Any, kind: FieldType) -> bool | str | int | float | None:
    """An annotation's value as a field of this type holds it; None where it is of another type, or
    empty."""
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if kind == "keyword":
        return value if isinstance(value, str) and value else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if kind == "integer":
        return value if isinstance(value, int) and value in _INT64 else None
    try:
        number = float(value) + 0.0  # -0.0 and 0.0 are one value
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def normalise(field: str, value: str) -> str:
    """A value as the index keeps it: tags, handles and mentions case-folded without sign, addresses
    canonical."""
    return _NORMALISE.get(field, str)(value.strip())


_NORMALISE: dict[str, Callable[[str], str]] = {
    "hashtag": lambda v: v.lstrip("#").casefold(),
    "handle": lambda v: v.lstrip("@").casefold(),
    "mention": lambda v: v.lstrip("@").casefold(),
    "platform": str.lower,
    "kind": str.lower,
    "domain": domain,
    "url": canonical_url,
}


def facet_key(value: bool | str | int | float) -> str:
    """How a facet names a value of a declared field: as a query takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def fields_as_json(declared: Mapping[str, DeclaredField]) -> dict[str, list[str]]:
    """Declared fields as JSON can hold them."""
    return {name: [field.stage, field.type] for name, field in declared.items()}


def fields_from_json(stored: Mapping[str, Any]) -> dict[str, DeclaredField]:
    """Declared fields as `fields_as_json` gave them."""
    return {name: DeclaredField(stage, kind) for name, (stage, kind) in stored.items()}
