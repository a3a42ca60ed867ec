"""Alerts to chats by Apprise: Slack, Teams, Mattermost, Matrix, ntfy and what else it knows."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tocsin.app.monitors.delivery.guard import guarded
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.messages import Message
from tocsin.core.settings import AlertSettings

_LOCAL = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "growl"})
"""Schemes of Apprise that speak to this machine's desktop or log, never to a person elsewhere."""
NEUTRAL = str.maketrans({"@": "@\u200b", "<": "‹", ">": "›", "`": "ˋ", "*": "∗", "_": "_\u200b"})
"""Signs by which a chat would call people or make links of what strangers wrote, made harmless."""


def service(address: str, timeout: float) -> Any:
    """What Apprise makes of an address. Raises ConfigError, which does not show it."""
    scheme = address.partition(":")[0].lower()
    made = None
    if scheme not in _LOCAL:
        with _quiet():
            import apprise

            asset = apprise.AppriseAsset(app_id="Tocsin", app_desc="Tocsin", app_url="")
            made = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if made is None or isinstance(made, list):
        raise ConfigError(Message("monitor.send.not_understood", {"scheme": scheme[:20]}))
    made.socket_connect_timeout = min(timeout, 10.0)
    made.socket_read_timeout = timeout
    return made


def send(settings: AlertSettings, address: str, title: str, text: str) -> None:
    """Tell a chat. Raises TocsinError where it was not taken."""
    made = service(address, settings.timeout)
    with guarded(settings.allow_private), _quiet():
        import apprise

        done = made.notify(
            body=text,
            title=title,
            notify_type=apprise.NotifyType.WARNING,
            body_format=apprise.NotifyFormat.TEXT,
        )
    if not done:
        raise TocsinError(Message("monitor.send.chat"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Apprise's log names addresses, which are secret, and it loads all plug-ins, old ones too."""
    log = logging.getLogger("apprise")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        log.disabled = before
