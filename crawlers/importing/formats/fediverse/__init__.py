"""Exports of Mastodon and Bluesky."""

PROFILES: dict[str, str] = {
    "mastodon": "crawlers.importing.formats.fediverse.mastodon:MastodonStatuses",
    "mastodon-outbox": "crawlers.importing.formats.fediverse.mastodon:MastodonOutbox",
}
"""Name (``--format``) -> where it is."""
