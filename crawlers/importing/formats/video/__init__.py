"""Exports of YouTube and TikTok."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
