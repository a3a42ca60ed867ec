"""Content codings of HTTP, undone within a limit: gzip, deflate, brotli, zstd, several at once."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

_PIECE = 1 << 16


def decode_content(body: bytes, codings: str, limit: int) -> bytes:
    """The bytes behind ``Content-Encoding``. What claims to be packed and is not stays as it is:
    archives often hold bodies unpacked under the headers of the answer. What breaks off gives
    what it has.

    Raises:
        Unreadable: a coding that is not known, bytes that are not of it, or more than ``limit``
            bytes.
    """
    for coding in reversed([part.strip().lower() for part in codings.split(",")]):
        if coding in ("", "identity", "none", "utf-8"):
            continue
        if coding not in _CODINGS:
            raise Unreadable(Message("reading.coding", {"coding": coding[:40]}))
        unpacked = _CODINGS[coding](body, limit)
        if len(unpacked) > limit:
            raise Unreadable(Message("reading.too_large", {"megabytes": limit / 1000000.0}))
        if not unpacked and body and b"<" not in body[:_PIECE]:
            raise Unreadable(Message("reading.not_unpacked", {"coding": coding}))
        body = unpacked or body
    return body


def _inflate(body: bytes, limit: int, bits: int) -> bytes:
    out = bytearray()
    rest = body
    while rest and len(out) <= limit:
        unpacker = zlib.decompressobj(bits)
        try:
            while rest and len(out) <= limit and not unpacker.eof:
                out += unpacker.decompress(rest[:_PIECE], limit + 1 - len(out))
                rest = unpacker.unconsumed_tail + rest[_PIECE:]
            rest = unpacker.unused_data + rest if unpacker.eof else b""
        except zlib.error:
            break
    return bytes(out)


def _gunzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, 31)


def _deflate(body: bytes, limit: int) -> bytes:
    """With the header that the standard wants, or without, as many servers send it."""
    return _inflate(body, limit, 15) or _inflate(body, limit, -15)


def _unbrotli(body: bytes, limit: int) -> bytes:
    import brotli

    unpacker = brotli.Decompressor()
    out = bytearray()
    try:
        for at in range(0, len(body), _PIECE):
            out += unpacker.process(body[at : at + _PIECE], output_buffer_limit=_PIECE)
            while not unpacker.can_accept_more_data() and len(out) <= limit:
                out += unpacker.process(b"", output_buffer_limit=_PIECE)
            if unpacker.is_finished() or len(out) > limit:
                break
    except brotli.error:
        pass
    return bytes(out)


def _unzstd(body: bytes, limit: int) -> bytes:
    import zstandard

    out = bytearray()
    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    try:
        with unpacker.stream_reader(body, read_across_frames=True) as stream:
            while len(out) <= limit and (piece := stream.read(_PIECE)):
                out += piece
    except zstandard.ZstdError:
        pass
    return bytes(out)


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip, "x-gzip": _gunzip, "deflate": _deflate, "br": _unbrotli, "zstd": _unzstd,
}  # fmt: skip
