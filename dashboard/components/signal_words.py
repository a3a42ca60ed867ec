"""What coordination signals are called: they describe themselves in what a run tested.

No screen keeps a list of signals. One that a plug-in brings has its words, and how its objects are
shown, from its own `tocsin.core.findings.SignalDescription`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.findings import Tested
from tocsin.core.language.words import Words
from tocsin.core.shared_objects import describe_signal, within_one_step


@dataclass(frozen=True)
class SignalWords:
    """The words of the signals that a run tested, in one language."""

    tested: Tested | None
    words: Words

    def label(self, signal: str) -> str:
        """What accounts shared, ``reposts of the same posts``, or did, as the signal says it."""
        if self.words.has(f"signal.{signal}"):
            return self.words(f"signal.{signal}")
        return self.words.say(describe_signal(self.tested, signal).label)

    def count(self, signal: str, n: int) -> str:
        """Counted objects of a signal: ``7 pages``."""
        return self.words.say(describe_signal(self.tested, signal).objects.filled(n=n))

    def apart(self, seconds: float) -> str:
        """How near in time two posts are, no finer than the run's times: ``8 s``."""
        less = within_one_step(seconds, self.tested)
        return self.words.duration(seconds) if less is None else self.words.say(less)

    def object_kind(self, signal: str) -> str:
        """How an object of the signal is shown; empty where the run did not say."""
        return describe_signal(self.tested, signal).object_kind
