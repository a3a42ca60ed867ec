"""Exports of Facebook, Instagram and Threads."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
