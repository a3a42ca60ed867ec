"""The records of imports, kept with their run, so that an import can be repaired without the file.

``runs/RUN_ID/kept/`` holds each file as it came (packed with zstd where it was not packed) and
``files.json``, which says how it was read. What is kept is copied, never searched by posts: where
a person who is erased is named in a file, or where that cannot be excluded, the file goes whole;
so does it when the first of its posts is due.
"""

from __future__ import annotations

import contextlib
import gzip
import html
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from index.maintenance.scrub import names_pattern
from tocsin.core.files import write_atomically, write_text_atomically
from tocsin.core.workspace import Workspace

FOLDER = "kept"
LIST = "files.json"
_GZIP, _ZSTD = b"\x1f\x8b", b"(\xb5/\xfd"
_PACKED = (_GZIP, _ZSTD, b"PK\x03\x04", b"PAR1", b"\xfd7zXZ\x00", b"BZh")
_UNSEARCHABLE = (*_PACKED, b"\xd0\xcf\x11\xe0")
_CBOR = b"gversion"
"""In the header of a CAR file."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_PIECE, _OVERLAP = 1 << 20, 2_000


@dataclass(frozen=True)
class KeptFile:
    """One file of an import: its ``name``, the copy ``kept`` in its run's folder (empty where it
    could not be kept or is gone), and the options that it was read with. Times are RFC 3339;
    ``oldest`` is the first of its posts' times.
    """

    name: str
    kept: str
    source: str | None
    collected_at: str
    oldest: str | None = None
    format: str = "auto"
    mapping: dict[str, str] = field(default_factory=dict)
    platform: str | None = None
    given_source: str | None = None
    dates: str | None = None


def keep_copy(open_file: Callable[[], BinaryIO], folder: Path, number: int) -> str:
    """Copy a file into the folder of its run.

    Returns:
        The copy's name.
    """
    import zstandard

    folder.mkdir(parents=True, exist_ok=True)
    name = f"{number}.bin"
    with contextlib.closing(open_file()) as file, write_atomically(folder / name) as temporary:
        begin = file.read(8)
        with temporary.open("wb") as out:
            if begin.startswith(_PACKED):
                out.write(begin)
                shutil.copyfileobj(file, out, _PIECE)
            else:
                packer = zstandard.ZstdCompressor(level=3)
                with packer.stream_writer(out, closefd=False) as packed:
                    packed.write(begin)
                    shutil.copyfileobj(file, packed, _PIECE)
    return name


def write_list(folder: Path, files: Iterable[KeptFile]) -> None:
    """Write down what a run keeps."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(file) for file in files], ensure_ascii=False, indent=1)
    write_text_atomically(folder / LIST, text)


def read_list(folder: Path) -> list[KeptFile]:
    """What a run keeps; empty where it keeps nothing."""
    try:
        rows = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return [KeptFile(**row) for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def forget_kept(workspace: Workspace, names: Iterable[str | None]) -> int:
    """Delete the kept files that name a person (native ids, handles, shown names as whole words),
    or cannot be searched; how many went.
    """
    pattern = names_pattern(names)
    if pattern is None:
        return 0
    return _drop(workspace, lambda path, _: _may_name(path, pattern))


def expire_kept(
    workspace: Workspace, default: int, by_source: dict[str, int], now: datetime
) -> int:
    """Delete the kept files of which the first post is due: days by the file's source, else
    ``default`` (0: kept for ever). How many went.
    """

    def is_due(_: Path, file: KeptFile) -> bool:
        days = by_source.get(file.source or "") or default
        oldest = datetime.fromisoformat(file.oldest or file.collected_at)
        return bool(days) and oldest < now - timedelta(days=days)

    return _drop(workspace, is_due)


def _drop(workspace: Workspace, is_to_go: Callable[[Path, KeptFile], bool]) -> int:
    gone = 0
    for listed in sorted(workspace.folder("runs").glob(f"*/{FOLDER}/{LIST}")):
        folder = listed.parent
        left: list[KeptFile] = []
        for file in read_list(folder):
            path = folder / file.kept
            if file.kept and (not path.is_file() or is_to_go(path, file)):
                path.unlink(missing_ok=True)
                gone += 1
                continue
            left.append(file)
        if left:
            write_list(folder, left)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return gone


def _may_name(path: Path, pattern: re.Pattern[str]) -> bool:
    """Whether a kept file names somebody; a workbook or archive always may."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
            file.seek(0)
            if not begin.startswith((_GZIP, _ZSTD)):
                return True
            return any(pattern.search(text) for text in _texts(file, begin))
    except (OSError, EOFError, ValueError):
        return True


def _is_unsearchable(data: bytes) -> bool:
    """Whether names cannot be found in these bytes: a container (pages of a WARC file may be
    packed), or CBOR, in which a letter may stand right before a text.
    """
    return data.startswith((*_UNSEARCHABLE, b"WARC/")) or _CBOR in data[:200]


def _texts(file: BinaryIO, begin: bytes) -> Iterator[str]:
    """The file in pieces that overlap, in every encoding that it may be in, escapes undone."""
    import zstandard

    stream: BinaryIO
    if begin.startswith(_GZIP):
        stream = io.BufferedReader(gzip.GzipFile(fileobj=file))
    else:
        unpacker = zstandard.ZstdDecompressor(max_window_size=2**31)
        stream = io.BufferedReader(unpacker.stream_reader(file, read_across_frames=True))
    before = b""
    try:
        while piece := stream.read(_PIECE):
            data = before + piece
            if not before and _is_unsearchable(data):
                raise ValueError("a container within")
            encodings = ["utf-8", "cp1252"]
            if b"\0" in data[:1_000]:
                encodings += ["utf-16-le", "utf-16-be"]
            for encoding in encodings:
                text = data.decode(encoding, "replace")
                text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
                yield html.unescape(text) if "&" in text else text
            before = data[-_OVERLAP:]
    except zstandard.ZstdError as error:
        raise EOFError(str(error)) from None
