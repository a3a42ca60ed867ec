"""What Tocsin found of each post: the keys that exports and `search --json` add to a post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.current import current_clusters, current_structures
from tocsin.core.documents import FOUND_KEYS, STRUCTURE_KEYS
from tocsin.core.findings import Narrative, rfc3339_or_none
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document

_STAGES = (
    ("detected_lang", "lang", "lang"),
    ("narrative", "narratives", "narrative"),
    ("copy_group", "copies", "group"),
)
"""Key -> the stage and the value of its annotation."""


class PostFindings:
    """What the stages and the last analysis say of posts, groups as they stand under marks.

    Memory grows with the accounts in groups and the number of narratives, not with the posts.
    ``people`` puts pseudonyms for the names of accounts in labels.
    """

    def __init__(self, index: Index, people: Pseudonyms | None = None) -> None:
        self._index = index
        self._labels = {
            narrative.id: people.finding(narrative).label if people else narrative.label
            for narrative in index.findings("narrative")
            if isinstance(narrative, Narrative)
        }
        self._groups = {
            member.id: (cluster.id, cluster.subject, cluster.status)
            for cluster in current_clusters(index)
            for member in cluster.accounts
        }
        self._structures = {
            member.id: (found.id, found.subject, found.status, found.shape)
            for found in current_structures(index)
            for member in found.accounts
        }

    def of(self, document: Document) -> dict[str, Any]:
        """All of `FOUND_KEYS`, `STRUCTURE_KEYS` and `SEEN_KEYS`; None where nothing was found, or
        no stage ran.

        ``cluster`` is the group of the post's author, ``structure`` the pair, star or chain.
        ``sha256`` is of title and text as they were
        collected, ``versions`` how many texts the document had, ``first_seen`` and ``last_seen``
        when we saw the first of them and the one of now.
        """
        found: dict[str, Any] = dict.fromkeys((*FOUND_KEYS, *STRUCTURE_KEYS))
        for key, stage, name in _STAGES:
            annotation = document.annotations.get(stage)
            value = annotation.values.get(name) if annotation else None
            found[key] = str(value) if value else None
        found["narrative_label"] = self._labels.get(found["narrative"])
        if document.author is not None:
            group = self._groups.get(document.author.id, (None, None, None))
            found["cluster"], found["cluster_name"], found["cluster_status"] = group
            structure = self._structures.get(document.author.id, (None,) * len(STRUCTURE_KEYS))
            found.update(zip(STRUCTURE_KEYS, structure, strict=True))
        return found | _seen(document)

    def notes(self) -> list[Message]:
        """One sentence for each key that is empty because what fills it was not run."""
        index, notes = self._index, []
        if "lang" not in index.stats().stages:
            notes.append(Message("export.note.no_lang"))
        if index.generation("narrative") is None:
            notes.append(Message("export.note.no_narratives"))
        if index.generation("copy") is None:
            notes.append(Message("export.note.no_copies"))
        if index.generation("cluster") is None:
            notes.append(Message("export.note.no_clusters"))
        return notes


def _seen(document: Document) -> dict[str, Any]:
    versions = document.all_versions()
    gone_since = document.history.gone_since if document.history else None
    return {
        "sha256": document.sha256,
        "versions": len(versions),
        "first_seen": rfc3339_or_none(versions[0].first_seen),
        "last_seen": rfc3339_or_none(versions[-1].last_seen),
        "gone_since": rfc3339_or_none(gone_since),
    }
