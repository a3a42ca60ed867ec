"""Exports of Mastodon and Bluesky."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
