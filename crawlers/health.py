"""What ``tocsin check`` says of the crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """Libraries, source files, what is remembered of pages, and whether private addresses are open
    to all sources.
    """
    return [_libraries(), *_sources(workspace), _memory(workspace)]


def _row(name: str, ok: bool, detail: str | Message, advice: str | Message = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "advice": advice}


def _libraries() -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        versions = ", ".join(
            f"{name} {version(name)}" for name in ("scrapy", "trafilatura", "feedparser", "lxml")
        )
    except PackageNotFoundError as error:
        return _row(
            "crawler libraries",
            False,
            Message("crawl.check.not_installed", {"name": error.name}),
            Message("crawl.check.install"),
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
                Message("crawl.check.none"),
                Message("crawl.check.write", {"folder": str(folder)}),
            )
        ]
    try:
        sources = load_sources(folder, workspace.settings.crawl)
    except TocsinError as error:
        return [_row("sources", False, error.message, Message("crawl.check.mend"))]
    rows = [
        _row(
            "sources",
            True,
            Message(
                "crawl.check.configured",
                {"n": len(sources), "enabled": sum(source.enabled for source in sources)},
            ),
        )
    ]
    without_basis = [source.name for source in sources if not source.lawful_basis]
    if without_basis:
        rows.append(
            _row(
                "lawful basis",
                True,
                Message("crawl.check.no_basis", {"names": without_basis[:5]}),
                Message("crawl.check.say_basis"),
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
                    Message(f"crawl.check.{'set' if set_ else 'not_set'}", {"name": variable}),
                    "" if set_ else Message("crawl.check.set_it", {"name": variable}),
                )
            )
    private = [source.name for source in sources if source.allow_private]
    if private:
        rows.append(
            _row(
                "private addresses",
                True,
                Message("crawl.check.private", {"names": private[:5]}),
                Message("crawl.check.no_private"),
            )
        )
    return rows


def _memory(workspace: Workspace) -> dict[str, Any]:
    from crawlers.pipeline.crawl_state import CrawlState

    path = workspace.home / "crawl.sqlite"
    if not path.exists():
        return _row("crawl memory", True, Message("crawl.check.nothing"))
    try:
        state = CrawlState(path)
    except TocsinError as error:
        return _row(
            "crawl memory", False, error.message, Message("crawl.check.remove", {"path": str(path)})
        )
    number = len(state)
    state.close()
    return _row("crawl memory", True, Message("crawl.check.remembered", {"n": number}))
