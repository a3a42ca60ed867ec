"""Exports of news data bases and web archives."""

PROFILES: dict[str, str] = {
    "gdelt": "crawlers.importing.formats.press.indexes:GdeltDoc",
    "gdelt-articles": "crawlers.importing.formats.press.indexes:GdeltArticles",
    "mediacloud": "crawlers.importing.formats.press.indexes:MediaCloud",
    "web-archive": "crawlers.importing.formats.press.web_archive:WebArchive",
}
"""Name (``--format``) -> where it is."""
