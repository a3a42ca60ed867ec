"""The section of the report that says what was measured on this very data set."""

from __future__ import annotations

from collections.abc import Iterator

from graph.exports.report_data import ReportData
from tocsin.core.calibration.sentences import COLUMNS, is_of, rows, summary


def calibration_section(data: ReportData) -> Iterator[str]:
    """Recall of planted campaigns and accounts flagged by chance, or how to have them measured."""
    yield data.say("calibration.heading")
    result = data.calibration
    if result is None:
        yield data.say("calibration.none")
        return
    if not is_of(result, data.results.tested.input_sha256):
        yield data.say("calibration.other_posts")
        return
    yield " ".join(data.words.say(sentence) for sentence in summary(result))
    head = [data.words.say(column) for column in COLUMNS]
    cells = [head, ["---"] * len(head)]
    cells += ([data.words.say(cell) for cell in row] for row in rows(result))
    yield "\n".join(f"| {' | '.join(row)} |" for row in cells)
