"""What a group shares beside what chance would bring, as the readings are given it."""

from __future__ import annotations

from dataclasses import dataclass

CHANCE = 0.01
"""p-value up to which chance alone does not bring so much."""


@dataclass(frozen=True)
class SameHours:
    """What the members of a group share, beside what their hours would bring.

    Attributes:
        met: pairs of their posts with one thing in one hour.
        expected: the same with contents permuted.
        p: how likely so much is by the hours alone.
        attainable: the same if all had met that could meet in an hour: where it is large, nothing
            can be told.
    """

    met: float = 0.0
    expected: float = 0.0
    p: float = 1.0
    attainable: float = 1.0


@dataclass(frozen=True)
class MomentContents:
    """Of the posts of a group, how many carry anything that others could share.

    Attributes:
        posts: the posts.
        carrying: those of them that do.
        expected: the same with contents permuted.
        p: how likely so few are then; 0 where it was not looked at.
    """

    posts: int = 0
    carrying: int = 0
    expected: float = 0.0
    p: float = 0.0

    @property
    def as_usual(self) -> bool:
        """Whether they carry as much as what is posted in the same hours, if that is anything."""
        return self.expected > 0 and self.p > CHANCE


@dataclass(frozen=True)
class SameTimes:
    """What the members of a group share at any time, and how much of it is near.

    Attributes:
        shared: pairs of their posts with one thing, of the signal that says most.
        near: those within the window that says most.
        expected: the same with times permuted.
        p: how likely so many are then, the least over signals and windows.
        attainable: the same if all of them were near: where it is large, nothing can be told.
    """

    shared: float = 0.0
    near: float = 0.0
    expected: float = 0.0
    p: float = 1.0
    attainable: float = 1.0
