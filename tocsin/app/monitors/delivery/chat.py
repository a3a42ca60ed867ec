"""Alerts to chats by Apprise: Slack, Teams, Mattermost, Matrix, ntfy and what else it knows."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tocsin.app.monitors.delivery.guard import guarded
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.messages import Message
from tocsin.core.settings import AlertSettings

_LOCAL = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "growl"})
"""Schemes of Apprise that speak to this machine's desktop or log, never to a person elsewhere."""
NEUTRAL = str.maketrans(
    {"@": "@\u200b", "<": "‹", ">": "›", "`": "ˋ", "]": "]\u200b", "*": "∗", "_": "_\u200b"}
)
"""Signs by which a chat would call people or make links of what strangers wrote, made harmless."""
_QUOTING = ("headline", "title", "said", "origin_said")

_CALLING = ("@", "<", ">", "`", "](")


def quieted(documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Alerts that call nobody and link to nothing but the screens, whatever they quote.

    A command in which a chat would find such a sign is left out: changed, it would find other
    posts. The address of the screens opens the same ones.
    """
    return [
        {
            **one,
            **{name: one[name].translate(NEUTRAL) for name in _QUOTING},
            "explanations": [said.translate(NEUTRAL) for said in one["explanations"]],
            "command": "" if any(sign in one["command"] for sign in _CALLING) else one["command"],
        }
        for one in documents
    ]


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
