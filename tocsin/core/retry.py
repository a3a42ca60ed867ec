"""Calling a busy store again, a bounded number of times.

Ours rather than tenacity: the error itself says how long to wait, so the waiting rule would be ours
there too, and the loop is all that is left.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from time import sleep
from typing import TypeVar

from tocsin.core.errors import Abort, Retry
from tocsin.core.messages import Message

T = TypeVar("T")
JITTER = 0.25
"""Waits are longer by up to this share: callers that failed together do not return together."""
RESUMES = "the same command goes on from here"


def retry(
    call: Callable[[], T], *, tries: int = 5, longest: float = 30.0, then: str = RESUMES
) -> T:
    """What the call returns; it is called again when it raises `Retry`.

    The wait is what the error asks for, times the number of the attempt, with jitter.

    Args:
        tries: how often it is called altogether.
        longest: seconds that one wait may last.
        then: what becomes of the work when the tries are used up; the end of the error's sentence.

    Raises:
        Abort: it raised `Retry` every time.
    """
    for attempt in itertools.count(1):
        try:
            return call()
        except Retry as error:
            if attempt >= tries:
                raise Abort(
                    Message("fault.retry.gave_up", {"error": error.message, "then": then})
                ) from None
            wait = error.after * attempt * random.uniform(1, 1 + JITTER)  # noqa: S311
            sleep(min(wait, longest))
    raise AssertionError("unreachable")
