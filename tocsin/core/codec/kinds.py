"""Which class a kind of findings has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Protocol, TypeVar

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message


class HasKind(Protocol):
    """A class of findings names its kind."""

    kind: ClassVar[str]


FindingT = TypeVar("FindingT", bound=HasKind)


class FindingKinds(Mapping[str, type[FindingT]]):
    """Kind -> class of findings: ours, and those that analysers of other packages define.

    Ours are known at once. The modules of installed analysers are loaded when another kind is asked
    for, or when all kinds are listed, so that every process can read what one of them published.
    """

    def __init__(self) -> None:
        self._classes: dict[str, type[FindingT]] = {}

    def add(self, cls: type[FindingT]) -> None:
        """Make a class known. Raises ConfigError: another class has its kind."""
        known = self._classes.get(cls.kind)
        # a dataclass with slots is made twice: the second one counts
        if known and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ConfigError(
                Message(
                    "fault.plugins.kind_taken",
                    {
                        "module": cls.__module__,
                        "qualname": cls.__qualname__,
                        "kind": repr(cls.kind),
                        "module2": known.__module__,
                        "qualname2": known.__qualname__,
                    },
                )
            )
        self._classes[cls.kind] = cls

    def __contains__(self, kind: object) -> bool:
        return kind in self._classes or kind in self._all()

    def __getitem__(self, kind: str) -> type[FindingT]:
        return self._classes.get(kind) or self._all()[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, type[FindingT]]:
        from tocsin.core.plugins import registered, resolve

        for where in registered("analyser", {}).values():
            resolve(where)
        return self._classes
