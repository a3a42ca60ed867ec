"""A case as a file, in each format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.app.cases.content import CaseReport
from tocsin.app.reports.command import FORMATS as WRITERS
from tocsin.core.plugins import resolve

if TYPE_CHECKING:
    from index.cases.record import Case
    from tocsin.app.cases.case_view import CaseView
    from tocsin.core.language.words import Words

SUFFIXES = {
    "html": "html", "pdf": "pdf", "docx": "docx", "xlsx": "xlsx", "zip": "zip", "stix": "stix.json",
}  # fmt: skip
"""Format -> the end of a file's name."""


def export_case(
    view: CaseView, case: Case, format_: str, words: Words, path: Path
) -> dict[str, int]:
    """Write a case to a file; how many pins and posts it holds.

    Raises:
        ConfigError: a library that a format needs is not there.
        OSError: it cannot be written.
    """
    document = view.document(case)
    written = CaseReport(view, document, words)
    if format_ == "zip":
        from tocsin.app.cases.pack import write_pack

        write_pack(written, case, path)
    elif format_ == "stix":
        from tocsin.app.cases.stix import write_case_stix

        write_case_stix(written, path)
    else:
        resolve(WRITERS[format_])(written.report(), path)
    posts = {post["id"] for pin in document["pins"] for post in pin["posts"]}
    return {"pins": len(document["pins"]), "posts": len(posts)}
