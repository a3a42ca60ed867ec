"""The report of a workspace: what was found, in Markdown that a reader can check and publish from.

Sections in order: in short, the data, the method (from the parameters that the findings carry), the
false accounts to expect, the groups (flagged, then explained) and the pairs, stars and chains with
their posts, narratives, weak signals, influence, caveats, literature. What strangers wrote stands
in code spans (`graph.exports.escaping`); the same data gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from graph.exports.report_calibration import calibration_section
from graph.exports.report_data import ReportData, read_report_data
from graph.exports.report_groups import explained_groups_section, flagged_groups_section
from graph.exports.report_method import literature_section, method_section
from graph.exports.report_sections import (
    MAX_NARRATIVES,
    MAX_SIGNALS,
    caveats_section,
    data_section,
    expected_false_section,
    influence_section,
    narratives_section,
    summary_section,
    weak_signals_section,
)
from graph.exports.report_structures import structures_section

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

SECTIONS: tuple[Callable[[ReportData], Iterator[str]], ...] = (
    summary_section,
    data_section,
    method_section,
    expected_false_section,
    calibration_section,
    flagged_groups_section,
    explained_groups_section,
    structures_section,
    narratives_section,
    weak_signals_section,
    influence_section,
    caveats_section,
    literature_section,
)
"""In their order; each gives blocks of Markdown."""


def write_report(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """The report of the workspace as Markdown, in the language that its settings say.

    Raises:
        ConfigError: there is no analysis yet.
    """
    data = read_report_data(index, workspace)
    blocks = [block for section in SECTIONS for block in section(data) if block]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return {
        "groups": len(data.results.reported),
        "structures": len(data.structures),
        "narratives": min(len(data.narratives), MAX_NARRATIVES),
        "signals": min(len(data.signals), MAX_SIGNALS),
        "posts": len(data.documents),
    }
