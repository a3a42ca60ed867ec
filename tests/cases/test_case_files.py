"""A case is exported in each format and opened again by another library; hostile text is text."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
import stix2
from click.testing import CliRunner

from tests.cases.conftest import Ask, Call
from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError

HOSTILE = '=1+1 <script>alert(1)</script> "><img src=x> {0} %s'


@pytest.fixture
def case(ask: Ask) -> Any:
    ask("case", "new", f"Who {HOSTILE}", "--question", HOSTILE, "--by", "Ana")
    ask("case", "pin", "c1", "x:1", "cluster:c-water", "signal:s-bills", "--note", HOSTILE)
    ask("case", "note", "c1", HOSTILE)
    return ask("case", "technique", "c1", "p2", "T0084.001", "--reason", HOSTILE)


def test_html_is_one_page_without_scripts(case: Any, ask: Ask, home: Path) -> None:
    made = ask("case", "export", "c1")
    assert made["format"] == "html"
    assert (made["pins"], made["case"]) == (3, "c1")
    page = Path(made["out"]).read_text(encoding="utf-8")
    assert Path(made["out"]).parent == home / "exports"
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert case["pins"][0]["sha256"] in page
    last = ask("case", "show", "c1")["history"][-1]
    assert last["what"] == "exported it as HTML"


def test_pdf_docx_and_xlsx_are_read_by_other_libraries(case: Any, ask: Ask, tmp_path: Path) -> None:
    for kind in ("pdf", "docx", "xlsx"):
        ask("case", "export", "c1", "--lang", "fr", "--out", str(tmp_path / f"case.{kind}"))
    pages = pypdf.PdfReader(tmp_path / "case.pdf").pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Enquête" in text
    assert "Qui a fait quoi, quand" in text
    document = docx.Document(str(tmp_path / "case.docx"))
    told = "\n".join(one.text for one in document.paragraphs)
    assert "14 comptes ont écrit" in told
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert HOSTILE in cells
    assert case["pins"][0]["sha256"] in cells
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert all(cell.data_type != "f" for cell in values)
    assert HOSTILE in [cell.value for cell in values]
    assert len(set(book.sheetnames)) == len(book.sheetnames)


def test_the_pack_is_whole_and_its_posts_are_imported_again(
    case: Any, ask: Ask, tmp_path: Path
) -> None:
    out = tmp_path / "case.zip"
    ask("case", "export", "c1", "--out", str(out))
    with zipfile.ZipFile(out) as packed:
        assert packed.testzip() is None
        manifest = json.loads(packed.read("manifest.json"))
        assert manifest["names"] == "pseudonyms"
        assert set(packed.namelist()) == {"manifest.json", *manifest["files"]}
        kept = json.loads(packed.read("case.json"))
        for held, shown in zip(kept["pins"], case["pins"], strict=True):
            for key in ("id", "kind", "subject", "note", "sha256", "posts"):
                assert held[key] == shown[key]
        packed.extract("posts.jsonl", tmp_path)
        assert packed.read("method.txt")
    assert ask("case", "verify", str(out)) == {
        "ok": True,
        "case": "c1",
        "files": len(manifest["files"]),
        "posts": (tmp_path / "posts.jsonl").read_text(encoding="utf-8").count("\n"),
        "wrong": [],
    }
    other = ["--home", str(tmp_path / "other"), "--json", "import", str(tmp_path / "posts.jsonl")]
    done = CliRunner().invoke(cli, other, standalone_mode=False)
    fates = json.loads(done.stdout)["fates"]
    posts = {post["id"] for pin in case["pins"] for post in pin["posts"]}
    assert fates == {"created": len(posts)}


def test_a_pack_that_was_changed_is_seen(case: Any, ask: Ask, call: Call, tmp_path: Path) -> None:
    assert case["pins"]
    out, other = tmp_path / "case.zip", tmp_path / "other.zip"
    ask("case", "export", "c1", "--out", str(out))
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"Ana", b"Bea") if name == "case.json" else data)
        new.writestr("more.txt", "x")
    result = call("--json", "case", "verify", str(other))
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert found["wrong"] == [
        "case.json is not what was written", "more.txt is in the pack and not in its list",
    ]  # fmt: skip
    for path in (tmp_path / "nothing.zip", Path(__file__)):
        assert isinstance(call("case", "verify", str(path)).exception, ConfigError)


def test_stix_is_valid_and_names_techniques(case: Any, ask: Ask, tmp_path: Path) -> None:
    out = tmp_path / "case.stix"
    ask("case", "export", "c1", "--out", str(out), "--lang", "fr")
    bundle = stix2.parse(out.read_text(encoding="utf-8"), allow_custom=False)
    kinds = [thing["type"] for thing in bundle.objects]
    assert kinds.count("report") == 1
    assert kinds.count("note") == len(case["pins"])
    assert "user-account" in kinds
    [pattern] = [thing for thing in bundle.objects if thing["type"] == "attack-pattern"]
    assert pattern["external_references"][0]["external_id"] == "T0084.001"
    assert pattern["external_references"][0]["source_name"] == "DISARM Red"
    known = {thing["id"] for thing in bundle.objects}
    [report] = [thing for thing in bundle.objects if thing["type"] == "report"]
    assert set(report["object_refs"]) <= known
    assert "<script" not in out.read_text(encoding="utf-8")


def test_originals_are_packed_where_names_are_real(
    ask: Ask, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses
    import hashlib

    from index.connect import open_index
    from tocsin.core.documents import Raw
    from tocsin.core.workspace import Workspace

    data = b"<html>as it was</html>"
    sha = hashlib.sha256(data).hexdigest()
    (home / "raw").mkdir(exist_ok=True)
    (home / "raw" / "page.html").write_bytes(data)
    index = open_index(Workspace(home))
    (document,) = index.get(["x:1"])
    assert document is not None
    raw = Raw(path="raw/page.html", sha256=sha)
    new = dataclasses.replace(document, id="x:raw", raw=raw)
    outside = dataclasses.replace(document, id="x:out", raw=Raw(path="../outside", sha256=sha))
    index.put([new, outside])
    index.refresh()
    index.close()
    (home.parent / "outside").write_bytes(data)
    ask("case", "new", "Originals")
    case = ask("case", "pin", "c1", "x:raw", "x:out")
    assert [pin["posts"][0]["raw_kept"] for pin in case["pins"]] == [True, False]
    ask("case", "export", "c1", "--out", str(tmp_path / "hidden.zip"))
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    ask("case", "export", "c1", "--out", str(tmp_path / "real.zip"))
    with zipfile.ZipFile(tmp_path / "hidden.zip") as packed:
        assert not [name for name in packed.namelist() if name.startswith("originals/")]
        assert json.loads(packed.read("manifest.json"))["originals"]["left_out"] == 1
    with zipfile.ZipFile(tmp_path / "real.zip") as packed:
        assert packed.read(f"originals/{sha}") == data
