"""Monitor files: one TOML file a monitor in ``monitors/`` of the workspace."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from index.query import UNKNOWN_FIELD, QueryError, parse
from tocsin.core.errors import ConfigError, unread_reason
from tocsin.core.messages import Message
from tocsin.core.text import nearest, suggest_hint
from tocsin.core.workspace import Workspace

FOLDER = "monitors"
DIGESTS = ("now", "hourly", "daily")
INTERVALS = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
}
"""Over what a volume is counted."""
INTO = ("lang", "platform")
WHO = ("author", "domain")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_CODE = re.compile(r"[a-z0-9_-]{1,30}")
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Rule:
    """A rule. ``kind`` is a key of `RULES`; ``values`` are its keys, defaults filled in."""

    kind: str
    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


@dataclass(frozen=True)
class Monitor:
    """A saved query with its rules and recipients.

    Attributes:
        name: unique in the workspace; in commands and addresses.
        quiet: from and until what time of day nothing is sent, or None.
        digest: *now*, *hourly* or *daily*; a daily one is sent at ``digest_at``.
        language: of the alerts: en, fr, or empty for the workspace's.
        text: the file as it was read.
    """

    name: str
    query: str
    title: str = ""
    languages: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    quiet: tuple[time, time] | None = None
    digest: str = "now"
    digest_at: time = time(8)
    language: str = ""
    rules: tuple[Rule, ...] = ()
    text: str = field(default="", compare=False)

    @property
    def scope(self) -> str:
        """The query with its languages and platforms, as a person would write it."""
        parts = [self.query.strip()] if self.query.strip() else []
        for name, values in (("lang", self.languages), ("platform", self.platforms)):
            if values:
                parts.append(" OR ".join(f"{name}:{value}" for value in values))
        if len(parts) == 1:
            return parts[0]
        return " ".join(f"({part})" for part in parts)


class _Wrong(Exception):
    """A value that cannot be taken: the sentence says why and what to write."""

    def __init__(self, said: Message) -> None:
        super().__init__(str(said))
        self.said = said


Check = Callable[[Any], Any]


def _text(limit: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > limit:
            raise _Wrong(Message("monitor.want.text", {"limit": limit}))
        return value

    return check


def _one_of(names: Sequence[str]) -> Check:
    def check(value: Any) -> str:
        if value not in names:
            raise _Wrong(Message("monitor.want.one_of", {"names": tuple(names)}))
        return str(value)

    return check


def _number(low: float, high: float, *, whole: bool = False) -> Check:
    def check(value: Any) -> float:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            code = "monitor.want.whole" if whole else "monitor.want.number"
            raise _Wrong(Message(code, {"low": low, "high": high}))
        return value

    return check


def _period(value: Any) -> timedelta:
    """How long: 30m, 24h, 14d, 4w."""
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in _UNITS:
        length = timedelta(**{_UNITS[value[-1]]: int(value[:-1][:6])})
        if timedelta(0) < length <= timedelta(days=3_660):
            return length
    raise _Wrong(Message("monitor.want.period"))


def _codes(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(v, str) and _CODE.fullmatch(v) for v in value):
        return tuple(value)
    raise _Wrong(Message("monitor.want.codes"))


def _channels(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(v, str) and v for v in value):
        return tuple(dict.fromkeys(value))
    raise _Wrong(Message("monitor.want.names"))


def _into(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(part in INTO for part in value):
        return tuple(dict.fromkeys(value))
    raise _Wrong(Message("monitor.want.some_of", {"names": INTO}))


def _who(value: Any) -> tuple[str, ...]:
    """Terms of the query language: ``author:NAME`` or ``domain:SITE``."""
    if not isinstance(value, list) or not value:
        raise _Wrong(Message("monitor.want.who"))
    for term in value:
        if not isinstance(term, str) or term.split(":")[0] not in WHO or len(term) > 300:
            raise _Wrong(Message("monitor.want.who"))
        try:
            parse(term)
        except QueryError as error:
            raise _Wrong(error.message) from None
    return tuple(value)


def _quiet(value: Any) -> tuple[time, time] | None:
    found = _QUIET.fullmatch(value) if isinstance(value, str) else None
    if value == "":
        return None
    if found is None:
        raise _Wrong(Message("monitor.want.quiet"))
    hours = [int(part) for part in found.groups()]
    return time(hours[0], hours[1]), time(hours[2], hours[3])


def _clock(value: Any) -> time:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _Wrong(Message("monitor.want.clock"))
    return time(int(found[1]), int(found[2]))


def _query(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong(Message("monitor.want.query"))
    try:
        parse(value)
    except QueryError as error:
        if error.message.code not in UNKNOWN_FIELD:
            raise _Wrong(error.located) from None  # a stage may have declared the field
    return value


KEYS: Mapping[str, tuple[str, Check]] = {
    "name": ("name", _text(60)),
    "query": ("query", _query),
    "title": ("title", _text(200)),
    "languages": ("languages", _codes),
    "platforms": ("platforms", _codes),
    "channels": ("channels", _channels),
    "quiet_hours": ("quiet", _quiet),
    "digest": ("digest", _one_of(DIGESTS)),
    "digest_at": ("digest_at", _clock),
    "language": ("language", _one_of(("en", "fr"))),
}
"""Key of the file -> attribute of `Monitor`, and what checks its value."""

_POSTS = _number(1, 1_000_000, whole=True)
RULES: Mapping[str, Mapping[str, tuple[Any, Check]]] = {
    "volume": {
        "every": ("1h", _one_of(tuple(INTERVALS))),
        "factor": (3.0, _number(1, 1_000)),
        "z": (4.0, _number(0, 1_000)),
        "at_least": (10, _POSTS),
        "past": ("28d", _period),
        "again_after": ("24h", _period),
    },
    "new_narrative": {"at_least": (5, _POSTS), "new": ("14d", _period)},
    "new_group": {"at_least": (3, _POSTS)},
    "appears": {"who": (None, _who), "absent": ("30d", _period)},
    "crossing": {"into": (["lang", "platform"], _into), "at_least": (3, _POSTS)},
}
"""Kind of rule -> its keys, each with its default (None: must be given) and its check."""


def load_monitors(workspace: Workspace) -> list[Monitor]:
    """All monitor files, by name.

    Raises:
        ConfigError: a file cannot be read: file, line, key and what to write are said.
    """
    found, wrong = read_all(workspace)
    if wrong:
        raise wrong[0]
    return found


def read_all(workspace: Workspace) -> tuple[list[Monitor], list[ConfigError]]:
    """The monitors whose files can be read, by name, and what is wrong with the others."""
    monitors: dict[str, Monitor] = {}
    paths: dict[str, Path] = {}
    wrong: list[ConfigError] = []
    for path in sorted((workspace.home / FOLDER).glob("*.toml")):
        try:
            monitor = read_monitor(path)
            if monitor.name in monitors:
                said = {"path": str(path), "other": str(paths[monitor.name]), "name": monitor.name}
                raise ConfigError(Message("monitor.error.same_name", said))
        except ConfigError as error:
            wrong.append(error)
            continue
        monitors[monitor.name], paths[monitor.name] = monitor, path
    return [monitors[name] for name in sorted(monitors)], wrong


def read_monitor(path: Path) -> Monitor:
    """One monitor file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = {"path": str(path), "error": unread_reason(error)}
        raise ConfigError(Message("monitor.error.unreadable", said)) from None
    return parse_monitor(text, str(path), path.stem)


def parse_monitor(text: str, path: str, name: str) -> Monitor:
    """A monitor from the text of its file.

    Args:
        path: what the file is called in errors.
        name: what the monitor is called where the file does not say.

    Raises:
        ConfigError: file, line and key that are wrong, and what to write.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = {"path": path, "error": unread_reason(error)}
        raise ConfigError(Message("monitor.error.no_toml", said)) from None
    rules = values.pop("rules", [])
    taken: dict[str, Any] = {}
    for key, value in values.items():
        if key not in KEYS:
            raise _unknown(text, path, key, [*KEYS, "rules"], None)
        attribute, check = KEYS[key]
        taken[attribute] = _checked(text, path, key, None, check, value)
    if "query" not in taken:
        raise ConfigError(Message("monitor.error.no_query", {"path": path}))
    named = taken.setdefault("name", name)
    if not NAME.fullmatch(named):
        raise _error(text, path, "name", None, Message("monitor.want.name"))
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise _error(text, path, "rules", None, Message("monitor.want.rules"))
    taken["rules"] = tuple(_rule(text, path, n, dict(rule)) for n, rule in enumerate(rules))
    return Monitor(**taken, text=text)


def _rule(text: str, path: str, number: int, given: dict[str, Any]) -> Rule:
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in RULES:
        near = nearest(kind, RULES, 0.5) if isinstance(kind, str) else None
        names = (near,) if near else tuple(RULES)
        raise _error(text, path, "kind", number, Message("monitor.want.kind", {"names": names}))
    known = RULES[kind]
    for key in given:
        if key not in known:
            raise _unknown(text, path, key, [*known, "kind"], number)
    values: dict[str, Any] = {}
    for key, (default, check) in known.items():
        value = given.get(key, default)
        if value is None:
            raise _error(text, path, key, number, Message("monitor.want.who"))
        values[key] = _checked(text, path, key, number, check, value)
    return Rule(kind, values)


def _checked(text: str, path: str, key: str, rule: int | None, check: Check, value: Any) -> Any:
    try:
        return check(value)
    except _Wrong as error:
        raise _error(text, path, key, rule, error.said) from None


def _unknown(text: str, path: str, key: str, known: list[str], rule: int | None) -> ConfigError:
    near = nearest(key, known, 0.5)
    names = (near,) if near else tuple(known)
    return _error(text, path, key, rule, Message("monitor.want.key", {"names": names}))


def _error(text: str, path: str, key: str, rule: int | None, want: Message) -> ConfigError:
    said = {"path": path, "line": _line(text, key, rule), "key": key[:60], "want": want}
    return ConfigError(Message("monitor.error.value", said))


def _line(text: str, key: str, rule: int | None) -> int:
    """The line of a key, that of its table where the key is missing; counted from 1."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[\s*rules\s*\]\]", line)]
    first, last = 0, len(lines)
    if rule is not None and rule < len(starts):
        first, last = starts[rule], (*starts, len(lines))[rule + 1]
    wanted = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    for n in range(first, last):
        if wanted.match(lines[n]):
            return n + 1
    return first + 1


def choose_monitors(monitors: Sequence[Monitor], names: Sequence[str]) -> list[Monitor]:
    """The monitors of these names, all where none is given.

    Raises:
        ConfigError: there is none of that name; the nearest is said.
    """
    by_name = {monitor.name: monitor for monitor in monitors}
    for name in names:
        if name not in by_name:
            hint = suggest_hint(name, by_name)
            known = sorted(by_name) or Message("phrase.none_yet")
            said = {"name": name[:60], "hint": hint, "known": known}
            raise ConfigError(Message("monitor.error.no_monitor", said))
    return [by_name[name] for name in dict.fromkeys(names)] if names else list(monitors)
