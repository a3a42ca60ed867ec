"""Source files: one TOML file a source in ``sources/`` of the workspace."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crawlers.sources import Source
from crawlers.spiders import SPIDERS
from tocsin.core.errors import ConfigError, unread_reason
from tocsin.core.files import write_atomically
from tocsin.core.messages import Message
from tocsin.core.plugins import choose, registered
from tocsin.core.settings import CrawlSettings
from tocsin.core.text import nearest, suggest_hint
from tocsin.core.urls import domain

_FROM_SETTINGS = (
    "max_pages", "delay", "max_bytes", "timeout", "respect_robots", "user_agent",
)  # fmt: skip
"""Keys that a source file may leave to ``[crawl]`` of the settings."""


def load_sources(folder: Path, settings: CrawlSettings) -> list[Source]:
    """All source files of a folder, by name; what a file leaves out comes from the settings.

    Raises:
        ConfigError: a file that is not TOML, an unknown key (the nearest is named), a wrong value,
            a name used twice.
    """
    sources: dict[str, tuple[Source, Path]] = {}
    for path in sorted(folder.glob("*.toml")):
        source = read_source(path, settings)
        if source.name in sources:
            other = sources[source.name][1]
            raise ConfigError(
                Message(
                    "crawl.same_name",
                    {"path": str(path), "other": str(other), "name": repr(source.name)},
                )
            )
        sources[source.name] = (source, path)
    return [sources[name][0] for name in sorted(sources)]


def read_source(path: Path, settings: CrawlSettings) -> Source:
    """One source file. Raises ConfigError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            Message("crawl.no_toml", {"path": str(path), "error": unread_reason(error)})
        ) from None
    model = _options_class(path, values.get("spider"))
    for key in values:
        if key not in model.model_fields:
            near = nearest(key, model.model_fields, 0.5)
            hint = Message("crawl.near_key", {"name": near}) if near else Message("crawl.see_docs")
            raise ConfigError(
                Message("crawl.unknown_key", {"path": str(path), "key": key, "hint": hint})
            )
    defaults: dict[str, Any] = {key: getattr(settings, key) for key in _FROM_SETTINGS}
    merged = defaults | values
    if settings.allow_private:
        merged["allow_private"] = True
    try:
        source = model.model_validate(merged)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise ConfigError(
            Message("crawl.wrong_value", {"path": str(path), "key": key, "error": first["msg"]})
        ) from None
    for url in source.start:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(
                Message("crawl.no_address", {"path": str(path), "url": repr(url[:200])})
            )
    return source


def _options_class(path: Path, spider: Any) -> type[Source]:
    """The class that the keys of a source file are checked by: its spider's. Raises ConfigError."""
    if not isinstance(spider, str):
        names = ", ".join(map(repr, sorted(registered("spider", SPIDERS))))
        raise ConfigError(Message("crawl.no_spider", {"path": str(path), "names": names}))
    try:
        options = choose("spider", spider, SPIDERS).options
    except ConfigError as error:
        raise ConfigError(
            Message("crawl.in_file", {"path": str(path), "sentence": error.message})
        ) from None
    except AttributeError:
        options = None
    if not isinstance(options, type) or not issubclass(options, Source):
        raise ConfigError(Message("crawl.no_options", {"path": str(path), "spider": repr(spider)}))
    return options


def select_sources(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """The sources of these names, or all that are enabled.

    Raises:
        ConfigError: there is none of that name; the nearest is said.
    """
    if not names:
        return [source for source in sources if source.enabled]
    by_name = {source.name: source for source in sources}
    for name in names:
        if name not in by_name:
            hint = suggest_hint(name, by_name)
            known = sorted(by_name) or Message("phrase.none_yet")
            raise ConfigError(
                Message("crawl.no_source", {"name": repr(name), "hint": hint, "known": known})
            )
    return [by_name[name] for name in dict.fromkeys(names)]


def add_source(
    folder: Path, settings: CrawlSettings, url: str, *, spider: str, lawful_basis: str = ""
) -> Source:
    """Write the file of a new source, called by the host of its address.

    Raises:
        ConfigError: the address is none, a source reads it already, or the file would be wrong;
            then nothing is written.
    """
    url = url.strip()
    known = load_sources(folder, settings)
    for source in known:
        if url in source.start:
            raise ConfigError(Message("crawl.known", {"url": url[:200], "name": source.name}))
    name = _new_name(url, {source.name for source in known} | {p.stem for p in folder.iterdir()})
    values: dict[str, str | list[str]] = {
        "name": name,
        "spider": spider,
        "start": [url],
        "lawful_basis": lawful_basis,
    }
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value)
    with tempfile.TemporaryDirectory() as draft:
        path = Path(draft) / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        source = read_source(path, settings)
    with write_atomically(folder / f"{name}.toml") as made:
        made.write_text(text, encoding="utf-8")
    return source


def _new_name(url: str, taken: Collection[str]) -> str:
    """The host of an address as a name that no source has."""
    host = domain(url)
    if not url.startswith(("http://", "https://")) or not host:
        raise ConfigError(Message("crawl.no_url", {"url": repr(url[:200])}))
    stem = re.sub(r"[^a-z0-9.-]+", "-", host).strip("-.")[:70] or "source"
    names = (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _toml(value: str | list[str]) -> str:
    """A text or a list of texts: a string of JSON is one of TOML, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
