"""Open the index that a workspace's settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tocsin.core.plugins import choose

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

BACKENDS: dict[str, str] = {
    "embedded": "index.embedded:EmbeddedIndex",
    "elasticsearch": "index.elastic:ElasticIndex",
}
"""Backend -> where it is. Imported when opened: the embedded index needs no client of a server."""


def open_index(workspace: Workspace, backend: str | None = None) -> Index:
    """The workspace's index, its schema ensured.

    Args:
        workspace: what to open.
        backend: another backend than ``index.backend`` of the settings, for moving house.

    Raises:
        ConfigError: no such backend, a newer schema, a wrong address or password.
        Retry: the store is busy or away.
        Abort: the store is damaged or the disk full.
    """
    make: Any = choose("index backend", backend or workspace.settings.index.backend, BACKENDS)
    opened = cast("Index", make(workspace))
    try:
        opened.ensure_schema()
    except BaseException:
        opened.close()
        raise
    return opened
