"""Dataclasses as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from tocsin.core.codec.dataclass_json import UNWRITTEN, build, encode, encode_each
from tocsin.core.messages import Message


@dataclass(frozen=True)
class How:
    """A part that many have."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """A part of its own kind."""

    posts: tuple[str, ...]
    apart: float | None = None
    inside: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Whole:
    """One of every sort of field."""

    kind: ClassVar[str] = "whole"
    id: str
    how: How
    at: datetime | None = None
    pieces: tuple[Piece, ...] = ()
    why: Message | None = None
    span: tuple[float, float] = (0.0, 1.0)
    counts: Mapping[str, int] = field(default_factory=dict)


HOW = How("test", {"windows": [1, 2.5], "names": ("a", "b")})
WHOLE = Whole(
    id="1",
    how=HOW,
    at=datetime(2026, 1, 31, 12, tzinfo=UTC),
    pieces=(Piece(("p", "q"), 0.1 + 0.2, (Piece(("r",)),)), Piece(())),
    why=Message("coordinated.seconds", {"value": 1.0}),
    span=(1e-300, 2.0),
    counts={"b": 2, "a": 1},
)


def test_what_is_written_is_read_again() -> None:
    text = encode(WHOLE)
    assert json.loads(text)["pieces"][0] == {
        "posts": ["p", "q"],
        "apart": 0.3,  # twelve digits, so that another machine's rounding gives the same bytes
        "inside": [{"posts": ["r"], "apart": None, "inside": []}],
    }
    again = build(Whole, text)
    assert encode(again) == text
    assert (again.at, again.why, again.span) == (WHOLE.at, WHOLE.why, WHOLE.span)
    assert again.pieces[0].inside == (Piece(("r",)),)


def test_fields_of_a_later_version_are_left_out_and_absent_ones_have_their_default() -> None:
    assert build(Whole, '{"id":"1","how":{"name":"n","new":1},"later":[1]}') == Whole(
        id="1", how=How("n")
    )


def test_many_are_written_as_each_alone() -> None:
    other = replace(WHOLE, id="2", how=How("other"))
    mixed = [WHOLE, replace(WHOLE, id="3"), other, HOW, WHOLE, Piece(("x",)), other]
    assert list(encode_each(mixed)) == [encode(value) for value in mixed]


def test_a_method_changed_between_two_writings_is_written_as_it_is_then() -> None:
    parameters: dict[str, Any] = {"seed": 1}
    whole = Whole(id="1", how=How("test", parameters))
    (before,) = encode_each([whole])
    parameters["seed"] = 2
    (after,) = encode_each([whole])
    assert '"seed":1' in before
    assert '"seed":2' in after


@dataclass(frozen=True)
class Older:
    """What was written before it had a second field."""

    name: str
    later: str = field(default="", metadata=UNWRITTEN)


def test_a_field_that_came_later_leaves_what_was_written_as_it_was() -> None:
    assert encode(Older("a")) == '{"name":"a"}'
    assert build(Older, encode(Older("a"))) == Older("a")
    assert build(Older, encode(Older("a", "b"))) == Older("a", "b")
