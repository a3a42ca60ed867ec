"""Files of labels, as people's tools write them: CSV of any separator, JSON lines, JSON; gzip too.

A row names a post (``id``) or brings its ``text``, and has a ``label``, perhaps a ``coder`` and a
``language``. Columns are recognised by their names, and the mapping is said. Several labels of one
post stand in a cell, split by ``|``, or in a JSON list.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.core.errors import ConfigError, unread_reason
from tocsin.core.files import decode_text
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace, fold

ROLES = ("id", "text", "label", "coder", "language")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "post_id", "tweet_id", "status_id", "document_id", "doc_id", "identifiant",
           "post id", "tweet id", "id_str", "message_id"),
    "text": ("text", "texte", "tweet", "full_text", "message", "content", "contenu", "body",
             "sentence", "phrase", "post", "tweet_text", "document", "comment", "commentaire"),
    "label": ("label", "labels", "class", "classe", "category", "categorie", "tag", "tags", "code",
              "annotation", "etiquette", "gold", "gold_label", "target", "y", "sentiment", "stance",
              "polarity", "polarite", "topic", "theme", "technique", "techniques", "annotations"),
    "coder": ("coder", "coder_id", "annotator", "annotator_id", "annotateur", "codeur", "rater",
              "annotatrice", "codeuse", "worker", "worker_id"),
    "language": ("language", "lang", "langue", "language_code"),
}  # fmt: skip
"""Role -> the folded names that columns of it have, the likeliest first."""
MAX_BYTES = 500_000_000
MAX_TEXT, MAX_LABEL = 4_000, 80
MAX_CLASSES = 200
MAX_NAMED = 10
"""Faulty rows that are named, at most."""
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One judgement: ``number`` is that of the row in the file, headers not counted."""

    number: int
    id: str
    text: str
    labels: tuple[str, ...]
    coder: str
    language: str


@dataclass(frozen=True, slots=True)
class LabelFile:
    """What a file says, how its columns were read, and the rows that could not be."""

    rows: list[LabelRow]
    columns: Mapping[str, str]
    several: bool
    faults: list[Message]
    faulty: int
    sha256: str


def read_labels(path: Path, task: str, given: Mapping[str, str] | None = None) -> LabelFile:
    """Read a file of labels.

    Args:
        path: the file.
        task: a column of this name is the likeliest to hold the labels.
        given: role -> column, where a person says so.

    Raises:
        ConfigError: the file cannot be read, has no column of labels, or neither ids nor texts.
    """
    data = _bytes(path)
    records = list(_records(path, data))
    names = list(dict.fromkeys(name for record in records[:1000] for name in record))
    if not records:
        raise ConfigError(Message("tags.file.empty", {"path": str(path)}))
    columns = _columns(path, names, task, given or {})
    several = any(_is_list(record.get(columns["label"])) for record in records)
    rows: list[LabelRow] = []
    faults: list[Message] = []
    faulty = 0
    for number, record in enumerate(records, start=1):
        row, fault = _row(number, record, columns, several)
        if row is not None:
            rows.append(row)
            continue
        faulty += 1
        if len(faults) < MAX_NAMED and fault:
            faults.append(Message("tags.file.row", {"row": number, "why": fault}))
    classes = Counter(label for row in rows for label in row.labels)
    if len(classes) > MAX_CLASSES:
        said = {"column": columns["label"], "n": len(classes), "most": MAX_CLASSES}
        raise ConfigError(Message("tags.file.many_classes", said))
    return LabelFile(rows, columns, several, faults, faulty, hashlib.sha256(data).hexdigest())


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if data[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(data)) as unpacked:
                data = unpacked.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        what = {
            "path": str(path),
            "error": unread_reason(error),
        }
        raise ConfigError(Message("tags.file.unreadable", what)) from None
    if len(data) > MAX_BYTES:
        said = {"path": str(path), "error": f"> {MAX_BYTES} bytes"}
        raise ConfigError(Message("tags.file.unreadable", said))
    return data


def _records(path: Path, data: bytes) -> Iterator[Mapping[str, Any]]:
    text = decode_text(data)
    start = text.lstrip()[:1]
    try:
        if start == "[":
            yield from (record for record in json.loads(text) if isinstance(record, dict))
        elif start == "{":
            lines = (line for line in text.split("\n") if line.strip())
            yield from (record for line in lines if isinstance(record := json.loads(line), dict))
        else:
            head = text.split("\n", 1)[0]
            separator = max(_SEPARATORS, key=head.count)
            csv.field_size_limit(10_000_000)
            for record in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator):
                yield {name: value for name, value in record.items() if name}
    except (json.JSONDecodeError, csv.Error, RecursionError) as error:
        what = {"path": str(path), "error": str(error)}
        raise ConfigError(Message("tags.file.unreadable", what)) from None


def _columns(
    path: Path, names: Sequence[str], task: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Role -> column."""
    for role, column in given.items():
        if role not in ROLES or column not in names:
            said = {"role": role, "column": column, "columns": list(names), "roles": list(ROLES)}
            raise ConfigError(Message("tags.file.no_such_column", said))
    columns = dict(given)
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(fold(collapse_whitespace(str(name))), name)
    for role in ROLES:
        wanted = ((fold(task),) if role == "label" else ()) + _NAMES[role]
        taken = set(columns.values())
        found = next((folded[n] for n in wanted if n in folded and folded[n] not in taken), None)
        if role not in columns and found is not None:
            columns[role] = found
    missing = None
    if "label" not in columns:
        missing = "tags.file.no_label"
    elif "id" not in columns and "text" not in columns:
        missing = "tags.file.no_post"
    if missing:
        raise ConfigError(Message(missing, {"path": str(path), "columns": list(names)}))
    return columns


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, str) and "|" in value)


def _row(
    number: int, record: Mapping[str, Any], columns: Mapping[str, str], several: bool
) -> tuple[LabelRow | None, Message | None]:
    """A row, or why it is none."""

    def cell(role: str, limit: int) -> str:
        value = record.get(columns.get(role, ""))
        return "" if value is None else clean(str(value), limit).strip()

    id_, text = cell("id", 300), cell("text", MAX_TEXT)
    if not id_ and not text:
        return None, Message("tags.file.no_id_or_text")
    value = record.get(columns["label"])
    parts = value if isinstance(value, list) else [value]
    if several and isinstance(value, str):
        parts = value.split("|")
    said = [
        collapse_whitespace(clean(str(part), 10 * MAX_LABEL)) for part in parts if part is not None
    ]
    labels = tuple(dict.fromkeys(label for label in said if label))
    if not labels and not several:
        return None, Message("tags.file.empty_label")
    if long := next((label for label in labels if len(label) > MAX_LABEL), None):
        return None, Message("tags.file.long_label", {"label": long[:MAX_LABEL], "most": MAX_LABEL})
    row = LabelRow(number, id_, text, labels, cell("coder", 100), iso_code(cell("language", 40)))
    return row, None


def iso_code(language: str) -> str:
    """ISO 639 code of a language, however it is written; empty where it is none."""
    written = language.strip().lower().split("-")[0].split("_")[0]
    if not written or (len(written) == 2 and written.isascii() and written.isalpha()):
        return written
    import langcodes

    for spoken in ("en", "fr"):
        try:
            found = langcodes.find(written, language=spoken)
        except LookupError:
            continue
        return str(found.language or "")
    return ""
