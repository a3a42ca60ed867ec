"""Exports of X (Twitter)."""

PROFILES: dict[str, str] = {
    "twarc-csv": "crawlers.importing.formats.x.twarc_csv:TwarcCsv",
    "x-api-v2": "crawlers.importing.formats.x.api_v2:ApiV2",
}
"""Name (``--format``) -> where it is."""
