"""What files hold that is no post: service messages, likes, lines of totals."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tocsin.core.language.words import catalogue
from tocsin.core.messages import Message, plain


def left_out_sentence(reasons: Mapping[str, int]) -> Message | None:
    """What was left out and why, the most frequent first; None where nothing was.

    Args:
        reasons: the English reason that an importer gives -> how many records.
    """
    if not reasons:
        return None
    most_first = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    parts = [
        Message("left_out.part", {"reason": _named(reason), "n": n}) for reason, n in most_first
    ]
    return Message("left_out.told", {"parts": parts})


def _named(reason: str) -> Message:
    """A reason in the reader's language; that of a plug-in as it says it."""
    code = f"left_out.reason.{re.sub('[^a-z0-9]+', '_', reason.lower()).strip('_')}"
    return Message(code) if code in catalogue("en") else plain(reason)
