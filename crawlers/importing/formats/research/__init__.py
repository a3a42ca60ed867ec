"""Exports of research tools that collect several platforms."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
