"""Columns of a scan as Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def column_values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The values of a column.

    A dictionary-encoded one is decoded first: pyarrow takes ten times as long to decode each value.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values: list[Any] = column.to_pylist()
    return values
