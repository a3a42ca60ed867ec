"""Asking a busy store again."""

from __future__ import annotations

from collections.abc import Callable
from time import sleep
from typing import TypeVar

from tocsin.core.errors import Abort, Retry

T = TypeVar("T")
TRIES = 6


def patiently(call: Callable[[], T], meanwhile: str) -> T:
    """What the call gives; a store that asks to be asked again is, five more times, longer and longer apart.

    Raises:
        Abort: it was busy every time; ``meanwhile`` says what becomes of the work.
    """
    for attempt in range(TRIES):
        try:
            return call()
        except Retry as error:
            if attempt == TRIES - 1:
                raise Abort(f"{error}; {meanwhile}") from None
            sleep(min(error.after * 2**attempt, 30))
    raise AssertionError
