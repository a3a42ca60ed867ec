"""Spreadsheets of listening suites."""

PROFILES: dict[str, str] = {}
"""Name (``--format``) -> where it is."""
