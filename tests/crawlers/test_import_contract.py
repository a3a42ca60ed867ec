"""Every importer keeps the contract of `formats.base`, whatever the file holds."""

from __future__ import annotations

import gzip
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawlers.importing.formats import IMPORTERS, NO_TEXT
from crawlers.importing.formats.base import Importer, LeftOut, RejectedRow, Row
from crawlers.importing.input_file import InputFile
from crawlers.importing.profiles import reads
from tocsin.core.errors import ConfigError
from tocsin.core.plugins import choose, resolve

PIECES = st.sampled_from([
    b'{"id": "1", "platform": "x", "text": "t"}', b"id,text", b'1,"a', b'"', b"\n", b"\r\n", b"\0",
    b"\xff", b"[", b"]", b"{", b"}", b",", b";", b"\t", b"\\",
    b"\xef\xbb\xbf", "é".encode(), b"null", b" ", b":", b'"text"', b"1e999",
])  # fmt: skip


@pytest.mark.parametrize("name", IMPORTERS)
@settings(max_examples=150, deadline=None)
@given(
    data=st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(b"".join), packed=st.booleans()
)
@example(data=b"", packed=False)
@example(data=b'a,b\n"', packed=False)
@example(data=b"PAR1", packed=False)
@example(data=b"\x3a\xa2eroots", packed=True)
@example(data=b"WARC/1.0\r\n\r\n", packed=False)
@example(data=b"WARC/1.0\r\nContent-Length: 9\r\nWARC-Type: response\r\n\r\nHTTP", packed=True)
@example(
    data=b"WARC/1.0\nWARC-Type: response\nWARC-Target-URI: http://[\nContent-Length: 2\n\nab",
    packed=False,
)
@example(data=b"[" * 50_000, packed=False)
@example(data=b'[{"a":' * 50_000, packed=False)
def test_no_file_breaks_an_importer(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, packed: bool
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "posts"
    path.write_bytes(gzip.compress(data) if packed else data)
    importer: Importer = resolve(IMPORTERS[name])()
    try:
        source = InputFile(str(path))
    except ConfigError:
        return
    if reads(importer) != source.kind:
        source.close()
        return
    with source, suppress(ConfigError):  # a damaged workbook is refused with a sentence
        assert 0 <= importer.recognises(source) <= 1
        last = 0
        for item in importer.read_rows(source, {}):
            assert isinstance(item, (Row, RejectedRow, LeftOut))
            assert item.line >= max(last, 1)
            last = item.line
            if isinstance(item, Row):
                assert all(isinstance(key, str) for key in item.values)
            else:
                assert item.reason
                assert "\n" not in str(item.reason)


def test_importers_of_no_text_read_the_kind_of_their_name() -> None:
    kinds = {name: reads(choose("importer", name, IMPORTERS)()) for name in IMPORTERS}
    assert {name for name, kind in kinds.items() if kind != "text"} == NO_TEXT
    assert all(kinds[name] == name for name in NO_TEXT)
