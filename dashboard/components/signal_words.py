"""What coordination signals are called: they describe themselves in what a run tested.

No screen keeps a list of signals. One that a plug-in brings has its words, and how its objects are
shown, from its own `tocsin.core.findings.SignalDescription`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.core.findings import SignalDescription, Tested
from tocsin.core.language.words import Words


@dataclass(frozen=True)
class SignalWords:
    """The words of signals in one language. A signal without a description keeps its name."""

    words: Words
    descriptions: Mapping[str, SignalDescription]

    @classmethod
    def of(cls, tested: Tested | None, words: Words) -> SignalWords:
        """The words of the signals that a run tested."""
        described = tested.described if tested else ()
        return cls(words, {description.name: description for description in described})

    def label(self, signal: str) -> str:
        """What accounts did: ``reposts of the same posts``."""
        if description := self.descriptions.get(signal):
            return self.words.say(description.label)
        return self.words.known("signal", signal)

    def count(self, signal: str, n: int) -> str:
        """Counted objects of a signal: ``7 pages``."""
        if description := self.descriptions.get(signal):
            return self.words.say(description.objects.filled(n=n))
        if self.words.has(f"object.{signal}.one"):
            return self.words.n(f"object.{signal}", n)
        return f"{self.words.number(n)} {self.label(signal)}"

    def object_kind(self, signal: str) -> str | None:
        """How an object of the signal is shown, None where the run did not say."""
        description = self.descriptions.get(signal)
        return description.object_kind if description else None
