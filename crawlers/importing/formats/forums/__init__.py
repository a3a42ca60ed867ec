"""Exports of Reddit and boards."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
