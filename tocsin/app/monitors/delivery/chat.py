"""Alerts to chats by Apprise: Slack, Teams, Mattermost, Matrix, ntfy and what else it knows."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tocsin.app.monitors.delivery.failures import capture_failure
from tocsin.app.monitors.delivery.guard import guarded
from tocsin.app.monitors.delivery.shapes import ChatText, fit_to_limit, shape_of
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.language.words import Words
from tocsin.core.messages import Message, plain
from tocsin.core.settings import AlertSettings

_LOCAL = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "growl"})
"""Schemes of Apprise that speak to this machine's desktop or log, never to a person elsewhere."""
_BREAK = "\u200b"
NEUTRAL = str.maketrans(
    {"<": "‹", ">": "›", "`": "ˋ", "*": "∗", **{sign: sign + _BREAK for sign in "@]_#~|\\"}}
)
"""Signs by which a chat would call people or make marks of what strangers wrote, made harmless."""
_ADDRESS = re.compile(r"(?<=\w)[.:。．｡](?=[^\W\d_]|//)")
"""Where chats find addresses in plain text: ``scheme://``, ``host.name``, ``mailto:name``."""
_QUOTING = ("headline", "title", "said", "origin_said")

_CALLING = ("@", "<", ">", "`", "](", "://", "www.", "mailto:")


def neutralise_mentions(documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Alerts that call nobody and link to nothing but the screens, whatever they quote.

    A command in which a chat would find such a sign is left out: changed, it would find other
    posts. The address of the screens opens the same ones.
    """
    return [
        {
            **one,
            **{name: _quiet_text(one[name]) for name in _QUOTING},
            "explanations": [_quiet_text(said) for said in one["explanations"]],
            "command": "" if any(sign in one["command"] for sign in _CALLING) else one["command"],
        }
        for one in documents
    ]


def _quiet_text(text: str) -> str:
    return _ADDRESS.sub(lambda found: found[0] + _BREAK, text.translate(NEUTRAL))


def service(address: str, timeout: float) -> Any:
    """What Apprise makes of an address. Raises ConfigError, which does not show it."""
    scheme = address.partition(":")[0].lower()
    made = None
    if scheme not in _LOCAL:
        with _quiet():
            import apprise

            # No pictures: readers' programs would fetch them from a third party.
            asset = apprise.AppriseAsset(
                app_id="Tocsin", app_desc="Tocsin", app_url="", image_url_mask="", image_url_logo=""
            )
            made = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if made is None or isinstance(made, list):
        raise ConfigError(Message("monitor.send.not_understood", {"scheme": scheme[:20]}))
    made.socket_connect_timeout = min(timeout, 10.0)
    made.socket_read_timeout = timeout
    return _without_waits(made)


def _without_waits(made: Any) -> Any:
    """A server that asks to wait is tried again in a later round: nobody else waits for it."""
    throttle = made.throttle

    def throttled(last_io: Any = None, wait: float | None = None) -> None:
        if wait is None:
            throttle(last_io)

    made.throttle = throttled
    if hasattr(made, "default_retries"):
        made.default_retries = 1
    return made


def written(
    settings: AlertSettings, address: str, documents: Sequence[Mapping[str, Any]], words: Words
) -> ChatText:
    """The first of these alerts, as many as one message of this chat holds. Raises ConfigError."""
    shape = shape_of(service(address, settings.timeout))
    return fit_to_limit(shape, neutralise_mentions(documents), words)


def send(settings: AlertSettings, address: str, text: ChatText, name: str) -> None:
    """Tell a chat. Raises TocsinError, with the reason, where it was not taken.

    Args:
        name: the same whenever the same alerts are sent again.
    """
    made = service(address, settings.timeout)
    _once(made, name)
    with guarded(settings.allow_private), _quiet(), capture_failure() as logged:
        import apprise

        done = made.notify(
            body=text.body,
            title=text.title,
            notify_type=apprise.NotifyType.WARNING,
            body_format=text.format,
        )
    if not done:
        raise TocsinError(plain(logged.why()))


def _once(made: Any, name: str) -> None:
    """Give a message of Matrix its own transaction, so that a server whose answer was lost shows
    it once (Matrix, "Transaction identifiers"); they belong to a token, so not with a password."""
    if type(made).__name__ == "NotifyMatrix" and made.password and not made.user:
        made.access_token, made.transaction_id = made.password, name


@contextmanager
def _quiet() -> Iterator[None]:
    """Apprise's log and warnings name addresses, which are secret; it loads old plug-ins, too."""
    log = logging.getLogger("apprise")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before
