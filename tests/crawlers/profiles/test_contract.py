"""Every profile keeps the contract of `formats.profile_base`, whatever a record holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.importing.formats import IMPORTERS, PROFILES
from crawlers.importing.formats.profile_base import OBJECTS, TABLE, Head, Skip
from crawlers.importing.profiles import make_profile
from tocsin.core.errors import Unreadable
from tocsin.core.exchange import AUTHOR_KEYS, COUNTS, KEYS

GIVABLE = {*KEYS, *(f"author.{k}" for k in AUTHOR_KEYS), *(f"metrics.{k}" for k in COUNTS)}
WORDS = (
    "id", "type", "data", "includes", "text", "author", "author_id", "messages", "user", "users",
    "date", "entities", "urls", "url", "referenced_tweets", "public_metrics", "from", "media",
    "content", "created_at", "message", "reblog", "account", "tags", "name", "title",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.sampled_from(WORDS), VALUES, min_size=1, max_size=8)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_says_what_it_is(name: str) -> None:
    profile = make_profile(name)
    assert profile.name == name
    assert name not in IMPORTERS
    assert name == name.lower()
    assert profile.title
    assert profile.takes
    assert set(profile.takes) <= {TABLE, OBJECTS}
    unknown = {key for key in profile.gives if not key.startswith("extra.")} - GIVABLE
    assert not unknown
    assert {"text", "published_at"} & set(profile.gives)


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=60, deadline=None)
@given(record=RECORDS, around=st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=3))
def test_no_record_breaks_a_profile(
    name: str, record: dict[str, Any], around: dict[str, Any]
) -> None:
    profile = make_profile(name)
    if OBJECTS not in profile.takes:  # a cell is a text
        record = {key: str(value) for key, value in record.items()}
    head = Head(tuple(record), [record], around, "posts")
    assert 0 <= profile.recognises(head) <= 1
    assert 0 <= profile.recognises(Head(())) <= 1
    profile.fit([record])
    before = repr(record)
    try:
        made = list(profile.convert(record, around))
    except Unreadable:
        made = []
    assert all(isinstance(one, (dict, Skip)) for one in made)
    assert repr(record) == before
