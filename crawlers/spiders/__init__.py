"""The spiders: one file each, and one line here."""

SPIDERS: dict[str, str] = {
    "feed": "crawlers.spiders.feed:FeedSpider",
    "site": "crawlers.spiders.website:SiteSpider",
    "mastodon": "crawlers.spiders.mastodon:MastodonSpider",
}
"""Name in source files -> where it is. Imported when a source asks for it."""
