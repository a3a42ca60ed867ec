"""The file formats: an importer reads a format, a profile knows what one tool's export means.

One file each. An importer has a line here, a profile in the ``PROFILES`` of its family's folder.
"""

from crawlers.importing.formats import (
    fediverse,
    forums,
    insights,
    messaging,
    meta,
    press,
    research,
    suites,
    video,
    x,
)

IMPORTERS: dict[str, str] = {
    "tocsin": "crawlers.importing.formats.exchange:ExchangeImporter",
    "csv": "crawlers.importing.formats.csv_rows:CsvImporter",
    "jsonl": "crawlers.importing.formats.json_rows:JsonImporter",
    "xlsx": "crawlers.importing.formats.sheets.xlsx:XlsxImporter",
    "xls": "crawlers.importing.formats.sheets.xlsx:XlsImporter",
    "ods": "crawlers.importing.formats.sheets.ods:OdsImporter",
    "car": "crawlers.importing.formats.archives.repository:RepositoryImporter",
    "warc": "crawlers.importing.formats.archives.web_pages:WarcImporter",
    "parquet": "crawlers.importing.formats.sheets.parquet:ParquetImporter",
}
"""Name (``--format``) -> where it is."""

NO_TEXT = frozenset({"xlsx", "xls", "ods", "car", "warc", "parquet"})
"""Importers that read one kind of input, that of their name; for others they are not loaded."""

PROFILES: dict[str, str] = {
    **x.PROFILES,
    **meta.PROFILES,
    **video.PROFILES,
    **insights.PROFILES,
    **messaging.PROFILES,
    **forums.PROFILES,
    **fediverse.PROFILES,
    **press.PROFILES,
    **research.PROFILES,
    **suites.PROFILES,
}
"""Name (``--format``) -> where it is."""
