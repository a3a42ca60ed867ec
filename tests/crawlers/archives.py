"""WARC files, written by warcio as archivers write them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = "text/html; charset=utf-8"


def page(title: str, text: str, *, head: str = "", lang: str = "en") -> str:
    """A page with an article of some paragraphs."""
    paragraphs = "".join(
        f"<p>{text} Paragraph {n} goes on for long enough to count as an article and not as a "
        "caption.</p>"
        for n in range(5)
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head><body>'
        f"<article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


class Archive:
    """Collects records; ``data`` is the file."""

    def __init__(self, *, packed: bool = True, version: str = "1.1") -> None:
        self._out = io.BytesIO()
        self._writer = WARCWriter(self._out, gzip=packed, warc_version=version)
        info = {"software": "an archiver", "format": "WARC File Format"}
        self._write(self._writer.create_warcinfo_record("a.warc.gz", info))

    @property
    def data(self) -> bytes:
        return self._out.getvalue()

    def answer(
        self,
        url: str,
        body: str | bytes,
        date: str = "2024-05-03T10:00:00Z",
        *,
        kind: str | None = HTML,
        status: str = "200 OK",
        headers: Iterable[tuple[str, str]] = (),
        record: str = "response",
        **warc: str,
    ) -> Any:
        """An answer and its request, as crawlers write both."""
        data = body.encode() if isinstance(body, str) else body
        fields = [("Content-Type", kind)] if kind else []
        http = StatusAndHeaders(status, [*fields, *headers], protocol="HTTP/1.1")
        more = {"WARC-Date": date} | {k.replace("_", "-"): v for k, v in warc.items()}
        made = self._writer.create_warc_record(
            url, record, payload=io.BytesIO(data), http_headers=http, warc_headers_dict=more
        )
        asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
        request = self._writer.create_warc_record(
            url, "request", http_headers=asked, warc_headers_dict={"WARC-Date": date}
        )
        for one in (made, request):
            self._write(one)
        return made

    def revisit(self, url: str, date: str, of: Any) -> None:
        """That a page was as it was."""
        headers = StatusAndHeaders("200 OK", [("Content-Type", HTML)], protocol="HTTP/1.1")
        digest = of.rec_headers.get_header("WARC-Payload-Digest")
        first = of.rec_headers.get_header("WARC-Date")
        made = self._writer.create_revisit_record(
            url, digest, url, first, http_headers=headers, warc_headers_dict={"WARC-Date": date}
        )
        self._write(made)

    def resource(self, url: str, body: bytes, kind: str) -> None:
        """A record without an answer around it."""
        made = self._writer.create_warc_record(
            url, "resource", payload=io.BytesIO(body), warc_content_type=kind,
            warc_headers_dict={"WARC-Date": "2024-05-03T10:00:00Z"},
        )  # fmt: skip
        self._write(made)

    def _write(self, record: Any) -> None:
        self._writer.write_record(record)
        record.raw_stream.close()
