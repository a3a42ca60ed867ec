"""The first rows of a file, which columns are fitted to, and rows that are looked at ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

from crawlers.importing.formats.base import Item, RejectedRow, Row
from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

SAMPLE_ROWS = 1_000
SAMPLE_CHARACTERS = 4_000_000


def take_sample(items: Iterator[Item], number: int = SAMPLE_ROWS) -> list[Item]:
    """Up to so many items, of bounded size together."""
    sample, size = [], 0
    for item in islice(items, number):
        sample.append(item)
        size += len(str(item))
        if size > SAMPLE_CHARACTERS:
            break
    return sample


class LookaheadRows:
    """First the sample, which is let go then, and the rest; one may look at what comes next."""

    def __init__(self, sample: list[Item], items: Iterator[Item]) -> None:
        self._waiting = deque(sample)
        sample.clear()
        self._items = items

    def __iter__(self) -> Iterator[Item]:
        waiting = self._waiting
        while True:
            while waiting:
                yield waiting.popleft()
            for item in self._items:
                yield item
                if waiting:
                    break
            else:
                return

    def look(self, number: int) -> list[Item]:
        """Up to so many items that come next, of bounded size together."""
        missing = number - len(self._waiting)
        if missing > 0:
            self._waiting.extend(take_sample(self._items, missing))
        return list(islice(self._waiting, number))


def guarded_rows(items: Iterator[Item], name: str) -> Iterator[Item]:
    """The importer's rows; where it raises, the file ends with a row that says so."""
    line = 0
    try:
        for item in items:
            line = item.line
            if type(item) is Row and not isinstance(item.values, dict):
                raise TypeError(f"the values of a row are a dict, not {type(item.values).__name__}")
            yield item
    except (TocsinError, OSError, MemoryError):
        raise
    except Exception as error:  # what an importer raises on a damaged file is not foreseeable
        told = {"importer": name, "error": describe(error)}
        reason = Message("reading.importer_failed", told)
        yield RejectedRow(line + 1, reason, is_defect=True)


def describe(error: Exception) -> str:
    """An error of code that is not foreseen, in a few words."""
    words = f"{type(error).__name__}: {collapse_whitespace(clean(str(error), 200))}"
    return words.removesuffix(": ")
