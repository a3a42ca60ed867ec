"""Alerts by mail: a text and its HTML twin. Nothing from outside is a header or markup."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

from graph.exports.escaping import one_line
from tocsin.app.monitors.delivery.guard import guarded
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.settings import AlertSettings

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+")
MAX_SUBJECT = 180


def recipients(text: str) -> list[str]:
    """The addresses of ``mailto:a@x,b@y``. Raises ConfigError."""
    found = [part.strip() for part in text.removeprefix("mailto:").split(",")]
    if not found or not all(_ADDRESS.fullmatch(one) and len(one) < 255 for one in found):
        raise ConfigError(Message("monitor.send.no_recipient"))
    return found


def check_settings(settings: AlertSettings) -> None:
    """Raise ConfigError where mail cannot be sent with these."""
    if not settings.smtp_host:
        raise ConfigError(Message("monitor.send.no_smtp"))
    if not _ADDRESS.fullmatch(parseaddr(settings.mail_from)[1]):
        raise ConfigError(Message("monitor.send.no_sender"))


def compose(
    settings: AlertSettings, to: list[str], subject: str, text: str, page: str, name: str = ""
) -> EmailMessage:
    """A mail; its subject is one line whatever stands in it.

    ``name`` makes its Message-ID: the same mail that is sent again, since an answer was lost, is
    shown once by servers and programs that look at it.
    """
    mail = EmailMessage()
    mail["Subject"] = one_line(subject, MAX_SUBJECT)
    mail["From"] = one_line(settings.mail_from, 300)
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate()
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{name}@{domain}>" if name else make_msgid(domain=domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    mail.add_alternative(page, subtype="html")
    return mail


def send(settings: AlertSettings, mail: EmailMessage) -> None:
    """Hand a mail to the server. Raises OSError, smtplib.SMTPException, Refused."""
    with guarded(settings.allow_private), _connect(settings) as server:
        if settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_username:
            server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        server.send_message(mail)


def _connect(settings: AlertSettings) -> smtplib.SMTP:
    place = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*place, timeout=settings.timeout, context=context)
    return smtplib.SMTP(*place, timeout=settings.timeout)
