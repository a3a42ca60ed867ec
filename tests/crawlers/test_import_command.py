"""``tocsin import`` from end to end: fates, what is set aside, the second time, kill -9, and real
data.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError
from tocsin.core.exchange import to_exchange
from tocsin.core.workspace import Workspace

IRA = [
    "author.id=author_id",
    "published_at=ts",
    "lang=language",
    "text=content",
    "author.followers=followers",
    "author.following=following",
]


class Home:
    """A workspace with pseudonyms off, and the command line on it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
        done = CliRunner().invoke(
            cli,
            ["--home", str(self.path), "--json", "import", *arguments],
            input=stdin,
            catch_exceptions=False,
            standalone_mode=False,
        )
        if done.exception is not None:
            raise done.exception
        report: dict[str, Any] = json.loads(done.stdout)
        assert sum(report["fates"].values()) == report["seen"]
        return report

    def posts(self) -> list[dict[str, Any]]:
        from index.connect import open_index

        index = open_index(Workspace(self.path, {"privacy": {"pseudonymise": False}}))
        try:
            hits = index.search("", size=10_000, order="oldest")
        finally:
            index.close()
        return [
            {k: v for k, v in to_exchange(d).items() if k != "collected_at"} for d in hits.documents
        ]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def line(number: int, **more: Any) -> str:
    row = {
        "id": str(number), "platform": "x", "author": {"id": f"a{number % 7}"},
        "text": f"post {number}", "urls": [], "hashtags": [], "mentions": [],
        "published_at": f"2024-08-{number % 28 + 1:02d}T12:00:00.000Z",
    }  # fmt: skip
    return json.dumps(row | more) + "\n"


def test_the_second_time_changes_nothing(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(line(n) for n in range(50)), encoding="utf-8")
    assert home.run(str(path))["fates"] == {"created": 50}
    before = home.posts()
    assert home.run(str(path))["fates"] == {"duplicate": 50}
    assert home.posts() == before


def test_bad_lines_are_set_aside_with_number_and_reason(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(
        line(1).encode()
        + b"[1]\n"
        + b"\0" * 20
        + b"\n"
        + b'{"id": "2", "platform": 7}\n'
        + b'{"platform": "x"}\n'
        + line(3).encode()
        + line(4)[:60].encode()
    )
    report = home.run(str(path))
    assert report["status"] == "done"
    assert report["fates"] == {"created": 2, "rejected": 5}
    aside = home.path / "runs" / report["run_id"] / "rejected.jsonl"
    rows = [json.loads(text) for text in aside.read_text(encoding="utf-8").splitlines()]
    assert [row["line"] for row in rows] == [2, 3, 4, 5, 7]
    assert all(row["file"] == str(path) and row["reason"] for row in rows)
    assert any("line 7" in sentence and "cut off" in sentence for sentence in report["warnings"])
    assert str(aside) == report["rejected_file"]


def test_rows_without_an_id(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        "author,ts,text\na,1723760649,one\na,1723760649.0,one\nb,1723760649,one\na,1723760650,one\n",
        encoding="utf-8",
    )
    report = home.run(
        str(path), "--map", "author.id=author", "--map", "published_at=ts", "--platform", "x"
    )
    assert report["fates"] == {"created": 3, "duplicate": 1}
    assert {post["source"] for post in home.posts()} == {"posts"}


def test_an_export_comes_back_as_it_was(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    rows = [
        line(
            n,
            text=f"see #tag{n} @who https://a.example/{n}",
            reply_to="1",
            metrics={"likes": n},
            colour="red",
        )
        for n in range(20)
    ]
    path.write_text("".join(rows), encoding="utf-8")
    home.run(str(path))
    exported = home.posts()
    assert exported[0]["hashtags"] == []
    again = tmp_path / "again.jsonl.gz"
    again.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in exported).encode()))
    other = Home(tmp_path / "other")
    assert other.run(str(again))["fates"] == {"created": 20}
    assert other.posts() == exported


def test_standard_input(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    report = home.run("-", stdin=gzip.compress("".join(line(n) for n in range(5)).encode()))
    assert report["fates"] == {"created": 5}


def test_a_dry_run_shows_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("user,when,message\na,2024-08-01,#hello\nb,2024-08-02\n", encoding="utf-8")
    report = home.run(
        str(path),
        "--map",
        "text=message",
        "--map",
        "author.id=user",
        "--map",
        "published_at=when",
        "--platform",
        "x",
        "--dry-run",
    )
    assert report["fates"] == {"readable": 1, "rejected": 1}
    assert report["rows"][0]["hashtags"] == ["hello"]
    assert report["rows"][0]["published_precision"] == "day"
    assert report["rejected"][0]["line"] == 3
    assert not home.path.exists()


@pytest.mark.parametrize(
    ("name", "data", "arguments", "said"),
    [
        ("missing.jsonl", None, (), "there is no file"),
        ("folder/", None, (), "is a folder"),
        ("a.csv", b"a,b\n1,2\n", ("--platform", "x"), "--map text=COLUMN"),
        ("a.csv", b"text,b\n1,2\n", ("--platform", "x", "--map", "lang=languag"), "no column"),
        ("a.csv", b"text,b\n1,2\n", ("--platform", "x y"), "is not a name"),
        ("a.csv", b"text,b\n1,2\n", ("--platform", "x", "--format", "cvs"), "did you mean csv"),
        ("a.jsonl", b'{"id": "1", "platform": "x"}\n', ("--format", "tocsin", "--map", "text=t"),
            "--map is for"),
        ("a.jsonl.gz", b"\x1f\x8b\x08\x00zzzz", (), "cannot be unpacked"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_sentence_before_anything_starts(
    home: Home, tmp_path: Path, name: str, data: bytes | None, arguments: tuple[str, ...], said: str
) -> None:
    good = tmp_path / "good.jsonl"
    good.write_text(line(1), encoding="utf-8")
    path = tmp_path / "files" / name
    (path if name.endswith("/") else path.parent).mkdir(parents=True)
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError, match=said) as caught:
        home.run(*([] if "--map" in arguments else [str(good)]), str(path), *arguments)
    assert "\n" not in str(caught.value)
    assert not (home.path / "index.sqlite").exists()


def test_an_empty_file_is_no_error(home: Home, tmp_path: Path) -> None:
    for name, data in (("a.jsonl", b""), ("b.csv", b"\n \n"), ("c.jsonl.gz", gzip.compress(b""))):
        (tmp_path / name).write_bytes(data)
        report = home.run(str(tmp_path / name), "--platform", "x")
        assert report["seen"] == 0
        assert any("empty" in sentence for sentence in report["warnings"])


def test_kill_9_in_the_middle_and_again_ends_the_same(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    count = 30_000
    path.write_text("".join(line(n) for n in range(count)), encoding="utf-8")
    call = [
        sys.executable,
        "-P",
        "-m",
        "tocsin",
        "--home",
        str(home.path),
        "import",
        "-",
        "--format",
        "jsonl",
    ]
    process = subprocess.Popen(
        call, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write("".join(line(n) for n in range(count // 2)).encode())
    process.stdin.flush()  # the rest never comes: the import is in the middle until it is killed
    wait_until(lambda: stored(home) > 0 or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    half = stored(home)
    assert 0 < half < count, "the kill came too early or too late to show anything"
    report = home.run(str(path))
    assert report["fates"] == {"created": count - half, "duplicate": half}
    assert stored(home) == count


def test_an_interrupt_ends_between_batches_and_can_be_resumed(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(line(n) for n in range(120_000)), encoding="utf-8")
    call = [
        sys.executable,
        "-P",
        "-m",
        "tocsin",
        "--home",
        str(home.path),
        "--json",
        "import",
        str(path),
    ]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: stored(home) > 0 or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    report = json.loads(out)
    assert report["status"] == "stopped"
    assert report["seen"] == report["fates"]["created"] == stored(home)
    assert "goes on from here" in err


def stored(home: Home) -> int:
    """Documents in the index, read beside the process that writes it."""
    from index.connect import open_index

    if not (home.path / "index.sqlite").exists():
        return 0
    index = open_index(Workspace(home.path))
    try:
        return index.count()
    finally:
        index.close()


def wait_until(ready: Callable[[], bool]) -> None:
    """Return when it is so; a minute is enough on any machine."""
    limit = time.monotonic() + 60
    while not ready() and time.monotonic() < limit:
        time.sleep(0.01)


def test_a_closed_pipe_is_no_traceback(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1), encoding="utf-8")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tocsin", "--home", str(home.path), "--json", "import",
            str(path)],
        stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert "Traceback" not in done.stderr


@pytest.mark.shared
def test_troll_posts_of_2016_are_all_accounted_for(
    home: Home, tmp_path: Path, shared: Path
) -> None:
    import csv

    with gzip.open(
        shared / "data" / "coordination" / "ira_2016_aug_sep.csv.gz",
        "rt",
        encoding="utf-8",
        newline="",
    ) as handle:
        rows = [row for _, row in zip(range(5_001), csv.reader(handle), strict=False)]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = tmp_path / "ira.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    report = home.run(
        str(path), *(word for pair in IRA for word in ("--map", pair)), "--platform", "x"
    )
    assert report["seen"] == 5_000
    assert set(report["fates"]) <= {"created", "duplicate"}
    distinct = {(row[0], row[1], row[7]) for row in rows[1:]}
    assert report["fates"]["created"] == len(distinct)
    assert {post["published_precision"] for post in home.posts()} == {"minute"}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("coordination/x24_us_election_part1.csv.gz", ("--platform", "x")),
        ("coordination/fr_presidentielle2022_candidates.csv.gz",
            ("--platform", "x", "--map", "text=text", "--map", "published_at=datetime", "--map",
        "author.id=username")),
        ("nlp/fr_headlines_2days_2023.csv",
            ("--platform", "web", "--map", "title=3", "--map", "published_at=1", "--map",
        "author.id=2")),
        ("nlp/en_reddit_topics.csv.gz", ("--platform", "reddit")),
        ("nlp/en_crisislex_t6.csv.gz", ("--platform", "x")),
        ("coordination/coortweet_russian_coord_tweets.csv.gz",
         ("--platform", "x", "--map", "id=content_id", "--map", "author.id=account_id", "--map",
             "published_at=timestamp_share", "--map", "repost_of=object_id",
          "--map", "url=object_id")),
    ],
)  # fmt: skip
def test_real_files_are_read(
    home: Home, tmp_path: Path, shared: Path, name: str, arguments: tuple[str, ...]
) -> None:
    whole = (shared / "data" / name).read_bytes()
    path = tmp_path / Path(name).name.removesuffix(".gz")
    path.write_bytes(
        (gzip.decompress(whole) if name.endswith(".gz") else whole)[:600_000].rpartition(b"\n")[0]
    )
    report = home.run(str(path), *arguments, "--dry-run")
    assert report["fates"]["readable"] >= 0.99 * report["seen"], report["rejected"]
    assert report["seen"] > 500
    first = report["rows"][0]
    assert first["published_at"]
    assert "invalid" not in first.get("extra", {})


def test_posts_without_text_come_in(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "shares.csv"
    path.write_text(
        "platform,author.id,published_at,repost_of,media\n"
        "x,ada,2026-03-02T10:00:00Z,77,\n"
        "x,bob,2026-03-02T10:00:05Z,77,\n"
        "x,eve,2026-03-02T10:00:09Z,,https://pic.example/1.jpg\n"
        "x,eve,2026-03-02T10:00:09Z,,https://pic.example/2.jpg\n"
        "x,eve,2026-03-02T10:00:11Z,,\n",
        encoding="utf-8",
    )
    report = home.run(str(path))
    assert report["fates"] == {"created": 4, "rejected": 1}
