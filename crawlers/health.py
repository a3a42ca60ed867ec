"""What ``tocsin check`` says of the crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """Libraries, source files, what is remembered of pages, and whether private addresses are open
    to all sources.
    """
    return [_libraries(), *_sources(workspace), _memory(workspace)]


def _row(name: str, ok: bool, detail: str, advice: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "advice": advice}


def _libraries() -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        versions = ", ".join(
            f"{name} {version(name)}" for name in ("scrapy", "trafilatura", "feedparser", "lxml")
        )
    except PackageNotFoundError as error:
        return _row(
            "crawler libraries", False, f"{error.name} is not installed", "run `make install`"
        )
    return _row("crawler libraries", True, versions)


def _sources(workspace: Workspace) -> list[dict[str, Any]]:
    from crawlers.source_files import load_sources

    folder = workspace.home / "sources"
    if not any(folder.glob("*.toml")):
        return [
            _row(
                "sources",
                True,
                "none configured",
                f"to crawl, put a file into {folder}; `tocsin init` writes an example",
            )
        ]
    try:
        sources = load_sources(folder, workspace.settings.crawl)
    except TocsinError as error:
        return [
            _row("sources", False, str(error), "mend that file; docs/sources.md explains every key")
        ]
    rows = [
        _row(
            "sources",
            True,
            f"{len(sources)} configured, {sum(source.enabled for source in sources)} enabled",
        )
    ]
    without_basis = [source.name for source in sources if not source.lawful_basis]
    if without_basis:
        rows.append(
            _row(
                "lawful basis",
                True,
                f"not said by {', '.join(without_basis[:5])}",
                "write lawful_basis in these source files: why you may collect this",
            )
        )
    for source in sources:
        variable = getattr(source, "token_env", "")
        if variable:
            import os

            set_ = bool(os.environ.get(variable))
            rows.append(
                _row(
                    f"token of {source.name}",
                    set_,
                    f"{variable} is {'set' if set_ else 'not set'}",
                    "" if set_ else f"set the variable {variable}",
                )
            )
    private = [source.name for source in sources if source.allow_private]
    if private:
        rows.append(
            _row(
                "private addresses",
                True,
                f"open to {', '.join(private[:5])}",
                "take allow_private away from sources that are on the public web",
            )
        )
    return rows


def _memory(workspace: Workspace) -> dict[str, Any]:
    from crawlers.pipeline.crawl_state import CrawlState

    path = workspace.home / "crawl.sqlite"
    if not path.exists():
        return _row("crawl memory", True, "nothing crawled yet")
    try:
        state = CrawlState(path)
    except TocsinError as error:
        return _row("crawl memory", False, str(error), f"remove {path}")
    number = len(state)
    state.close()
    return _row("crawl memory", True, f"{number} pages and timelines remembered")
