"""Repositories of the AT Protocol, such as Bluesky's ``com.atproto.sync.getRepo`` answers them.

https://atproto.com/specs/repository: a signed commit names the account and the root of a tree
(MST) whose nodes hold keys (``app.bsky.feed.post/3k...``) and the CIDs of the records. Each node
can be read by itself, so that what a file holds is read also where parts of the tree are missing.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from crawlers.importing.containers.car_blocks import CarBlocks, decode_block, is_cid
from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.input_file import InputFile
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

PROFILE = "app.bsky.actor.profile/self"
COLLECTION = "app.bsky.feed."
"""Records of other collections are counted, and need not be kept where their key is lost."""


class RepositoryImporter:
    """Rows ``{"repository", "rev", "uri", "cid", "value", "profile"}``: the account's DID, the
    commit's revision, and the account's description of itself.
    """

    is_exchange_format = False
    reads = "car"
    records = "objects"
    profile = "bluesky-repository"

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.kind == self.reads else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        try:
            blocks = CarBlocks(source.binary)
        except ValueError as error:
            raise ConfigError(
                Message("reading.car", {"file": source.name, "error": str(error)})
            ) from None
        yield from _Repository(source, blocks).rows()


class _Repository:
    def __init__(self, source: InputFile, blocks: CarBlocks) -> None:
        self._source, self._blocks = source, blocks
        self._met = bytearray(len(blocks))
        self._missing: Counter[str] = Counter()
        self._profile: dict[str, Any] = {}
        commit = self._commit()
        root = commit.get("data")
        self._root = root if isinstance(root, bytes) and is_cid(root) else b""
        did, rev = commit.get("did"), commit.get("rev")
        self._did = did if isinstance(did, str) and did.startswith("did:") else ""
        self._around = {"repository": self._did, "rev": rev if isinstance(rev, str) else ""}
        self._number = 0

    def rows(self) -> Iterator[Item]:
        """The records in the order of their keys; then what the tree does not lead to."""
        if self._root:
            yield from self._tree(self._root)
        else:
            self._missing["node"] += 1
        if self._missing["node"]:
            yield from self._orphans()
        if self._source.damaged or self._blocks.is_cut_off:
            lost = self._missing["node"] + self._missing["record"]
            reason = Message("reading.cut_repository", {"n": self._number, "lost": lost})
            yield RejectedRow(self._number + 1, reason)
        elif self._missing:
            parameters = {
                "file": self._source.name, "n": self._missing.total(), "read": self._number,
            }  # fmt: skip
            self._source.late_notes.append(Message("intake.repository_part", parameters))

    def _commit(self) -> dict[str, Any]:
        """The commit that the header names, else the latest in the file; empty without one."""
        for root in self._blocks.roots:
            value = self._value(root)
            if isinstance(value, dict) and _is_commit(value):
                return value
        found: dict[str, Any] = {}
        for position in range(len(self._blocks)):
            value = self._value_at(position)
            if _is_commit(value) and str(value.get("rev")) >= str(found.get("rev", "")):
                found = value
        return found

    def _tree(self, root: bytes) -> Iterator[Item]:
        """The records of a tree, in order. The stack holds nodes, and keys with their records."""
        waiting: list[tuple[str, bytes]] = [("", root)]
        while waiting:
            key, cid = waiting.pop()
            if key:
                yield from self._record(key, cid)
                continue
            position = self._blocks.find(cid)
            if position is None:
                self._missing["node"] += 1
                continue
            if self._met[position]:
                continue
            self._met[position] = 1
            node = self._value_at(position)
            if not _is_node(node):
                self._missing["node"] += 1
                continue
            waiting += reversed(self._entries(node))

    def _entries(self, node: dict[str, Any]) -> list[tuple[str, bytes]]:
        """What a node holds, in order: a key has what it shares with the one before cut off."""
        found: list[tuple[str, bytes]] = []
        if is_cid(node.get("l")):
            found.append(("", node["l"]))
        before = b""
        for entry in node["e"]:
            shared, rest = entry.get("p"), entry.get("k")
            if type(shared) is not int or type(rest) is not bytes or shared > len(before):
                self._missing["node"] += 1
                break
            before = before[:shared] + rest
            key = before.decode("utf-8", "replace")
            if key and is_cid(entry.get("v")):
                found.append((key, entry["v"]))
            if is_cid(entry.get("t")):
                found.append(("", entry["t"]))
        return found

    def _record(self, key: str, cid: bytes) -> Iterator[Item]:
        position = self._blocks.find(cid)
        if position is None:
            self._missing["record"] += 1
            return
        self._met[position] = 1
        self._number += 1
        data = self._blocks.block(position)
        if data is None:
            reason = Message("reading.wrong_record", {"record": key})
            yield RejectedRow(self._number, reason)
            return
        value = _as_json(decode_block(data))
        if not isinstance(value, dict):
            yield RejectedRow(self._number, Message("reading.record_unreadable", {"record": key}))
            return
        if key == PROFILE:
            self._profile = value
        yield self._row(value, cid, f"at://{self._did}/{key}" if self._did else "")

    def _row(self, value: dict[str, Any], cid: bytes, uri: str) -> Row:
        values: dict[str, Any] = {
            **self._around, "uri": uri, "cid": cid_text(cid), "value": value,
            "profile": self._profile,
        }  # fmt: skip
        return Row(self._number, values)

    def _orphans(self) -> Iterator[Item]:
        """Nodes that nothing leads to, then posts whose keys are lost."""
        for position in range(len(self._blocks)):
            if not self._met[position] and _is_node(self._value_at(position)):
                yield from self._tree(self._blocks.cid(position))
        for position in range(len(self._blocks)):
            if self._met[position]:
                continue
            value = _as_json(self._value_at(position))
            if isinstance(value, dict) and str(value.get("$type", "")).startswith(COLLECTION):
                self._number += 1
                yield self._row(value, self._blocks.cid(position), "")

    def _value(self, cid: bytes) -> Any:
        position = self._blocks.find(cid)
        return None if position is None else self._value_at(position)

    def _value_at(self, position: int) -> Any:
        data = self._blocks.block(position)
        return None if data is None else decode_block(data)


def cid_text(cid: bytes) -> str:
    """A CID as it is written: base32 behind ``b``."""
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _is_commit(value: Any) -> bool:
    return isinstance(value, dict) and {"did", "data", "rev", "version"} <= value.keys()


def _is_node(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= {"e", "l"}
        and isinstance(value.get("e"), list)
        and all(isinstance(entry, dict) for entry in value["e"])
    )


def _as_json(value: Any) -> Any:
    """A value as the API would answer it: addresses as ``{"$link"}``, bytes as ``{"$bytes"}``."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, bytes):
        if is_cid(value):
            return {"$link": cid_text(value)}
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value
