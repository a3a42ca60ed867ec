"""Techniques of the DISARM Red framework that fit what Tocsin finds.

The ids are those of the framework (DISARM Foundation, https://www.disarm.foundation); the names are
Tocsin's own words, in ``case_techniques.toml`` of the catalogues.
"""

from __future__ import annotations

import re

from tocsin.core.errors import ConfigError
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message

FRAMEWORK = "DISARM Red"
TECHNIQUES = (
    "T0015", "T0016", "T0023.001", "T0048", "T0049", "T0049.002", "T0049.003", "T0049.004",
    "T0049.005", "T0049.007", "T0060", "T0068", "T0084.001", "T0084.002", "T0084.003", "T0090",
    "T0092", "T0098", "T0099", "T0116", "T0117", "T0118", "T0119.001", "T0119.002", "T0121",
    "T0122",
)  # fmt: skip
"""Ids, in the order of the framework."""
_ID = re.compile(r"T\d{4}(?:\.\d{3})?")


def technique_id(given: str) -> str:
    """The id of a technique as somebody wrote it; one that is not in the list is taken, too.

    Raises:
        ConfigError: it is no id of the framework.
    """
    name = given.strip().upper()
    if not _ID.fullmatch(name):
        raise ConfigError(Message("case.error.technique", {"id": given[:40]}))
    return name


def technique_name(technique: str) -> Message:
    """What a technique is called; of one that is not in the list that this is so."""
    code = f"case.technique.{technique.replace('.', '_')}"
    return Message(code) if ENGLISH.has(code) else Message("case.technique.not_listed")
