"""Checks of what callers give, the same for every backend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from index.base import Mark
from tocsin.core.errors import ConfigError
from tocsin.core.findings import KINDS, Finding
from tocsin.core.messages import Message


def check_kinds(kinds: Iterable[str]) -> None:
    """Raise ConfigError for a kind of finding that does not exist."""
    for kind in kinds:
        if kind not in KINDS:
            raise ConfigError(
                Message("fault.validation.no_kind", {"kind": repr(kind), "kinds": list(KINDS)})
            )


def check_published(finding: Finding, kinds: Sequence[str]) -> None:
    """Raise ConfigError where a finding is not of the kinds that are being published."""
    if finding.kind not in kinds:
        raise ConfigError(
            Message("fault.validation.kind", {"kind": repr(finding.kind), "kinds": list(kinds)})
        )


def check_mark(mark: str | None) -> None:
    """Raise ConfigError for a mark that does not exist; None takes one back."""
    known = [name for kind in get_args(Mark) for name in get_args(kind) or (kind,)]
    if mark is not None and mark not in known:
        raise ConfigError(Message("fault.validation.mark", {"mark": repr(mark), "value": known}))
