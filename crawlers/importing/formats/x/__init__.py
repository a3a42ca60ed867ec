"""Exports of X (Twitter)."""

PROFILES: dict[str, str] = {
    "academictwitter": "crawlers.importing.formats.x.collected_tables:AcademicTwitter",
    "rtweet": "crawlers.importing.formats.x.collected_tables:Rtweet",
    "snscrape": "crawlers.importing.formats.x.snscrape:Snscrape",
    "twarc-csv": "crawlers.importing.formats.x.twarc_csv:TwarcCsv",
    "twarc1-csv": "crawlers.importing.formats.x.collected_tables:Json2csv",
    "twint": "crawlers.importing.formats.x.twint:Twint",
    "x-api-v1": "crawlers.importing.formats.x.api_v1:ApiV1",
    "x-api-v1-csv": "crawlers.importing.formats.x.collected_tables:StatusTable",
    "x-api-v2": "crawlers.importing.formats.x.api_v2:ApiV2",
    "x-archive": "crawlers.importing.formats.x.archive:Archive",
    "x-archive-csv": "crawlers.importing.formats.x.collected_tables:ArchiveTable",
    "x-graphql": "crawlers.importing.formats.x.answers:SiteAnswers",
    "x-information-operations": (
        "crawlers.importing.formats.x.information_operations:InformationOperations"
    ),
}
"""Name (``--format``) -> where it is."""
