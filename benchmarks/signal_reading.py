"""Alerts as people read them: a sheet for two coders, and what their answers say.

`benchmarks.signals --sheet FILE` draws alerts of all streams together, so that each has the same
chance, and writes what a reader of ``tocsin replay`` sees of each, with some of its posts drawn at
random; what the list of events says of them goes to another file (``--key``), which no coder sees.
``--answers FILE FILE`` reads what they wrote: lines of ``number,yes|no,reason``.

Agreement is Krippendorff's alpha over both; precision counts an alert that both call an event, and
stands beside what each coder alone would give, with Wilson's interval of 95 %.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nlp.signals.description import describe_alert, describe_method
from nlp.signals.engine import Alert
from nlp.signals.features import Features
from nlp.tags.metrics import krippendorff_alpha
from nlp.text.corpus import Corpus
from tocsin.core.calibration.intervals import wilson_interval
from tocsin.core.dates import from_milliseconds
from tocsin.core.text import collapse_whitespace, cut_at_word

SHOWN_POSTS, SHOWN_LENGTH, SHOWN_TERMS = 5, 180, 8
SEED = 15
YES, NO = "yes", "no"


class Drawn(NamedTuple):
    """An alert for the sheet, and whether the list of events has it."""

    stream: str
    lines: list[str]
    listed: bool


def readable(
    stream: str,
    corpus: Corpus,
    features: Features,
    alerts: Sequence[Alert],
    listed: set[int],
    tick: Any,
) -> list[Drawn]:
    """Alerts as a reader sees them: day, title, terms, size, and some posts."""
    method = describe_method(tick, 3, None, None, None)
    draw = random.Random(SEED)
    found = []
    for number, alert in enumerate(alerts):
        said = describe_alert(alert, corpus, features, tick=tick, method=method, coordinated=None)
        rows = sorted({int(features.texts[row]): int(row) for row in alert.burst.rows}.values())
        shown = sorted(draw.sample(rows, min(SHOWN_POSTS, len(rows))))
        lines = [
            f"- day: {from_milliseconds(alert.tick - 1):%Y-%m-%d}",
            f"- title: {said.headlines[0].label if said.headlines else '(none)'}",
            f"- terms: {', '.join(said.terms[:SHOWN_TERMS])}",
            f"- {said.posts} posts by {said.authors} accounts; {len(rows)} different texts, of"
            f" which {len(shown)}:",
            *(f"  - {_short(corpus.cell('text', row))}" for row in shown),
        ]
        found.append(Drawn(stream, lines, number in listed))
    return found


def write_sheet(drawn: Sequence[Drawn], size: int, sheet: Path, key: Path) -> None:
    """Draw ``size`` of all alerts, numbered in an order that says nothing."""
    chosen = random.Random(SEED).sample(drawn, min(size, len(drawn)))
    parts = ["# Alerts to be read"]
    for number, alert in enumerate(chosen, 1):
        parts.append("\n".join([f"## {number}", "", *alert.lines]))
    sheet.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    with key.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["number", "stream", "listed"])
        for number, alert in enumerate(chosen, 1):
            writer.writerow([number, alert.stream, YES if alert.listed else NO])


def _short(text: object) -> str:
    return cut_at_word(collapse_whitespace(str(text or "")), SHOWN_LENGTH)


def read_answers(path: Path) -> dict[int, str]:
    """Number -> ``yes`` or ``no``.

    Raises:
        ValueError: a line holds something else, or a number twice.
    """
    answers: dict[int, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line, row in enumerate(csv.reader(stream), 1):
            if not row or not row[0].strip().isdigit():
                continue  # a header, or nothing
            number, answer = int(row[0]), row[1].strip().lower() if len(row) > 1 else ""
            if answer not in (YES, NO) or number in answers:
                raise ValueError(f"{path.name}, line {line}: yes or no, once for each number")
            answers[number] = answer
    return answers


def judge_answers(first: Mapping[int, str], second: Mapping[int, str]) -> dict[str, Any]:
    """Agreement and precision of the alerts that both coders read."""
    numbers = sorted(first.keys() & second.keys())
    both = sum(first[n] == second[n] == YES for n in numbers)
    alpha = krippendorff_alpha([first[n], second[n]] for n in numbers)
    return {
        "read_by_both": len(numbers),
        "alpha": None if alpha is None else round(alpha, 3),
        "agree": sum(first[n] == second[n] for n in numbers),
        "both_say_event": _share(both, len(numbers)),
        "first_says_event": _share(sum(first[n] == YES for n in numbers), len(numbers)),
        "second_says_event": _share(sum(second[n] == YES for n in numbers), len(numbers)),
        "disagree": [n for n in numbers if first[n] != second[n]],
        "both_say_no": [n for n in numbers if first[n] == second[n] == NO],
    }


def _share(part: int, of: int) -> dict[str, Any]:
    low, high = wilson_interval(part, of)
    share = round(part / of, 3) if of else None
    return {"n": part, "share": share, "from": round(low, 3), "to": round(high, 3)}
