"""The first values of a JSON file, by its head alone: also where the head ends within a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from crawlers.importing.formats.profile_base import Head
from crawlers.importing.input_file import InputFile

MAX_VALUES = 20
MAX_DEPTH = 50
_decode = json.JSONDecoder(parse_constant=lambda _: None).raw_decode
_BETWEEN = re.compile(r"[\s,;\ufeff]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|"')


def head_values(source: InputFile) -> list[Any]:
    """Up to 20 values of the file; of an outer array its elements. A value that the head cuts off
    is completed: what stands there whole is kept.
    """
    text = source.head.decode(source.encoding, "replace")
    match = _BETWEEN.match(text)
    at = match.end() if match else 0
    is_array = text[at : at + 1] == "["
    at += is_array
    values: list[Any] = []
    while len(values) < MAX_VALUES:
        match = _BETWEEN.match(text, at)
        at = match.end() if match else at
        if at >= len(text) or text[at] == "]":
            break
        try:
            value, at = _decode(text, at)
        except (ValueError, RecursionError):
            end_of_line = text.find("\n", at)
            if (cut := complete_json(text[at:])) is not None:
                values.append(cut)
            if end_of_line < 0 or (values and cut is not None):
                break
            at = end_of_line + 1  # a torn line: the next one may say more
            continue
        values.append(value)
    return values


def complete_json(text: str) -> Any:
    """The value of a text that breaks off, closed behind its last whole part; None where it is
    no beginning of an object or array.
    """
    if text[:1] not in ("{", "["):
        return None
    stack: list[str] = []
    cut, closing = 0, ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in ("{", "["):
            stack.append("}" if sign == "{" else "]")
            if len(stack) > MAX_DEPTH:
                return None
            continue
        if sign in ("}", "]"):
            if not stack or stack.pop() != sign:
                return None
            cut, closing = token.end(), "".join(reversed(stack))
        elif sign == "," and stack:
            cut, closing = token.start(), "".join(reversed(stack))
        elif sign == '"':  # a text that does not end
            break
        if not stack:
            break
    try:
        return json.loads(text[:cut] + closing, strict=False) if cut else None
    except (ValueError, RecursionError):
        return None


def head_of(values: Sequence[Any], lists: Sequence[str], name: str) -> Head:
    """What a profile with these ``lists`` sees of the first values."""
    found: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]
    if lists:
        found = (pair for v in values for path in lists for pair in _inside(v, path.split("."), {}))
    else:
        found = ((value, {}) for value in values if isinstance(value, dict))
    pairs = list(islice(found, MAX_VALUES))
    columns = dict.fromkeys(key for record, _ in pairs for key in record)
    return Head(tuple(columns), [record for record, _ in pairs], pairs[0][1] if pairs else {}, name)


def _inside(
    value: Any, path: list[str], around: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    if isinstance(value, list):
        for element in value:
            if not path and isinstance(element, dict):
                yield element, around
            elif path and isinstance(element, dict):
                yield from _inside(element, path, around)
    elif isinstance(value, dict) and path and path[0] in value:
        plain = {k: v for k, v in value.items() if not isinstance(v, (dict, list))}
        yield from _inside(value[path[0]], path[1:], {**around, **plain})
