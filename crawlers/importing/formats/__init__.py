"""The file formats: one importer a file, and one line here."""

IMPORTERS: dict[str, str] = {
    "tocsin": "crawlers.importing.formats.exchange:ExchangeImporter",
    "csv": "crawlers.importing.formats.csv_rows:CsvImporter",
    "jsonl": "crawlers.importing.formats.json_rows:JsonImporter",
}
"""Name (``--format``) -> where it is."""
