"""The loss report of a file that a run keeps, with examples as they may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawlers.importing.file_reader import FileReader, ImportOptions
from crawlers.importing.fill_counts import FillCounts
from crawlers.importing.formats.base import LeftOut, RejectedRow
from crawlers.importing.loss_report import SAMPLE_ROWS, LossReport
from index.maintenance.kept_files import FOLDER, read_list
from index.privacy import Pseudonyms, pseudonyms
from tocsin.core.documents import Document, Link, LinkKind, document_id, native_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.maintenance.kept_files import KeptFile
    from tocsin.core.workspace import Workspace

_RELATIONS = (LinkKind.REPLY, LinkKind.REPOST, LinkKind.QUOTE)


def answer(workspace: Workspace, index: Index, subject: str) -> Mapping[str, Any]:
    """Key -> up to three examples, under ``examples``, of the first rows of a kept file.

    Args:
        subject: ``RUN_ID/NUMBER``: the run, and the file's place among those that it keeps.

    Raises:
        ConfigError: the run keeps no such file, or keeps it no longer.
    """
    run_id, _, number = subject.rpartition("/")
    folder = workspace.home / "runs" / run_id / FOLDER
    kept = read_list(folder)
    if not number.isdecimal() or int(number) >= len(kept) or not kept[int(number)].kept:
        raise ConfigError(Message("remap.nothing_kept", {"run": run_id}))
    file = kept[int(number)]
    people = pseudonyms(workspace, index)
    reader = FileReader(file.name, _options(file, str(folder / file.kept)))
    try:
        counts = FillCounts()
        report = LossReport(reader, counts)
        documents = [
            as_shown(item[1], people)
            for item in islice(reader.documents(), 2 * SAMPLE_ROWS)
            if not isinstance(item, (RejectedRow, LeftOut))
        ][:SAMPLE_ROWS]
        counts.add(documents)
        report.add(documents)
        table = report.keys()
        return {"examples": {row["key"]: row["examples"] for row in table}}
    finally:
        reader.close()


def as_shown(document: Document, people: Pseudonyms) -> Document:
    """A post of which every value may be shown: accounts are pseudonyms where those are on."""
    if not people.enabled:
        return document
    own, platform, author = people.mask.own(document.author), document.platform, document.author
    shown = people.document(document)
    if author is not None:
        name = people.account(author.id)
        handle = name if author.handle else None
        known = replace(author, id=name, handle=handle, name=None, description=None)
        shown = replace(shown, author=known)

    def native(id_: str) -> str:
        return document_id(platform, people.text(native_id(id_), platform))

    links = tuple(
        Link(link.kind, native(link.target)) if link.kind in _RELATIONS else link
        for link in shown.links
    )
    extra = dict(shown.extra)
    if reposted := document.extra.get("repost_of_handle"):
        extra["repost_of_handle"] = people.mask.mention(str(reposted), platform, own)
    id_ = people.mask.text(native_id(document.id), platform, own)
    return replace(shown, id=document_id(platform, id_), links=links, extra=extra)


def _options(file: KeptFile, stored: str) -> ImportOptions:
    return ImportOptions(
        format=file.format,
        mapping=file.mapping,
        platform=file.platform,
        source=file.given_source,
        dates=file.dates,
        stored=stored,
    )
