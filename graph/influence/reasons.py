"""Why an account ranks where it does, and what to be careful about, as messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tocsin.core.messages import Message

if TYPE_CHECKING:
    from graph.influence.scores import AccountScore

REPEATED_SUCCESS = 3
"""The h-index from which success counts as repeated."""
ENOUGH_AMPLIFICATIONS = 10
"""Amplifications, or amplifiers, from which it is told that few posts or accounts are behind."""
WAYS = {
    "repost": "influence.way.repost",
    "quote": "influence.way.quote",
    "reply": "influence.way.reply",
    "copy": "influence.way.copy",
}
"""Ways of taking a post up (`graph.influence.amplification.WEIGHTS`), counted in words."""
SMALLEST_SHARE = 0.005
"""A share that would be written as 0 % is not told."""


def reasons_of(score: AccountScore, from_flagged: float, is_flagged: bool) -> Iterator[Message]:
    """Sentences in the order in which they are read.

    Args:
        score: of the account.
        from_flagged: which part of its amplification comes from coordinated accounts.
        is_flagged: whether it is one of them.
    """
    ways = sorted(score.kinds.items(), key=lambda item: (-item[1], item[0]))
    yield Message(
        "influence.taken_up",
        {
            "n": score.reach,
            "posts": Message("posts", {"n": score.posts}),
            "ways": [Message(WAYS[kind], {"n": number}) for kind, number in ways],
        },
    )
    yield Message("influence.one_more_post", {"n": float(f"{score.spread:.3g}")})
    if score.h_index >= REPEATED_SUCCESS:
        yield Message("influence.repeated_success", {"n": score.h_index})
    elif score.amplified >= ENOUGH_AMPLIFICATIONS and score.h_index == 1:
        yield Message("influence.single_posts")
    if score.reach >= ENOUGH_AMPLIFICATIONS and score.half <= score.reach // 10:
        yield Message("influence.few_amplifiers", {"n": score.half})
    if from_flagged >= SMALLEST_SHARE:
        yield Message("influence.from_flagged", {"share": from_flagged})
    if is_flagged:
        yield Message("influence.is_flagged")


def caveats_of(score: AccountScore, unresolved: int) -> Iterator[Message]:
    """What the numbers of an account do not say; ``unresolved``: references to posts not here."""
    if score.kinds.get("copy", 0) * 2 > score.amplified:
        yield Message("influence.mostly_copies")
    if score.kinds.get("reply", 0) * 2 > score.amplified:
        yield Message("influence.mostly_replies")
    if unresolved:
        yield Message("influence.unresolved", {"n": unresolved})
