"""Spreadsheets of listening suites."""

PROFILES: dict[str, str] = {
    "brandwatch": "crawlers.importing.formats.suites.brandwatch:Brandwatch",
    "listening-suite": "crawlers.importing.formats.suites.spreadsheet:Suite",
    "meltwater": "crawlers.importing.formats.suites.meltwater:Meltwater",
    "mention": "crawlers.importing.formats.suites.mention_sprinklr:Mention",
    "sprinklr": "crawlers.importing.formats.suites.mention_sprinklr:Sprinklr",
    "talkwalker": "crawlers.importing.formats.suites.talkwalker:Talkwalker",
}
"""Name (``--format``) -> where it is."""
