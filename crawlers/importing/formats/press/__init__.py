"""Exports of news data bases and web archives."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
