"""Exports of Mastodon and Bluesky."""

PROFILES: dict[str, str] = {
    "bluesky": "crawlers.importing.formats.fediverse.bluesky:BlueskyPosts",
    "bluesky-answers": "crawlers.importing.formats.fediverse.bluesky:BlueskyAnswers",
    "bluesky-jetstream": "crawlers.importing.formats.fediverse.bluesky:Jetstream",
    "bluesky-repository": (
        "crawlers.importing.formats.fediverse.bluesky_repository:BlueskyRepository"
    ),
    "mastodon": "crawlers.importing.formats.fediverse.mastodon:MastodonStatuses",
    "mastodon-answers": "crawlers.importing.formats.fediverse.mastodon:MastodonAnswers",
    "mastodon-outbox": "crawlers.importing.formats.fediverse.mastodon:MastodonOutbox",
}
"""Name (``--format``) -> where it is."""
