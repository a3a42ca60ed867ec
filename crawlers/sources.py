"""Source files: one TOML file a source in ``sources/`` of the workspace. ``docs/sources.md`` explains every key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawlers.spiders import SPIDERS
from tocsin.core.errors import ConfigError
from tocsin.core.plugins import choose
from tocsin.core.settings import CrawlSettings


class Source(BaseModel):
    """The keys that every source has; a spider's own ``options`` class adds to them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
        description="Name of the source, unique in the workspace.",
    )
    spider: str = Field(description="Which spider reads it: feed, site or mastodon.")
    start: list[str] = Field(
        min_length=1, max_length=10_000, description="Feed addresses, sitemaps, pages, or servers."
    )
    enabled: bool = Field(
        True, description="false leaves the source out of `tocsin crawl` unless it is named."
    )
    allow_private: bool = Field(
        False, description="Let this source reach private and loopback addresses, and any port."
    )
    max_pages: int = Field(
        ge=1, description="Pages fetched in one run; pages that have not changed do not count."
    )
    delay: float = Field(
        ge=0,
        le=3600,
        description="Seconds between two requests to one host; AutoThrottle may slow it further.",
    )
    max_bytes: int = Field(
        ge=1000, description="Bytes of one answer, unpacked; larger ones are refused."
    )
    timeout: float = Field(gt=0, le=600, description="Seconds to wait for one answer.")
    respect_robots: bool = Field(description="Obey robots.txt.")
    user_agent: str = Field(
        min_length=1, max_length=500, description="What this crawler calls itself."
    )
    lawful_basis: str = Field(
        "", max_length=500, description="Why you may collect this; kept with every document."
    )
    retention_days: int = Field(
        0,
        ge=0,
        description="Delete this source's documents after so many days; 0 takes the workspace's period.",
    )


def load(folder: Path, settings: CrawlSettings) -> list[Source]:
    """All source files of a folder, by name; what a file leaves out comes from the settings.

    Raises:
        ConfigError: a file that is no TOML, an unknown key (the nearest is named), a wrong value, a name used twice.
    """
    found: dict[str, tuple[Source, Path]] = {}
    for path in sorted(folder.glob("*.toml")):
        source = read(path, settings)
        if source.name in found:
            raise ConfigError(
                f"{path} and {found[source.name][1]} both have the name {source.name!r}; rename one"
            )
        found[source.name] = (source, path)
    return [found[name][0] for name in sorted(found)]


def read(path: Path, settings: CrawlSettings) -> Source:
    """One source file. Raises ConfigError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no valid TOML: {error}; mend that line") from None
    spider = values.get("spider")
    if not isinstance(spider, str):
        raise ConfigError(
            f"{path} lacks the key spider; write spider = one of {', '.join(map(repr, sorted(SPIDERS)))}"
        )
    try:
        model: type[Source] = choose("spider", spider, SPIDERS).options
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    for key in values:
        if key not in model.model_fields:
            near = difflib.get_close_matches(key, model.model_fields, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "see docs/sources.md"
            raise ConfigError(f"{path}: unknown key {key}; {hint}")
    keys = ("max_pages", "delay", "max_bytes", "timeout", "respect_robots", "user_agent")
    merged: dict[str, Any] = {key: getattr(settings, key) for key in keys} | values
    if settings.allow_private:
        merged["allow_private"] = True
    try:
        source = model.model_validate(merged)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(
            f"{path}: key {'.'.join(map(str, first['loc']))}: {first['msg']}; see docs/sources.md"
        ) from None
    for url in source.start:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{path}: start address {url[:200]!r} is no http or https address")
    return source


def chosen(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """The sources of these names, or all that are enabled.

    Raises:
        ConfigError: there is none of that name; the nearest is said.
    """
    if not names:
        return [source for source in sources if source.enabled]
    known = {source.name: source for source in sources}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ConfigError(
                f"there is no source named {name!r}; {hint}known: {', '.join(sorted(known)) or 'none'}"
            )
    return [known[name] for name in dict.fromkeys(names)]
