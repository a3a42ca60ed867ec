"""The rules of the house, held by tests."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.house import imports

ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")
MAX_LINES = {"tests": 550}  # tests hold long tables of data
"""Of a file, where it is not 500."""
MAX_MODULES = 15
HEAVY = frozenset({
    "scrapy", "spacy", "torch", "sentence_transformers", "networkx", "elasticsearch", "streamlit",
    "numpy", "pandas", "polars", "pyarrow", "rich", "pydantic", "babel", "langcodes",
    "tocsin.core.plugins", "tocsin.core.language.words",
})  # fmt: skip
"""What ``tocsin --help`` does not wait for."""


def sources(root: Path, *places: str) -> list[Path]:
    return sorted(path for place in places for path in (root / place).rglob("*.py"))


def test_no_file_is_longer_than_500_lines(root: Path) -> None:
    long = {
        str(path.relative_to(root)): n
        for path in sources(root, *ROOMS, "tests", "benchmarks")
        if (n := len(path.read_text(encoding="utf-8").splitlines()))
        > MAX_LINES.get(path.relative_to(root).parts[0], 500)
    }
    assert not long, f"make two of each of these files: {long}"


def test_no_folder_holds_more_than_15_modules(root: Path) -> None:
    modules = Counter(
        str(path.parent.relative_to(root))
        for path in sources(root, *ROOMS)
        if path.name != "__init__.py"
    )
    full = {folder: n for folder, n in modules.items() if n > MAX_MODULES}
    assert not full, f"make folders by subject: {full}"


def test_no_modules_import_each_other(root: Path) -> None:
    graph = imports.module_graph(imports.modules(root, *ROOMS, "benchmarks"))
    assert imports.circles(graph) == []


def test_no_folders_import_each_other(root: Path) -> None:
    """Of what lies in one folder, modules and subfolders, nothing imports its importers."""
    graph = imports.module_graph(imports.modules(root, *ROOMS), when_loaded=True)
    circles = {
        folder: imports.circles(siblings)
        for folder, siblings in imports.sibling_graphs(graph).items()
        if folder  # the layers of the rooms are import-linter's
    }
    assert {folder: found for folder, found in circles.items() if found} == {}


def test_circles_are_found() -> None:
    graph = {"a": frozenset("b"), "b": frozenset("ca"), "c": frozenset("d"), "d": frozenset("c")}
    assert imports.circles(graph) == [["a", "b"], ["c", "d"]]
    assert imports.circles({"a": frozenset("b"), "b": frozenset("c")}) == []
    tree = {"r.x.one": frozenset({"r.y.two"}), "r.y.three": frozenset({"r.x.four"})}
    assert imports.circles(imports.sibling_graphs(tree)["r"]) == [["r.x", "r.y"]]


def test_no_module_is_named_like_a_room_or_a_standard_module(root: Path) -> None:
    taken = set(ROOMS) | set(sys.stdlib_module_names)
    odd = [
        str(path.relative_to(root))
        for path in sources(root, *ROOMS)
        if path.stem in taken and path.stem != "__init__" and path.stem not in ALLOWED
    ]
    assert not odd, f"rename: {odd}"


ALLOWED: frozenset[str] = frozenset()


def test_imports_keep_to_their_rooms(root: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_public_functions_and_classes_have_docstrings(root: Path, room: str) -> None:
    bare = []
    for path in sources(root, room):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree) and path.name != "__init__.py":
            bare.append(f"{path.relative_to(root)}: module")
        bare += [
            f"{path.relative_to(root)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert not bare, "\n".join(bare)


def test_no_stub_is_left(root: Path) -> None:
    marks = ("TODO", "FIXME", "XXX", "NotImplementedError")
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in sources(root, *ROOMS)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert not found, found


def test_no_path_of_a_machine_is_committed(root: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    words = tuple(
        "/" + "/".join(parts)
        for parts in (("work", "main"), ("work", "shared"), ("work", "venv"), ("root", ".pyenv"))
    )
    found = [
        name
        for name in files
        if (root / name).suffix in {".py", ".md", ".toml", ".yml", ".txt", ""}
        and (root / name).is_file()
        and any(
            word in (root / name).read_text(encoding="utf-8", errors="replace") for word in words
        )
    ]
    assert not found, found


def test_help_answers_at_once_and_imports_no_heavy_library() -> None:
    code = (
        "import sys; from tocsin.app.cli import cli\n"
        "try: cli.main(['--help'], standalone_mode=True)\nexcept SystemExit: pass\n"
        f"heavy = set({sorted(HEAVY)!r})\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    best = min(_seconds() for _ in range(3))
    assert best < 0.5, f"tocsin --help took {best:.2f} s"


def _seconds() -> float:
    """Processor seconds, not the clock's: the machine may be busy with other tests."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [Path(sys.executable).parent / "tocsin", "--help"], capture_output=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
