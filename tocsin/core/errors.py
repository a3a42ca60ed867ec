"""Errors say what the runner does next.

::

    TocsinError
    ├── ConfigError          exit 2: wrong use or configuration; nothing was started
    ├── Unreadable           broken input (a torn line, a dead feed): counted, the run goes on
    ├── Retry                try again, bounded and jittered
    ├── Declined             exit 130: a person said no to a question; nothing was done
    └── Abort                exit 3: stop; the same command resumes
        └── Interrupted      a person stopped the run

Messages are one sentence for a person: what, where, and what to do.
"""

from __future__ import annotations

import errno

from tocsin.core.messages import Message

_SYSTEM = frozenset(
    ["ENOENT", "EACCES", "EPERM", "ENOSPC", "EROFS", "EISDIR", "ENOTDIR", "EEXIST", "EBUSY", "EIO",
     "EDQUOT", "ENAMETOOLONG", "EMFILE", "EFBIG", "ENOTEMPTY", "EADDRINUSE", "EADDRNOTAVAIL",
     "ECONNREFUSED", "ETIMEDOUT", "EINVAL"]
)  # fmt: skip
"""What the operating system says that the catalogues know (``system.ENOENT``)."""


def system_reason(error: OSError) -> Message | str:
    """What the operating system says, for a person; in its own words where that is rare."""
    name = errno.errorcode.get(error.errno or 0, "")
    return Message(f"system.{name}") if name in _SYSTEM else error.strerror or str(error)


def unread_reason(error: Exception) -> Message | str:
    """Why a file could not be read, for a person: what the system says, else what its reader says
    (a decoder's "'utf-8' codec can't decode" is the encoding)."""
    if isinstance(error, OSError):
        return system_reason(error)
    return Message("system.not_utf8") if isinstance(error, UnicodeDecodeError) else str(error)


class TocsinError(Exception):
    """Base of all errors that are meant for a person. ``exit_code`` is the command line's.

    ``message`` is the sentence as it was given: a `Message` where it can be said in any language.
    ``str(error)`` is English.
    """

    exit_code = 1

    def __init__(self, message: str | Message = "") -> None:
        super().__init__(str(message))
        self.message = message

    @property
    def located(self) -> str | Message:
        """The sentence with its place, for a command line, which cannot point at it."""
        return self.message


class ConfigError(TocsinError):
    """Wrong use or configuration."""

    exit_code = 2


class Declined(TocsinError):
    """Asked whether to go on, a person did not say yes."""

    exit_code = 130


class Unreadable(TocsinError):
    """This item is left out, because it cannot be read, and counted."""


class Retry(TocsinError):
    """Worth another try after ``after`` seconds."""

    def __init__(self, message: str | Message, *, after: float = 1.0) -> None:
        super().__init__(message)
        self.after = after


class Abort(TocsinError):
    """The run stops; starting the same command again resumes it."""

    exit_code = 3


class Interrupted(Abort):
    """A person stopped the run: nothing is wrong, and nothing is to be tried again."""
