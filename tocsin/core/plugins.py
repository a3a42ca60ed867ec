"""Plug-ins, ours and those of other packages: named as text, imported when they are used.

A plug-in is named by where it is, ``module:attribute``.

Another package brings a plug-in by an entry point of the group of its family::

    [project.entry-points."tocsin.signals"]
    shared_handle = "my_package.signals:SharedHandle"

Entry points are looked up when a family is used for the first time, never by ``tocsin --help``.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from functools import lru_cache, reduce
from typing import Any

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import suggest_hint

FAMILIES: Mapping[str, str] = {
    "analyser": "tocsin.analysers",
    "export": "tocsin.exports",
    "health check": "tocsin.health",
    "importer": "tocsin.importers",
    "profile": "tocsin.profiles",
    "reading": "tocsin.readings",
    "signal": "tocsin.signals",
    "spider": "tocsin.spiders",
    "stage": "tocsin.stages",
    "view": "tocsin.views",
}
"""Family -> the group of entry points that other packages use. Others are ours alone."""
OURS = ("index backend",)

_brought_by: dict[str, Message] = {}
"""Where a plug-in of another package is -> what it is, for the sentence when it breaks."""


def registered(family: str, own: Mapping[str, str]) -> Mapping[str, str]:
    """All plug-ins of a family by name: ours in their order, then those of installed packages.

    Raises:
        ConfigError: two packages, or a package and Tocsin, use the same name.
    """
    if family not in FAMILIES:
        return own
    known = dict(own)
    packages: dict[str, str] = {}
    for name, where, package in _installed(FAMILIES[family]):
        if name in known:
            holder = packages.get(name) or Message("fault.plugins.itself")
            raise ConfigError(
                Message(
                    "fault.plugins.name_taken",
                    {
                        "family": _called(family),
                        "name": repr(name),
                        "package": package,
                        "holder": holder,
                    },
                )
            )
        known[name] = where
        packages[name] = package
    return known


def choose(family: str, name: str, own: Mapping[str, str]) -> Any:
    """The plug-in of a family by its name.

    Raises:
        ConfigError: none has that name (the nearest and all known are listed), or it cannot be
            loaded.
    """
    known = registered(family, own)
    if name not in known:
        raise ConfigError(unknown(family, name, known))
    return resolve(known[name])


def unknown(family: str, name: str, known: Collection[str]) -> Message:
    """The sentence that no plug-in of a family has that name: the nearest, and all known."""
    return Message(
        "fault.plugins.unknown",
        {
            "called": _called(family),
            "name": repr(name),
            "hint": suggest_hint(name, known),
            "known": sorted(known),
        },
    )


def resolve(where: str) -> Any:
    """The attribute that ``module:attribute`` names.

    Raises:
        ConfigError: it belongs to another package and cannot be loaded.
    """
    module, _, attribute = where.partition(":")
    if where not in _brought_by:
        return _load(module, attribute)
    try:
        return _load(module, attribute)
    except Exception as error:  # code of others may raise anything while it is imported
        raise ConfigError(
            Message(
                "fault.plugins.not_loaded",
                {
                    "brought_by": _brought_by[where],
                    "type": type(error).__name__,
                    "error": str(error),
                },
            )
        ) from error


def _called(family: str) -> Message | str:
    """What a person calls a plug-in of a family."""
    if family not in FAMILIES and family not in OURS:
        return family
    return Message(f"fault.family.{family.replace(' ', '_')}")


def _load(module: str, attribute: str) -> Any:
    return reduce(getattr, attribute.split("."), importlib.import_module(module))


@lru_cache(maxsize=32)
def _installed(group: str) -> tuple[tuple[str, str, str], ...]:
    """Name, place and package of the entry points of a group, by name."""
    from importlib.metadata import entry_points

    brought = []
    for point in sorted(entry_points(group=group), key=lambda point: (point.name, point.value)):
        package = point.dist.name if point.dist else "unknown"
        where = f"{point.module}:{point.attr}"
        family = next(name for name, theirs in FAMILIES.items() if theirs == group)
        told = {"family": _called(family), "name": repr(point.name), "package": package}
        _brought_by[where] = Message("fault.plugins.of_package", told)
        brought.append((point.name, where, package))
    return tuple(brought)


def forget_installed() -> None:
    """Look entry points up anew at the next use: for tests that install a package."""
    _installed.cache_clear()
    _brought_by.clear()
