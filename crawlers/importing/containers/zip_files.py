"""Zip files: what they are (a workbook, or files packed together), and their members.

A member is named ``ARCHIVE!MEMBER``. Members are read as streams, so that no size is too large for
the memory; what unpacks to a thousand times its size is not read at all.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from crawlers.importing.containers.unpack import damage_reason
from crawlers.importing.containers.zip_members import (
    ZipMember,
    locate_member,
    open_packed,
    scan_members,
)
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

SEPARATOR = "!"
_OFFICE = ("mimetype", "word/", "xl/", "docProps/", "[Content_Types].xml", "_rels/")
MAX_MEMBERS = 10_000
MAX_RATIO = 500
RATIO_MATTERS = 100_000_000
"""Bytes unpacked below which no ratio is suspect."""
READABLE = (
    ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".js", ".xlsx", ".xls",
    ".xlsb", ".ods", ".parquet", ".car", ".warc", ".gz", ".zst", ".xz", ".bz2",
)  # fmt: skip
"""Endings of members that may hold posts; pictures and pages of an archive are passed over."""


@dataclass(frozen=True)
class Members:
    """The members of a zip that may hold posts, and how many others there are; whether it breaks
    off behind them.
    """

    names: tuple[str, ...]
    others: int
    is_broken: bool = False


def split_name(name: str) -> tuple[Path, str] | None:
    """Archive and member of ``ARCHIVE!MEMBER``; None where that names no member."""
    at = name.find(SEPARATOR)
    while at > 0:
        path = Path(name[:at])
        if path.is_file() and name[at + 1 :]:
            return path, name[at + 1 :]
        at = name.find(SEPARATOR, at + 1)
    return None


def zip_kind(file: BinaryIO, name: str) -> str:
    """``xlsx``, ``xls`` (also .xlsb), ``ods``, ``zip``; the file is at its beginning afterwards.
    One that breaks off is what it looks like up to there.

    Raises:
        ConfigError: it is damaged, or a document of another kind.
    """
    if is_broken_zip(file):
        names = {member.name for member in scan_members(file)}
        file.seek(0)
        if any(member.startswith("xl/worksheets/") for member in names):
            return "xlsx"
        if not names or any(member.startswith(_OFFICE) for member in names):
            raise _cut_off(name)
        return "zip"
    with _opened(file, name) as archive:
        names = set(archive.namelist())
    file.seek(0)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xls"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if "word/document.xml" in names:
        raise ConfigError(Message("reading.text_document", {"file": name}))
    return "zip"


def list_members(name: str) -> Members:
    """The members of a zip file that may hold posts, by name.

    Raises:
        ConfigError: it is damaged, has too many members, or none may hold posts.
    """
    is_broken = False
    with Path(name).open("rb") as file:
        if is_broken_zip(file):
            is_broken = True
            infos = [_info(member) for member in scan_members(file)]
        else:
            with _opened(file, name) as archive:
                infos = archive.infolist()
    infos = [info for info in infos if not info.is_dir()]
    if len(infos) > MAX_MEMBERS:
        raise ConfigError(
            Message("reading.many_members", {"file": name, "n": len(infos), "most": MAX_MEMBERS})
        )
    fitting = sorted(info.filename for info in infos if _may_hold_posts(info))
    if not fitting:
        raise ConfigError(
            Message(
                "reading.no_member", {"n": len(infos), "file": name, "kinds": ", ".join(READABLE)}
            )
        )
    return Members(
        tuple(f"{name}{SEPARATOR}{m}" for m in fitting), len(infos) - len(fitting), is_broken
    )


def open_member(path: Path, member: str) -> io.BufferedReader:
    """A member as a stream.

    Raises:
        ConfigError: there is no such member, it has a password, or it unpacks to far too much.
    """
    with path.open("rb") as file:
        broken = scan_members(file) if is_broken_zip(file) else []
    for one in broken:
        if one.name == member:
            return open_packed(path.open("rb"), one, closes=True)
    # the file stays open until its member is closed, and no longer
    with _opened(path, str(path)) as archive:
        try:
            info = archive.getinfo(member)
        except KeyError:
            raise ConfigError(
                Message("reading.member_missing", {"member": member, "file": str(path)})
            ) from None
        if info.flag_bits & 1:
            raise ConfigError(
                Message(
                    "reading.member_password",
                    {"file": str(path), "sign": SEPARATOR, "member": member},
                )
            )
        ratio = info.file_size / max(1, info.compress_size)
        if info.file_size > RATIO_MATTERS and ratio > MAX_RATIO:
            raise ConfigError(
                Message(
                    "reading.member_large",
                    {
                        "file": str(path),
                        "sign": SEPARATOR,
                        "member": member,
                        "gigabytes": info.file_size / 1000000000.0,
                        "times": ratio,
                    },
                )
            )
        file = path.open("rb")
        if (located := locate_member(file, info)) is not None:
            return open_packed(file, located, closes=True)
        file.close()
        try:
            return io.BufferedReader(archive.open(info), 1 << 18)  # type: ignore[arg-type]
        except (RuntimeError, zipfile.BadZipFile) as error:
            raise ConfigError(
                Message(
                    "reading.member_broken",
                    {
                        "file": str(path),
                        "sign": SEPARATOR,
                        "member": member,
                        "error": damage_reason(error),
                    },
                )
            ) from None


def is_broken_zip(file: BinaryIO) -> bool:
    """Whether it begins as a zip and has no end; the file is at its beginning afterwards."""
    file.seek(0)
    try:
        zipfile.ZipFile(file).close()
    except (zipfile.BadZipFile, OSError, ValueError):
        file.seek(0)
        return file.read(4) == b"PK\x03\x04" and not file.seek(0)
    file.seek(0)
    return False


def _info(member: ZipMember) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(member.name)
    info.file_size = member.size
    return info


def _may_hold_posts(info: zipfile.ZipInfo) -> bool:
    path = PurePath(info.filename)
    if path.name.startswith((".", "~$")) or "__MACOSX" in path.parts or not info.file_size:
        return False
    return path.suffix.lower() in READABLE


def _opened(file: BinaryIO | Path, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _cut_off(name, error) from None


def _cut_off(name: str, error: Exception | None = None) -> ConfigError:
    if error is None:
        return ConfigError(Message("reading.zip_cut", {"file": name}))
    told = {"file": name, "because": damage_reason(error)}
    return ConfigError(Message("reading.zip_damaged", told))
