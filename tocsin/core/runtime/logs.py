"""Logs go to stderr, one line an event, with passwords, keys and tokens blacked out."""

from __future__ import annotations

import logging
import re
import sys

_SECRETS = re.compile(
    r"(?i)(authorization:\s*(?:basic|bearer|apikey)\s+|(?:password|passwd|api[_-]?key|token|secret)[\"']?\s*[=:]\s*[\"']?"
    r"|://[^/\s:@]+:(?=[^/\s@]+@))([^\s\"'@&,;]+)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def redact(text: str) -> str:
    """The text with secrets replaced by stars and control characters (escape sequences) removed."""
    return _CONTROL.sub("", _SECRETS.sub(r"\1***", text))


class RedactingFormatter(logging.Formatter):
    """Formats, then redacts."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(level: str = "warning") -> None:
    """Send the log of all packages to stderr. Idempotent."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    if not any(isinstance(h.formatter, RedactingFormatter) for h in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
