"""docs/adding.md is run as it stands: as an installed package, and inside a copy of Tocsin."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.dashboard.pages import text, visitor
from tests.graph.conftest import World
from tocsin.core import plugins
from tocsin.core.dates import from_milliseconds
from tocsin.core.plugins import FAMILIES

pytestmark = pytest.mark.xdist_group("adding")  # one workspace for all

PAGE = "docs/adding.md"
ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")
CHAT = (
    "2026-03-02 10:00 <ada> Who saw it?\nwhat is this\n2026-03-02 10:01 <ada> And where?\n"
    "2026-03-02 10:02 <bob> Not me.\n"
)
BOARD = [
    {"id": 1, "by": "eve", "topic": "harbour", "body": "When does the ship leave?"},
    {"id": 2, "by": "eve", "topic": "weather", "body": "It rains."},
    {"id": 3, "by": "dan", "topic": "harbour", "body": "At noon."},
]


@dataclass
class Installation:
    """A workspace, and Tocsin as its commands find it: ``paths`` are searched for packages."""

    home: Path
    paths: tuple[Path, ...]

    def run(self, *arguments: str, code: int = 0, **environment: str) -> Any:
        """A command in a process of its own: its JSON document, or what it printed."""
        call = [sys.executable, "-c", "from tocsin.app.cli import main; main()"]
        result = subprocess.run(
            [*call, "--home", str(self.home), *arguments],
            capture_output=True,
            text=True,
            timeout=180,
            cwd=self.home.parent,
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join(map(str, self.paths)),
                "TOCSIN_PRIVACY__PSEUDONYMISE": "false",
                "TOCSIN_LANG": "en",
            }
            | environment,
        )
        assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr, result.stderr
        return json.loads(result.stdout) if "--json" in arguments else result.stdout


def example_files(root: Path) -> dict[str, str]:
    """File name -> content, of the page's blocks that carry one."""
    tokens = MarkdownIt().parse((root / PAGE).read_text(encoding="utf-8"))
    files = {}
    for token in tokens:
        if token.type == "fence" and (named := re.search(r"file=(\S+)", token.info)):
            files[named[1]] = token.content
    return files


def registry_rows(root: Path) -> list[tuple[str, str, str]]:
    """File, registry and line of each family, from the table at the end of the page."""
    page = (root / PAGE).read_text(encoding="utf-8").partition("## In Tocsin itself")[2]
    return re.findall(r"^\| [a-z ]+ \| `(\S+)` \| `(\S+)` \| `(.+)` \|$", page, re.M)


@pytest.fixture(scope="module")
def package(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has installed the page's package."""
    project = tmp_path_factory.mktemp("example")
    for name, content in example_files(root).items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    place = project / "site"
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    call = [sys.executable, "-m", "pip", "install", *options, "--target", str(place), str(project)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture(scope="module")
def board() -> Iterator[str]:
    """The address of a message board on loopback, which gives two posts a page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.startswith("/api/posts")
            second = self.path.endswith("page=2")
            posts = [post | {"time": "2026-03-02T10:00:00Z"} for post in BOARD]
            answer = {
                "posts": posts[2:] if second else posts[:2],
                "next": None if second else "/api/posts?page=2",
            }
            body = json.dumps(answer).encode() if known else b""
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def write_posts(path: Path) -> set[str]:
    """Posts of a quiet world with a group that mentions the same accounts; the group."""
    world = World()
    group = world.group("k", 7, 16, lambda n: {"mentions": [f"victim{n}"]}, part=0.85, spread=5_000)
    with path.open("w", encoding="utf-8") as out:
        for row in world.rows:
            post = {
                "platform": "x",
                "id": row["id"].partition(":")[2],
                "author": {"id": row["handle"], "handle": row["handle"]},
                "published_at": from_milliseconds(row["published_at"]).isoformat(),
                "text": row["text"],
                "urls": row["urls"],
                "mentions": row["mentions"],
            }
            out.write(json.dumps(post) + "\n")
    return {account.partition(":")[2] for account in group}


@pytest.fixture(scope="module")
def example(
    root: Path, package: Path, board: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, dict[str, Any], set[str]]:
    """A workspace that every command went through, what they answered, and the planted group."""
    folder = tmp_path_factory.mktemp("workspace")
    installed = Installation(folder / "home", (root, package))
    planted = write_posts(folder / "posts.jsonl")
    (folder / "room.chat").write_text(CHAT, encoding="utf-8")
    sources = installed.home / "sources"
    sources.mkdir(parents=True)
    source = example_files(root)["sources/harbour-board.toml"]
    assert "https://board.example" in source
    source = source.replace("https://board.example", board)
    (sources / "harbour-board.toml").write_text(source, encoding="utf-8")
    answers = _walk_through(installed, folder)
    return installed, answers, planted


def _walk_through(installed: Installation, folder: Path) -> dict[str, Any]:
    loopback = {"TOCSIN_CRAWL__ALLOW_PRIVATE": "true", "TOCSIN_CRAWL__DELAY": "0"}
    return {
        "import": installed.run("--json", "import", str(folder / "posts.jsonl")),
        "chat": installed.run("--json", "import", str(folder / "room.chat")),
        "crawl": installed.run("--json", "crawl", "harbour-board", **loopback),
        "enrich": installed.run("--json", "enrich", "--stage", "question"),
        "analyse": installed.run("--json", "analyse"),
        "clusters": installed.run("--json", "clusters"),
        "search": installed.run("--json", "search", "question:true"),
    }


Example = tuple[Installation, dict[str, Any], set[str]]


def test_the_page_has_an_example_of_every_family(root: Path) -> None:
    project = example_files(root)["pyproject.toml"]
    page = (root / PAGE).read_text(encoding="utf-8")
    for group in FAMILIES.values():
        assert f'[project.entry-points."{group}"]' in project, f"no example of {group}"
        assert f"`{group}`" in page
    assert len(registry_rows(root)) == len(FAMILIES)


def test_the_profile_knows_its_table(example: Example) -> None:
    installed, _, _ = example
    path = installed.home.parent / "board.csv"
    path.write_text(
        "Post No.,Member,Shown As,Written,Full Post,Excerpt,Thumbs,Answers To\n"
        "7,ada,Ada,2026-03-02 10:00,Who saw it?,,12,\n"
        '8,bob,,2026-03-02 10:01,,Not me,"1,2k",7\n'
        "9,moderation,,2026-03-02 10:02,closed,,,\n",
        encoding="utf-8",
    )
    trial = installed.run("--json", "import", str(path), "--dry-run")
    assert trial["files"][0]["format"] == "lookout"
    assert trial["fates"] == {"left_out": 1, "readable": 2}
    first, second = trial["rows"]
    assert (first["platform"], first["author"]) == ("board", {"id": "ada", "name": "Ada"})
    assert (second["text"], second["reply_to"]) == ("Not me", "7")
    assert second["author"]["name"] == "bob"
    assert second["metrics"] == {"likes": 1200}


def test_posts_come_by_the_importer_and_the_spider(example: Example) -> None:
    _, answers, _ = example
    assert answers["chat"]["fates"] == {"created": 3, "rejected": 1}
    assert answers["crawl"]["fates"] == {"created": 2}
    assert not [w for w in answers["crawl"]["warnings"] if "failed" in w]


def test_the_field_of_the_stage_is_searched(example: Example) -> None:
    _, answers, _ = example
    asked = {hit["text"] for hit in answers["search"]["hits"]}
    assert asked == {"Who saw it?", "And where?", "When does the ship leave?"}
    assert answers["enrich"]["fates"]["annotated"] == answers["import"]["seen"] + 5


def test_the_signal_finds_the_planted_group_and_names_what_it_shared(example: Example) -> None:
    installed, answers, planted = example
    _assert_found(answers["clusters"], planted)
    (cluster,) = answers["clusters"]["clusters"]
    assert {row["object"] for row in cluster["evidence"]} == {f"victim{n}" for n in range(16)}
    shown = installed.run("--lang", "fr", "clusters", cluster["id"])
    assert "mentionné les mêmes comptes" in shown
    assert "Les fans d’un même compte" in shown
    assert "L’événement d’un seul jour" in shown


def _assert_found(answer: Any, planted: set[str]) -> None:
    assert "shared_handle" in answer["tested"]["signals"]
    (cluster,) = answer["clusters"]
    assert cluster["status"] == "flagged"
    assert cluster["signals"] == ["shared_handle"]
    assert {account["id"] for account in cluster["accounts"]} == planted


def test_the_export_speaks_both_languages(example: Example) -> None:
    installed, _, _ = example
    heads = {"en": "# 1 group to look at", "fr": "# 1 groupe à regarder"}
    did = {"en": "mentioned the same accounts", "fr": "mentionné les mêmes comptes"}
    for language, head in heads.items():
        out = installed.home.parent / f"groups-{language}.md"
        installed.run("--lang", language, "export", "checklist", "--out", str(out))
        written = out.read_text(encoding="utf-8")
        assert written.startswith(head)
        assert did[language] in written


def test_the_health_check_says_what_is_missing(example: Example) -> None:
    installed, _, _ = example
    (fine,) = _kept(installed.run("--json", "check"))
    assert fine["ok"]
    extra = installed.home / "sources" / "bare.toml"
    extra.write_text('name = "bare"\nspider = "feed"\nstart = ["https://feed.example/"]\n')
    try:
        (row,) = _kept(installed.run("--json", "check", code=1))
    finally:
        extra.unlink()
    assert (row["ok"], row["detail"]) == (False, "1 source does not say how long: bare")
    assert row["advice"] == "add retention_days to these files in sources/"


def _kept(answer: Any) -> list[dict[str, Any]]:
    return [row for row in answer["checks"] if row["name"] == "posts are kept"]


@pytest.fixture
def in_process(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is found by this process too, for Streamlit's own test runner."""
    import streamlit as st

    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    monkeypatch.syspath_prepend(str(package))
    plugins.forget_installed()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()
    plugins.forget_installed()
    for name in [name for name in sys.modules if name.split(".")[0] == "tocsin_example"]:
        del sys.modules[name]


@pytest.mark.usefixtures("in_process")
def test_the_screens_show_it_in_french(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    installed, _, _ = example
    visit = visitor(monkeypatch)
    view = visit(installed.home, "askers", lang="fr")
    assert not view.exception
    assert view.title[0].value == "Qui demande"
    assert "2 questions" in text(view)
    assert "question%3Atrue" in text(view)
    explore = visit(installed.home, "explore", lang="fr")
    assert not explore.exception
    assert "Pose une question" in text(explore)
    coordination = visit(installed.home, "coordination", lang="fr")
    assert not coordination.exception
    assert "mentionné" in text(coordination)


def test_the_same_files_work_inside_tocsin(
    root: Path, board: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each family is one new file and one line in one file that was there."""
    folder = tmp_path_factory.mktemp("inside")
    tree = folder / "tree"
    ignored = shutil.ignore_patterns("__pycache__")
    for room in ROOMS:
        shutil.copytree(root / room, tree / room, ignore=ignored)
    files = example_files(root)
    for file, registry, line in registry_rows(root):
        assert not (tree / file).exists()
        (tree / file).write_text(files[f"tocsin_example/{Path(file).name}"], encoding="utf-8")
        before = (tree / registry).read_text(encoding="utf-8")
        after, times = re.subn(r"^\}$", f"    {line}\n}}", before, count=1, flags=re.M)
        assert times == 1, registry
        (tree / registry).write_text(after, encoding="utf-8")
    inside = Installation(folder / "home", (tree,))
    planted = write_posts(folder / "posts.jsonl")
    (folder / "room.chat").write_text(CHAT, encoding="utf-8")
    sources = inside.home / "sources"
    sources.mkdir(parents=True)
    source = files["sources/harbour-board.toml"].replace("https://board.example", board)
    (sources / "harbour-board.toml").write_text(source, encoding="utf-8")
    answers = _walk_through(inside, folder)
    assert answers["chat"]["fates"] == {"created": 3, "rejected": 1}
    assert answers["crawl"]["fates"] == {"created": 2}
    assert answers["search"]["total"] == 3
    _assert_found(answers["clusters"], planted)
    (cluster,) = answers["clusters"]["clusters"]
    assert "L’événement d’un seul jour" in inside.run("--lang", "fr", "clusters", cluster["id"])
    out = folder / "groups.md"
    inside.run("export", "checklist", "--out", str(out))
    assert out.read_text(encoding="utf-8").startswith("# 1 group to look at")
    assert len(_kept(inside.run("--json", "check"))) == 1
