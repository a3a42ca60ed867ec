"""Plug-ins are named as text (``module:attribute``) and imported when used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

from tocsin.core.errors import ConfigError


def resolve(name: str) -> Any:
    """The attribute that ``module:attribute`` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def choose(family: str, name: str, registered: Mapping[str, str]) -> Any:
    """The plug-in of a family by its registered name.

    Raises:
        ConfigError: there is none of that name; the nearest and all known are said.
    """
    if name not in registered:
        near = difflib.get_close_matches(name, registered, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(
            f"there is no {family} named {name!r}; {hint}known: {', '.join(sorted(registered))}"
        )
    return resolve(registered[name])
