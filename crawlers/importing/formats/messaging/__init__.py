"""Exports of messengers."""

PROFILES: dict[str, str] = {
    "telegram": "crawlers.importing.formats.messaging.telegram:TelegramDesktop",
}
"""Name (``--format``) -> where it is."""
