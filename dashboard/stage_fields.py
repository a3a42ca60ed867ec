"""Fields that enrichment stages declare, kept until the index changes."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from index.base import DeclaredField, Index
from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message
from tocsin.core.plugins import registered, resolve

_OUR_STAGES = "nlp.enrichment.base:STAGES"
"""Where the registry of our enrichment stages is: those that declare fields may name them."""


@st.cache_resource(max_entries=4, show_spinner=False)
def declared_fields(stamp: str, _index: Index) -> Mapping[str, DeclaredField]:  # noqa: ARG001
    """The fields that stages declare, by name."""
    return dict(_index.declared_fields())


@st.cache_resource(max_entries=4, show_spinner=False)
def field_labels(stamp: str, _index: Index) -> Mapping[str, Message]:
    """What those fields are called, where their stages say it."""
    stages = registered("stage", resolve(_OUR_STAGES))
    labels: dict[str, Message] = {}
    for name, field in declared_fields(stamp, _index).items():
        try:
            stage = resolve(stages[field.stage]) if field.stage in stages else None
        except TocsinError:  # of a package that is broken: its fields keep their names
            continue
        label = getattr(stage, "field_labels", {}).get(name)
        if label is not None:
            labels[name] = label
    return labels
