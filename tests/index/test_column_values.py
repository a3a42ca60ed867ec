"""Columns of a scan as Python values, whatever their encoding."""

from __future__ import annotations

import pyarrow as pa
import pytest

from index.reading.columns import column_values

WORDS = ["harbour", None, "pier", "harbour", ""]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(WORDS),
        pa.array(WORDS).dictionary_encode(),
        pa.chunked_array([pa.array(WORDS[:2]), pa.array(WORDS[2:])]),
        pa.chunked_array([WORDS[:2], WORDS[2:]]).dictionary_encode(),
        pa.array(WORDS, pa.large_string()),
    ],
)
def test_values_are_those_of_the_column(column: pa.Array) -> None:
    assert column_values(column) == WORDS


def test_other_types_stay() -> None:
    assert column_values(pa.array([[1], None, []])) == [[1], None, []]
    assert column_values(pa.array([], pa.dictionary(pa.int32(), pa.string()))) == []
