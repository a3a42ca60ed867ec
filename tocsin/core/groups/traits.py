"""What is published of a group beside what its accounts did."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """How far the accounts of a group are alike apart from what they did: supporting evidence.

    ``kind`` is created, name, bio or hours. ``n`` of ``of`` accounts whose trait is known agree;
    ``share`` of the ``others`` do so (of hours: how close random groups are). ``agrees`` says that
    they do beyond chance, ``innocent`` why that may be so all the same. Nothing here names a date,
    a name or a text.
    """

    kind: str
    agrees: bool
    n: int
    of: int
    others: int
    share: float
    p_value: float
    q_value: float
    because: Message
    label: Message
    innocent: Message
