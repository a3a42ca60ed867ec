"""Spreadsheets of listening suites."""

PROFILES: dict[str, str] = {
    "brandwatch": "crawlers.importing.formats.suites.brandwatch:Brandwatch",
    "listening-suite": "crawlers.importing.formats.suites.spreadsheet:Suite",
    "meltwater": "crawlers.importing.formats.suites.meltwater:Meltwater",
    "talkwalker": "crawlers.importing.formats.suites.talkwalker:Talkwalker",
}
"""Name (``--format``) -> where it is."""
