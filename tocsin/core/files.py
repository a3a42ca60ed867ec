"""Files that are written whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def write_atomically(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary path beside ``path``, to be written in the block; it takes the name at its end.

    A reader sees the old file or all of the new one. Where the block raises, or the file cannot
    take its name, the temporary one is removed and ``path`` stays as it was.

    Args:
        path: the file; its folder exists.
        durable: sync file and folder to the disk first, so that the file also survives a power cut.

    Raises:
        OSError: the file cannot be written.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file() and not path.is_dir():
        with _copied_to(path) as temporary:
            yield temporary
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        if durable:
            _sync(temporary)
        temporary.replace(path)
        if durable:
            _sync(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _copied_to(device: Path) -> Iterator[Path]:
    """A temporary path whose content goes to a device or pipe at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "whole"
        yield temporary
        with temporary.open("rb") as whole, device.open("wb", buffering=0) as out:
            shutil.copyfileobj(whole, out)


def write_bytes_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file whole: see `write_atomically`. Raises OSError."""
    with write_atomically(path, durable=durable) as temporary:
        temporary.write_bytes(data)


def write_text_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a file of UTF-8 text whole: see `write_atomically`. Raises OSError."""
    write_bytes_atomically(path, text.encode("utf-8"), durable=durable)


ENCODING_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_text(data: bytes) -> str:
    """A text as people's programs save it: UTF-8, UTF-16 or UTF-32 where a mark says so (Excel's
    "Unicode text"), else Windows-1252."""
    for mark, name in ENCODING_MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
