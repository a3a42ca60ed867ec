"""What alerts may reach: every address that a connection is really made to is checked first.

The check sits where names become addresses, so that it holds for mail, webhooks and whatever
Apprise does, redirects included, and leaves no gap for a name that means another address later.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any

from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message

_guarded: ContextVar[bool] = ContextVar("alerts_guarded", default=False)
_lock = RLock()


class Refused(TocsinError):
    """An alert must not go there: a setting has to be changed first."""


@contextmanager
def guarded(allow_private: bool) -> Iterator[list[str]]:
    """Inside the block this thread connects to public addresses alone, unless others are allowed.

    Gives the hosts that were refused, since a library may hide the error that it got.

    Raises:
        Refused: the block failed, or went on, with a host refused.
    """
    refused: list[str] = []
    if allow_private:
        yield refused
        return
    from crawlers.fetch.guard import address_refusal

    with _lock:
        original = socket.getaddrinfo

        def checked(host: Any, *arguments: Any, **named: Any) -> Any:
            rows = original(host, *arguments, **named)
            if not _guarded.get():
                return rows
            public = [row for row in rows if address_refusal(str(row[4][0])) is None]
            if not public:
                name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
                refused.append(name)
                raise socket.gaierror(socket.EAI_NONAME, "refused: not a public address")
            return public

        socket.getaddrinfo = checked
        token = _guarded.set(True)
        try:
            yield refused
        except Exception:
            if not refused:
                raise
        finally:
            _guarded.reset(token)
            socket.getaddrinfo = original
    if refused:
        raise Refused(Message("monitor.send.private", {"host": refused[0][:200]}))
