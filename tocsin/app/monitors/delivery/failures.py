"""Why something was not sent, in words and without the address, which is secret."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message

_MEANS = {
    401: "forbidden", 403: "forbidden", 404: "not_there", 410: "not_there", 413: "too_long",
    429: "too_many",
}  # fmt: skip


def status_message(status: int) -> Message:
    """What an HTTP status other than 2xx means for who set up the channel (RFC 9110, RFC 6585)."""
    name = "their_fault" if status >= 500 else _MEANS.get(status, "status")
    return Message(f"monitor.send.{name}", {"status": status})


def failure(error: BaseException) -> str | Message:
    """Why something was not sent, without an address in it."""
    sentence = getattr(error, "message", None)
    if isinstance(error, TocsinError) and isinstance(sentence, (Message, str)):
        return sentence
    if isinstance(error, smtplib.SMTPException):
        return _of_mail(error)
    for cause in _causes(error):
        if name := _of_connection(cause):
            return Message(f"monitor.send.{name}")
    return Message("monitor.send.failed", {"kind": type(error).__name__})


def _of_mail(error: smtplib.SMTPException) -> Message:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Message("monitor.send.mail_login")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted(code for code, _ in error.recipients.values())
        return Message("monitor.send.mail_refused", {"status": codes[0] if codes else 550})
    if isinstance(error, smtplib.SMTPResponseException):
        return Message("monitor.send.mail_refused", {"status": error.smtp_code})
    return Message("monitor.send.failed", {"kind": type(error).__name__})


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from; libraries also keep that among their arguments."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < 20:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _of_connection(error: BaseException) -> str | None:
    """The name of what happened to a connection; urllib3's errors are told by their names."""
    kind = type(error).__name__
    if isinstance(error, TimeoutError) or kind in ("ReadTimeout", "ReadTimeoutError"):
        return "no_answer"
    if kind in ("ConnectTimeout", "ConnectTimeoutError") or isinstance(
        error, ConnectionRefusedError
    ):
        return "unreachable"
    if isinstance(error, socket.gaierror) or kind == "NameResolutionError":
        return "unknown_host"
    if isinstance(error, ssl.SSLError) or kind == "SSLError":
        return "certificate"
    if isinstance(error, ConnectionError) or kind == "RemoteDisconnected":
        return "cut_off"
    return None


@dataclass
class LoggedFailure:
    """What servers answered, in order, and what a connection broke off with."""

    statuses: list[int] = field(default_factory=list)
    error: Exception | None = None

    def why(self) -> Message | str:
        """The reason for which a library that says only yes or no said no."""
        if self.error is not None:
            return failure(self.error)
        refused = [status for status in self.statuses if not 200 <= status < 300]
        return status_message(refused[0]) if refused else Message("monitor.send.chat")


_logged: ContextVar[LoggedFailure | None] = ContextVar("alerts_heard", default=None)
_lock = RLock()


@contextmanager
def capture_failure() -> Iterator[LoggedFailure]:
    """Note what this thread's requests are answered, since Apprise keeps that to itself."""
    import requests

    with _lock:
        original = requests.Session.send

        def noted(self: Any, request: Any, **named: Any) -> Any:
            logged = _logged.get()
            try:
                answer = original(self, request, **named)
            except Exception as error:
                if logged is not None:
                    logged.error = error
                raise
            if logged is not None:
                logged.statuses.append(answer.status_code)
            return answer

        requests.Session.send = noted  # type: ignore[method-assign]
        token = _logged.set(LoggedFailure())
        try:
            found = _logged.get()
            assert found is not None
            yield found
        finally:
            _logged.reset(token)
            requests.Session.send = original  # type: ignore[method-assign]
