"""Packed files with damage in the middle: what was read comes in, and why it ends is said."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crawlers.importing.containers.unpack import damage_reason
from tocsin.app.cli import main

ROWS = 4_000
TABLE = b"id,author,date,text\n" + b"".join(
    b"%d,a%d,2024-01-01T00:00:%02d,word %d\n" % (n, n % 7, n % 60, n * 7919) for n in range(ROWS)
)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("posts.csv", TABLE)
    return file.getvalue()


def flipped(packed: bytes) -> bytes:
    changed = bytearray(packed)
    changed[len(changed) // 2] ^= 0xFF
    return bytes(changed)


def cut(packed: bytes) -> bytes:
    return packed[: len(packed) // 2]


def say(
    home: Path, capsys: pytest.CaptureFixture[str], *arguments: str, language: str = "fr"
) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home), "--lang", language, *arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), " ".join((printed.out + printed.err).split())


@pytest.mark.parametrize("damage", [flipped, cut])
@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.zip", zipped), ("a.csv.gz", lambda: gzip.compress(TABLE)),
     ("a.csv.xz", lambda: lzma.compress(TABLE))],
)  # fmt: skip
def test_a_damaged_pack_is_no_error_of_ours(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    pack: Callable[[], bytes],
    damage: Callable[[bytes], bytes],
) -> None:
    path = tmp_path / name
    path.write_bytes(damage(pack()))
    home = tmp_path / "home"
    code, said = say(home, capsys, "import", str(path))
    assert code in (0, 1, 2), said  # 2: its first bytes cannot be unpacked
    if code != 2:
        assert "import : terminé" in said
        assert "its checksum" not in said
        assert "ended before" not in said
        code, said = say(home, capsys, "remap", "last")  # what was read was kept
        assert code in (0, 1), said


def test_a_cut_zip_says_in_french_that_it_ends_early(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(cut(zipped()))
    code, said = say(tmp_path / "home", capsys, "import", str(path))
    assert code == 0
    assert "(il s’arrête avant la fin)" in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EOFError("Compressed file ended before the end-of-stream marker was reached"), "ended"),
        (EOFError("the file ends within a record"), "ended"),
        (gzip.BadGzipFile("CRC check failed 0x1 != 0x2"), "checksum"),
        (zipfile.BadZipFile("its checksum does not match"), "checksum"),
        (zipfile.BadZipFile("File is not a zip file"), "contents"),
        (RuntimeError("File 'a' is encrypted, password required for extraction"), "locked"),
        (lzma.LZMAError("Corrupt input data"), "bytes"),
    ],
)
def test_reasons_of_damage_are_sentences(error: Exception, code: str) -> None:
    assert damage_reason(error).code == f"reading.damage.{code}"


def test_an_unknown_reason_keeps_its_words() -> None:
    assert str(damage_reason(ValueError("odd thing"))) == "odd thing"


def test_an_arc_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.arc"
    path.write_bytes(b"filedesc://old.arc.gz 127.0.0.1 20140216050221 text/plain 75\n1 0 x\n")
    code, said = say(tmp_path / "home", capsys, "import", str(path))
    assert code == 2
    assert "archive ARC" in said


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "result.json"
    message = {"id": 2, "type": "message", "date": "2022-03-05T07:00:00", "from": "A",
               "from_id": "user1", "text": "Bonjour"}  # fmt: skip
    service = {"id": 1, "type": "service", "date": "2022-03-05T06:00:00", "action": "create_group"}
    chat = {"name": "A", "type": "public_supergroup", "id": 7, "messages": [service, message]}
    path.write_text(json.dumps(chat), encoding="utf-8")
    _, said = say(tmp_path / "home", capsys, "import", str(path))
    assert "laissés de côté : des messages de service (1)" in said.replace("\u202f", " ")
    _, said = say(tmp_path / "again", capsys, "import", str(path), language="en")
    assert "left out: service messages (1)" in said


def test_a_column_that_serves_is_not_said_to_be_left_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Date;Heure;Auteur;Nom;Abonnés;Message;Lien;Langue;Type;Retweets;J'aime;Réponses;Pays\n"
        "14/03/2022;07:00:12;@a;A;12;Bonjour;https://twitter.com/a/status/1500000000000000001;"
        "fr;Tweet;2;5;0;France\n",
        encoding="utf-8",
    )
    _, said = say(tmp_path / "home", capsys, "import", str(path))
    assert "listening-suite" in said
    assert "2022-03-14T07:00:12" in said
    assert "restent dans extra : Heure" not in said.replace("\u202f", " ")


def test_values_that_cannot_be_read_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dates.csv"
    days = ["2024-01-15", "2024-01-16", "yesterday", "2024-13-45"]
    rows = "".join(f"{n},a{n},{day},texte {n}\n" for n, day in enumerate(days))
    path.write_text(f"id,author,date,text\n{rows}", encoding="utf-8")
    _, said = say(tmp_path / "home", capsys, "import", str(path))
    assert "2 valeurs de published_at sur 4 lignes n’ont pu être lues (par exemple" in said
    _, said = say(tmp_path / "again", capsys, "import", str(path), language="en")
    assert "2 values of published_at in 4 rows could not be read" in said


def test_a_file_without_times_says_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "half.csv"
    path.write_text("Message,Likes\nbonjour,1\nsalut,2\n", encoding="utf-8")
    _, said = say(tmp_path / "home", capsys, "import", str(path))
    assert "aucune des 2 lignes n’a de date" in said
    assert "0 %" not in said.replace("\u202f", " ").split("remarque", 1)[1]
