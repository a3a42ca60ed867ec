"""Exports of Reddit and boards."""

PROFILES: dict[str, str] = {
    "reddit": "crawlers.importing.formats.forums.reddit:RedditDump",
    "reddit-listing": "crawlers.importing.formats.forums.reddit:RedditListing",
    "reddit-search": "crawlers.importing.formats.forums.reddit:RedditSearch",
    "reddit-table": "crawlers.importing.formats.forums.reddit_tables:RedditTable",
}
"""Name (``--format``) -> where it is."""
