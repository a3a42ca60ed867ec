"""What docs/library.md shows works as shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import graph
from graph.coordination.library.frames import NAMES
from graph.coordination.library.objects import SIGNALS


def test_the_examples_of_the_page_run(root: Path) -> None:
    page = (root / "docs" / "library.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 4
    exec(compile("\n".join(blocks), "docs/library.md", "exec"), {"__name__": "library_page"})


def test_the_page_names_everything_public(root: Path) -> None:
    page = (root / "docs" / "library.md").read_text(encoding="utf-8")
    for name in (*graph.__all__, *SIGNALS, *(n for names in NAMES.values() for n in names)):
        assert f"`{name}`" in page, name
    assert all(callable(getattr(graph, name)) for name in graph.__all__)


def test_importing_the_room_imports_nothing_heavy(root: Path) -> None:
    code = (
        "import sys, graph\n"
        "heavy = {'polars', 'numpy', 'networkx', 'scipy', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
