"""The graph of imports: which module, and which folder, imports which.

import-linter holds the layers. Between modules every import counts, as there: one inside a function
or for type checkers still ties two files together. Between folders those count that run when a
module is loaded.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]


def modules(root: Path, *rooms: str) -> dict[str, Path]:
    """Dotted name -> file of every module of these rooms; packages are named like their folder."""
    named = {}
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def module_graph(named: Mapping[str, Path], *, when_loaded: bool = False) -> Graph:
    """Module -> the modules of ours that it imports: anywhere, or when it is loaded."""
    graph = {}
    for name, path in named.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        statements = _loaded(tree.body) if when_loaded else ast.walk(tree)
        graph[name] = frozenset(_ours(statements, named)) - {name}
    return graph


def sibling_graphs(graph: Graph) -> dict[str, Graph]:
    """Folder -> the graph of what lies in it: modules and subfolders, each subfolder one node.

    A package's own ``__init__`` is not among them: it opens the folder to others.
    """
    graphs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, imported in graph.items():
        for other in imported:
            parts, others = name.split("."), other.split(".")
            depth = next(
                (i for i, (a, b) in enumerate(zip(parts, others, strict=False)) if a != b), None
            )
            if depth is not None:
                siblings = graphs[".".join(parts[:depth])]
                siblings[".".join(parts[: depth + 1])].add(".".join(others[: depth + 1]))
    return {
        folder: {node: frozenset(imported) for node, imported in siblings.items()}
        for folder, siblings in graphs.items()
    }


def circles(graph: Graph) -> list[list[str]]:
    """The sets of nodes that reach each other, largest first: strongly connected components."""
    left = {
        node: set(graph.get(node, ())) for node in {*graph, *(n for v in graph.values() for n in v)}
    }
    components = []
    while left:
        node = min(left)
        forth = _reached(node, left)
        back = _reached(node, _turned(left))
        component = forth & back
        if len(component) > 1:
            components.append(sorted(component))
        for gone in component:
            del left[gone]
        for imported in left.values():
            imported -= component
    return sorted(components, key=lambda names: (-len(names), names))


def _reached(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        new = graph[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def _turned(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    turned: dict[str, set[str]] = {node: set() for node in graph}
    for node, imported in graph.items():
        for other in imported:
            turned[other].add(node)
    return turned


def _ours(statements: Iterable[ast.AST], named: Mapping[str, Path]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names if alias.name in named)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                inner = f"{statement.module}.{alias.name}"
                if inner in named:
                    yield inner
                elif statement.module in named:
                    yield statement.module


def _loaded(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a module is loaded: not those of functions or for type checkers."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            if "TYPE_CHECKING" not in ast.unparse(statement.test):
                yield from _loaded(statement.body)
            yield from _loaded(statement.orelse)
        elif isinstance(statement, ast.Try):
            yield from _loaded(statement.body)
            for handler in statement.handlers:
                yield from _loaded(handler.body)
        elif isinstance(statement, (ast.With, ast.ClassDef)):
            yield from _loaded(statement.body)
