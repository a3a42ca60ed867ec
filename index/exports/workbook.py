"""All tables as one workbook (XLSX), for spreadsheets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from index.exports.about import notes_about
from index.exports.csv_tables import all_tables
from index.exports.tables import write_workbook
from index.privacy import pseudonyms
from tocsin.core.language.words import Words, terminal_language
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace


def write_xlsx(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """Write a workbook of the tables of `index.exports.csv_tables`, a sheet each.

    Returns:
        table -> rows, and ``texts_cut``, where a cell could not hold its text.
    """
    people = pseudonyms(workspace, index)
    words = Words(terminal_language(workspace.settings.language, os.environ))
    about = workbook_facts(index, people, words)
    written, cut = write_workbook(path, all_tables(index, people), about)
    return written | ({"texts_cut": cut} if cut else {})


def workbook_facts(index: Index, people: Pseudonyms, words: Words) -> list[tuple[str, str]]:
    """The rows of the sheet ``About``: names and sentences."""
    notes = [*notes_about(index, people.enabled), Message("export.note.workbook")]
    return [("Tocsin", ""), *(("", words.say(note)) for note in notes)]
