"""Workbooks (.xlsx) that break off: a copy of what is there, whole again.

The rows up to the break are kept, as far as the texts of their cells are there: many writers put
all texts of a workbook into one part behind the sheets.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from crawlers.importing.containers.zip_members import ZipMember, open_packed, scan_members

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_TEXTS = "xl/sharedStrings.xml"
_BOOK, _BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_TYPES = "[Content_Types].xml"
_ROW_ENDS = re.compile(rb"</(?:\w+:)?row>")
_DATA = re.compile(rb"<((?:\w+:)?)sheetData\s*(/?)>")
_SHARED = re.compile(rb'<(?:\w+:)?c\b[^>]*\bt="s"[^>]*>\s*<(?:\w+:)?v>(\d+)<')
_TEXT_ENDS = re.compile(rb"</(?:\w+:)?si>")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PIECE = 1 << 18
MAX_BYTES = 4_000_000_000


def rebuild_workbook(file: BinaryIO) -> BinaryIO | None:
    """A whole workbook with the rows that a broken one holds; None where there are none."""
    members = {member.name: member for member in scan_members(file)}
    sheets = [name for name in members if _SHEET.fullmatch(name)]
    if not sheets:
        return None
    texts = members.get(_TEXTS)
    known = None if texts is not None and texts.is_whole else _count_texts(file, texts)
    whole = [m for m in members.values() if m.is_whole and m.name not in (*sheets, _TEXTS, _TYPES)]
    if not {_BOOK, _BOOK_RELATIONS} <= {member.name for member in whole}:
        whole = [m for m in whole if m.name not in (_BOOK, _BOOK_RELATIONS)]
    copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who asked for it
    rows = 0
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sheets:
            with archive.open(name, "w", force_zip64=True) as out:
                for piece, number in _whole_rows(_read(file, members[name]), known):
                    out.write(piece)
                    rows += number
        if texts is not None:
            with archive.open(_TEXTS, "w", force_zip64=True) as out:
                for piece in _whole_texts(_read(file, texts), texts):
                    out.write(piece)
        for member in whole:
            archive.writestr(member.name, b"".join(_read(file, member)))
        _complete(archive, sheets)
    if not rows:
        copy.close()
        return None
    copy.seek(0)
    return copy


def _read(file: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    """The bytes of a member up to where it breaks off."""
    size = 0
    try:
        stream = open_packed(file, member)
        while size < MAX_BYTES and (piece := stream.read1(_PIECE)):
            size += len(piece)
            yield piece
    except (EOFError, OSError, zlib.error):
        return


def _count_texts(file: BinaryIO, texts: ZipMember | None) -> int:
    """How many shared texts are there whole."""
    if texts is None:
        return 0
    return sum(len(_TEXT_ENDS.findall(piece)) for piece in _whole_texts(_read(file, texts), texts))


def _whole_texts(pieces: Iterator[bytes], texts: ZipMember) -> Iterator[bytes]:
    if texts.is_whole:
        yield from pieces
        return
    before = b""
    for piece in pieces:
        data = before + piece
        cut = max((end.end() for end in _TEXT_ENDS.finditer(data)), default=0)
        yield data[:cut]
        before = data[cut:]
    yield b"</sst>"


def _whole_rows(pieces: Iterator[bytes], known: int | None) -> Iterator[tuple[bytes, int]]:
    """A sheet up to its last row that is there, and the number of rows of each piece; of shared
    texts the first ``known`` are there (None: all).
    """
    before, prefix = b"", None
    for piece in _well_formed(pieces):
        before += piece
        if prefix is None:
            if (begin := _DATA.search(before)) is None:
                continue
            prefix = begin[1]
            yield before[: begin.end()], 0
            before = before[begin.end() :]
            if begin[2]:
                yield b"</%sworksheet>" % prefix, 0
                return
        at = 0
        for number, end in enumerate(_ROW_ENDS.finditer(before)):
            shared = _SHARED.findall(before, at, end.end()) if known is not None else ()
            if any(int(index) >= (known or 0) for index in shared):
                yield before[:at] + _closing(prefix), number
                return
            at = end.end()
        yield before[:at], len(_ROW_ENDS.findall(before, 0, at))
        before = before[at:]
    if prefix is not None:
        yield _closing(prefix), 0


def _well_formed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces of an XML file up to where it is none: damage within unpacks to anything."""
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse
    start = 0
    for piece in pieces:
        try:
            parser.Parse(piece, False)
        except (expat.ExpatError, ValueError):
            yield piece[: max(0, parser.ErrorByteIndex - start)]
            return
        start += len(piece)
        yield piece


def _refuse(*_: object) -> None:
    raise ValueError("a sheet declares no entities")


def _closing(prefix: bytes) -> bytes:
    return b"</%ssheetData></%sworksheet>" % (prefix, prefix)


def _complete(archive: zipfile.ZipFile, sheets: list[str]) -> None:
    """Write the parts that say what the others are, where they are missing."""
    there = archive.namelist()
    kinds = {_TEXTS: "sharedStrings", "xl/styles.xml": "styles"}
    parts = [("worksheet", name) for name in sheets]
    parts += [(kind, name) for name, kind in kinds.items() if name in there]
    if _BOOK not in there:
        listed = "".join(
            f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>'
            for n in range(1, len(sheets) + 1)
        )
        related = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{name[3:]}"/>'
            for n, (kind, name) in enumerate(parts, start=1)
        )
        book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        archive.writestr(_BOOK, book)
        archive.writestr(
            _BOOK_RELATIONS,
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        )
    if "_rels/.rels" not in there:
        office = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="{_BOOK}"/>'
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{office}</Relationships>',
        )
    types = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPE}.{kind}+xml"/>' for kind, name in parts
    )
    types += f'<Override PartName="/{_BOOK}" ContentType="{_TYPE}.sheet.main+xml"/>'
    default = (
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    archive.writestr(_TYPES, f'<Types xmlns="{_PACKAGE}/content-types">{default}{types}</Types>')
