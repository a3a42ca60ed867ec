"""Marks of analysts as labels for training and audits, with the precision that they measure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.coordination.labels import label_rows, measured_precision
from index.privacy import pseudonyms

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

_OTHERS = ("signal:", "narrative:")


def write_labels(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """Write ``{"measured": {...}, "labels": [...]}``: one label for each marked cluster, structure
    or account.

    Labels are sorted by subject.
    """
    account_names = pseudonyms(workspace, index)
    clusters = (*index.findings("cluster"), *index.findings("structure"))
    # what is said of weak signals and narratives is no label of a group or account
    marks = {key: row for key, row in index.marks().items() if not key.startswith(_OTHERS)}
    labels = [_with_pseudonym(row, account_names) for row in label_rows(clusters, marks)]
    document = {"measured": measured_precision(clusters, marks), "labels": labels}
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", errors="replace")
    return {"labels": len(labels)}


def _with_pseudonym(row: dict[str, Any], account_names: Pseudonyms) -> dict[str, Any]:
    if row["kind"] != "account":
        return account_names.hide(row)
    return account_names.hide(row) | {"subject": account_names.account(row["subject"])}
