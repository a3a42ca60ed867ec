"""Which profile fits a file, and what it makes of a record."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from crawlers.importing.column_mapping import compile_columns
from crawlers.importing.formats import IMPORTERS, PROFILES
from crawlers.importing.formats.base import Importer, Item, LeftOut, Row
from crawlers.importing.formats.first_rows import describe
from crawlers.importing.formats.json_head import MAX_VALUES, head_of, head_values
from crawlers.importing.formats.json_rows import read_json
from crawlers.importing.formats.nested_json import read_nested
from crawlers.importing.formats.profile_base import (
    OBJECTS,
    SURE_ENOUGH,
    TABLE,
    BaseProfile,
    Head,
    Record,
    Skip,
)
from crawlers.importing.input_file import InputFile
from crawlers.importing.relations.deletions import find_deletion
from tocsin.core.documents import FOUND_KEYS
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.plugins import choose, registered
from tocsin.core.text import suggest_hint

MOST_BESIDE = 20_000
"""Records of a file beside that are read."""
_ALSO_CALLED = {
    "x": ("twitter", "x.com", "twitter.com"),
    "bluesky": ("bsky", "bsky.app"),
    "facebook": ("fb",),
    "youtube": ("yt",),
}
"""Platform -> what else files call it."""


def known_formats() -> dict[str, str]:
    """Every name that ``--format`` takes -> ``importer`` or ``profile``."""
    importers = dict.fromkeys(registered("importer", IMPORTERS), "importer")
    return importers | dict.fromkeys(registered("profile", PROFILES), "profile")


def check_format(name: str) -> str:
    """``importer`` or ``profile``.

    Raises:
        ConfigError: there is no such format; the nearest is named.
    """
    known = known_formats()
    if name not in known:
        hint = suggest_hint(name, known)
        raise ConfigError(
            Message(
                "reading.no_format",
                {"format": repr(name), "hint": hint, "known": ", ".join(sorted(known))},
            )
        )
    return known[name]


def make_profile(name: str) -> BaseProfile:
    """A fresh profile by its name."""
    profile: BaseProfile = choose("profile", name, PROFILES)()
    return profile


def own_profile(importer: Importer, wanted: str, name: str) -> BaseProfile | None:
    """The profile of a format that is no table or JSON: it has one meaning alone.

    Raises:
        ConfigError: another profile is ``wanted`` for the file of this name.
    """
    own: str = getattr(importer, "profile", "")
    if own and wanted not in ("", own) and check_format(wanted) == "profile":
        raise ConfigError(
            Message("fault.importing.other_format", {"name": name, "own": own, "wanted": wanted})
        )
    return make_profile(own) if own else None


def records_of(importer: Importer) -> str:
    """The kind of records that an importer gives: ``table``, ``objects``, or empty."""
    return getattr(importer, "records", "")


def reads(importer: Importer) -> str:
    """The kind of input that an importer takes."""
    return getattr(importer, "reads", "text")


class ProfileFinder:
    """Asks the profiles what they make of the beginning of a file.

    ``notes`` says which profiles of other packages failed.
    """

    def __init__(self, source: InputFile, wanted: str = "") -> None:
        self.notes: list[str | Message] = []
        self._name = source.name.lower().rpartition("/")[2]
        self._source = source
        names = [wanted] if wanted else list(registered("profile", PROFILES))
        self._profiles: list[BaseProfile] = []
        for name in names:
            try:
                self._profiles.append(make_profile(name))
            except ConfigError as error:
                if wanted or name in PROFILES:
                    raise
                self.notes.append(error.message)
        self._wanted = bool(wanted)

    def of_objects(self) -> BaseProfile | None:
        """The profile of a JSON file, by its head."""
        values = head_values(self._source)
        heads: dict[tuple[str, ...], Head] = {}

        def head(profile: BaseProfile) -> Head:
            if profile.lists not in heads:
                heads[profile.lists] = head_of(values, profile.lists, self._name)
            return heads[profile.lists]

        return self._best([(p, head(p)) for p in self._profiles if OBJECTS in p.takes])

    def of_table(self, rows: list[dict[str, Any]]) -> BaseProfile | None:
        """The profile of a table, by its first rows; none of our own exports, which say more."""
        if rows and not self._wanted and rows[0].keys() >= set(FOUND_KEYS):
            return None
        head = Head(tuple(rows[0]) if rows else (), rows[:MAX_VALUES], {}, self._name)
        return self._best([(p, head) for p in self._profiles if TABLE in p.takes])

    def _best(self, pairs: list[tuple[BaseProfile, Head]]) -> BaseProfile | None:
        if self._wanted:
            return pairs[0][0] if pairs else None
        best, score = None, SURE_ENOUGH
        for profile, head in pairs:
            if not head.records or _is_of_another_platform(profile, head):
                continue
            try:
                sure = profile.recognises(head)
            except Exception as error:  # one of another package: the others still read
                if profile.name in PROFILES:
                    raise
                self.notes.append(
                    Message(
                        "reading.profile_left", {"profile": profile.name, "error": describe(error)}
                    )
                )
                continue
            if sure >= score and (best is None or sure > score):
                best, score = profile, sure
        return best


def _is_of_another_platform(profile: BaseProfile, head: Head) -> bool:
    """Whether the rows say themselves that they are of a platform that is not the profile's."""
    if not profile.platform:
        return False
    told = {
        value.strip().casefold()
        for record in head.records
        for key, value in record.items()
        if key.casefold() == "platform" and isinstance(value, str) and value.strip()
    }
    return not told <= {profile.platform, *_ALSO_CALLED.get(profile.platform, ())}


def read_objects(source: InputFile, profile: BaseProfile) -> Iterator[Item]:
    """The records of a JSON file as a profile wants them."""
    if profile.lists:
        return read_nested(source, profile.lists)
    return read_json(source, unwrap=False)


def read_companion_files(profile: BaseProfile, name: str) -> None:
    """Give a profile the file's name, and the files that it looks for in the same folder or zip;
    nothing where there are none.
    """
    profile.read_name(name.rpartition("/")[2].rpartition("!")[2])
    if not profile.beside or name == "-":
        return
    names = (profile.beside,) if isinstance(profile.beside, str) else profile.beside
    archive, mark, member = name.rpartition("!")
    for other in names:
        near = posixpath.normpath(posixpath.join(posixpath.dirname(member), other))
        if near == posixpath.normpath(member) or (mark and near.startswith("../")):
            continue
        try:
            with InputFile(f"{archive}{mark}{near}") as source:
                items = read_json(source, unwrap=False) if source.kind == "text" else iter(())
                rows = islice((item for item in items if isinstance(item, Row)), MOST_BESIDE)
                records = [row.values for row in rows]
        except ConfigError:
            continue
        profile.read_beside(records)


class ProfileConverter:
    """A profile at work on one file: what ``--map`` names takes precedence over it."""

    def __init__(
        self, profile: BaseProfile, wanted: Mapping[str, str], rows: list[dict[str, Any]]
    ) -> None:
        self.profile = profile
        profile.fit(rows)
        self._wanted = (
            compile_columns({k: [c] for k, c in wanted.items()}, rows) if wanted else None
        )
        self._extra = {key[6:] for key in wanted if key.startswith("extra.")}

    def convert(self, row: Row) -> Iterator[dict[str, Any] | LeftOut]:
        """The exchange objects of a record, their platform filled in."""
        made_any = False
        for made in self.profile.convert(row.values, row.around):
            if type(made) is Skip:
                yield LeftOut(row.line, made.reason)
                made_any = True
                continue
            assert isinstance(made, dict)
            if not made.get("platform") and self.profile.platform:
                made["platform"] = self.profile.platform
            if self._wanted is not None and not made_any:
                self._overwrite(made, row.values)
            if not (made_any or "deleted_at" in made) and (deleted := find_deletion(row.values)):
                made["deleted_at"] = deleted
            made_any = True
            yield made
        if not made_any:
            yield LeftOut(row.line, "records without a post")

    def written_times(self, row: Row) -> list[Any]:
        """The first filled cell of the columns that hold the time, where the profile has some."""
        columns = self.profile.sources().get("published_at", ())
        return [v for column in columns if (v := row.values.get(column))][:1]

    def times(self, row: Row) -> Iterator[Any]:
        """The times of a record as they are written."""
        if self.profile.sources().get("published_at"):
            yield from self.written_times(row)
            return
        try:
            for made in self.profile.convert(row.values, row.around):
                yield made.get("published_at") if isinstance(made, dict) else None
        except Exception:  # what is wrong with a record is said when its turn comes
            return

    def _overwrite(self, made: dict[str, Any], record: Record) -> None:
        assert self._wanted is not None
        for key, value in self._wanted.convert(record).items():
            if key == "extra":
                value = {k: v for k, v in value.items() if k in self._extra}
            if isinstance(value, dict) and isinstance(made.get(key), dict):
                made[key] = {**made[key], **value}
            elif value != {}:
                made[key] = value
