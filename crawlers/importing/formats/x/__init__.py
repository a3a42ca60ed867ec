"""Exports of X (Twitter)."""

PROFILES: dict[str, str] = {
    "twarc-csv": "crawlers.importing.formats.x.twarc_csv:TwarcCsv",
    "x-api-v1": "crawlers.importing.formats.x.api_v1:ApiV1",
    "x-api-v2": "crawlers.importing.formats.x.api_v2:ApiV2",
    "x-archive": "crawlers.importing.formats.x.archive:Archive",
    "x-information-operations": (
        "crawlers.importing.formats.x.information_operations:InformationOperations"
    ),
}
"""Name (``--format``) -> where it is."""
