"""What cells hold where a table was made of nested objects (by pandas, csv writers...)."""

from __future__ import annotations

import json
import re
from typing import Any

_MAX = 100_000
_FIRST_ID = re.compile(r"['\"]id['\"]: ?['\"]?(\d{1,25})")
_ARGUMENT = re.compile(r"(?<=[(\s])(\w{1,40})=(?=['\"\d])")
_STATUS = re.compile(r"/status(?:es)?/(\d{1,25})")
_PAIR = re.compile(
    r"""['"](\w{1,40})['"]:\ ?
    (?:'((?:[^'\\]|\\.){0,2000})'|"((?:[^"\\]|\\.){0,2000})"|(\d{1,25}))""",
    re.VERBOSE,
)


def parse_nested_cell(value: Any, *keys: str) -> dict[str, Any]:
    """These keys of an object: itself, or a cell with JSON or what Python prints for it.

    What Python prints is not evaluated: it may hold times and classes. The first place where a key
    stands is taken, which is the object's own where its inner objects come later.
    """
    if isinstance(value, dict):
        return {key: value[key] for key in keys if value.get(key) not in (None, "")}
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "User(", "Tweet(")):
        return {}
    if value.lstrip().startswith('{"'):
        try:
            read = json.loads(value)
            return parse_nested_cell(read, *keys) if isinstance(read, dict) else {}
        except (ValueError, RecursionError):
            pass
    text = value[:_MAX]
    if text[0] != "{":
        text = _ARGUMENT.sub(r"'\1': ", text)
    found: dict[str, Any] = {}
    for match in _PAIR.finditer(text):
        key = match[1]
        if key in keys and key not in found:
            found[key] = match[2] or match[3] or match[4]
            if len(found) == len(keys):
                break
    return {key: part for key, part in found.items() if part}


def status_id(value: Any) -> str | None:
    """The id of the post in an object, a cell with one, or an address."""
    if isinstance(value, dict):
        native = value.get("id_str") or value.get("id")
        return str(native) if isinstance(native, (str, int)) and native else None
    if not isinstance(value, str):
        return None
    match = _STATUS.search(value[:2_000]) or _FIRST_ID.search(value[:_MAX])
    return match[1] if match else None
