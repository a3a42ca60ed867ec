"""Errors that a person may meet can be said in every language: they are messages, never text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")


def trees(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def errors_of_ours(root: Path) -> set[str]:
    """`TocsinError` and every class below it, by name."""
    bases = {
        node.name: {name_of(base) for base in node.bases}
        for _, tree in trees(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    ours = {"TocsinError"}
    while more := {name for name, above in bases.items() if above & ours} - ours:
        ours |= more
    return ours


def is_text(node: ast.expr) -> bool:
    """Whether an expression is English: a literal, or text put together in place."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(node.value)
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, ast.IfExp):
        return is_text(node.body) or is_text(node.orelse)
    if isinstance(node, ast.Call):
        return name_of(node.func) in ("str", "repr") or (
            isinstance(node.func, ast.Attribute)
            and name_of(node.func) in ("format", "join")
            and is_text(node.func.value)
        )
    return False


def test_no_error_for_people_is_raised_with_bare_text(root: Path) -> None:
    errors = errors_of_ours(root)
    assert {"ConfigError", "Abort", "Retry", "Interrupted"} <= errors
    bare = [
        f"{file.relative_to(root)}:{node.lineno}: {ast.unparse(node)[:90]}"
        for file, tree in trees(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) in errors
        and node.args and is_text(node.args[0])
    ]  # fmt: skip
    assert not bare, "give a Message with a code of the catalogues:\n" + "\n".join(bare)
