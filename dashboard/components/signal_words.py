"""What coordination signals are called: they describe themselves in what a run tested.

No screen keeps a list of signals. One that a plug-in brings has its words, and how its objects are
shown, from its own `tocsin.core.findings.SignalDescription`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.findings import Evidence, Tested
from tocsin.core.language.words import Words
from tocsin.core.shared_objects import describe_signal, in_one_step, within_one_step


@dataclass(frozen=True)
class SignalWords:
    """The words of the signals that a run tested, in one language."""

    tested: Tested | None
    words: Words

    def nearness(self, evidence: Evidence) -> str:
        """``closest two posts: 8 s apart``, or that they are in the same minute."""
        if (near := in_one_step(evidence, self.tested)) is not None:
            return self.words("drawer.near", span=self.words.say(near))
        span = self.apart(evidence.seconds_apart or 0.0, evidence.step_seconds)
        return self.words("drawer.apart", span=span)

    def label(self, signal: str) -> str:
        """What accounts shared, ``reposts of the same posts``, or did, as the signal says it."""
        if self.words.has(f"signal.{signal}"):
            return self.words(f"signal.{signal}")
        return self.words.say(describe_signal(self.tested, signal).label)

    def count(self, signal: str, n: int) -> str:
        """Counted objects of a signal: ``7 pages``."""
        return self.words.say(describe_signal(self.tested, signal).objects.filled(n=n))

    def apart(self, seconds: float, step: float | None = None) -> str:
        """How near in time two posts are, no finer than their times, written in a step of seconds:
        ``8 s``."""
        less = within_one_step(seconds, self.tested, step)
        return self.words.duration(seconds) if less is None else self.words.say(less)

    def object_kind(self, signal: str) -> str:
        """How an object of the signal is shown; empty where the run did not say."""
        return describe_signal(self.tested, signal).object_kind
