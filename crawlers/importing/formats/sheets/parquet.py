"""Parquet files, a group of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.formats.sheets.cells import cell_text
from crawlers.importing.input_file import InputFile
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

BATCH_ROWS = 2_000


class ParquetImporter:
    """Rows of texts, as those of a CSV; lists and objects stay what they are."""

    is_exchange_format = False
    reads = "parquet"
    records = "table"

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.kind == self.reads else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        import pyarrow
        import pyarrow.parquet

        try:
            file = pyarrow.parquet.ParquetFile(source.binary)
        except (pyarrow.ArrowException, OSError) as error:
            raise ConfigError(
                Message("reading.parquet", {"file": source.name, "error": str(error)[:200]})
            ) from None
        number = 0
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, {str(k): _cell(v) for k, v in values.items()})
        except (pyarrow.ArrowException, OSError) as error:
            reason = Message("reading.file_damaged", {"error": str(error)[:200]})
            yield RejectedRow(number + 1, reason)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (list, dict)):
        return value
    return cell_text(value)
