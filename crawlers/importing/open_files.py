"""The files that a person names, and those packed in them, opened one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from crawlers.importing.containers.zip_files import list_members, zip_kind
from crawlers.importing.file_reader import FileReader, ImportOptions
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

FILES_NAMED = 5


def open_files(files: Sequence[str], options: ImportOptions) -> Iterator[FileReader]:
    """The files, opened one after another, after every one was looked at.

    A wrong name or column stops the import before it starts. Of a zip file those members are taken
    that a profile recognises, or where none does those that can be imported; the report names
    others.

    Raises:
        ConfigError: from `FileReader`, for the first file that cannot be imported.
    """
    names: list[str] = []
    opened: dict[str, FileReader] = {}
    notes: dict[str, list[Message]] = {}
    for name in files:
        if _is_zip(name):
            members, notes_of_it = _choose_members(name, options)
            names += members
            notes[members[0]] = notes_of_it
            continue
        names.append(name)
        reader = FileReader(name, options)
        if name == "-" or len(files) == 1:
            opened[name] = reader  # standard input can be read once
        else:
            reader.close()
    return _open(names, options, opened, notes)


def _open(
    names: Sequence[str],
    options: ImportOptions,
    opened: dict[str, FileReader],
    notes: dict[str, list[Message]],
) -> Iterator[FileReader]:
    for name in names:
        reader = opened.pop(name) if name in opened else FileReader(name, options)
        reader.notes += notes.pop(name, [])
        yield reader


def _is_zip(name: str) -> bool:
    path = Path(name)
    if name == "-" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04" and not file.seek(0) and zip_kind(file, name) == "zip"


def _choose_members(name: str, options: ImportOptions) -> tuple[list[str], list[Message]]:
    members = list_members(name)
    notes: list[Message] = []
    if members.is_broken:
        known = {"file": name, "n": len(members.names) + members.others}
        notes.append(Message("intake.zip_cut_off", known))
    by_profile: list[str] = []
    plain: list[str] = []
    first_error: ConfigError | None = None
    for member in members.names:
        try:
            reader = FileReader(member, options)
        except ConfigError as error:
            first_error = first_error or error
            continue
        if not reader.is_empty:
            (plain if reader.converter is None else by_profile).append(member)
        reader.close()
    chosen = by_profile or plain
    if not chosen:
        if first_error is not None and len(members.names) == 1:
            raise first_error
        told = {"n_names": len(members.names), "name": name}
        if first_error is None:
            raise ConfigError(Message("fault.importing.none_holds", told))
        why = {"why": first_error.message}
        raise ConfigError(Message("fault.importing.none_holds_why", told | why))
    others = [member for member in members.names if member not in chosen]
    if not others:
        return chosen, notes
    shown = [member.removeprefix(f"{name}!") for member in others[:FILES_NAMED]]
    if len(others) > FILES_NAMED:
        shown.append("…")
    parameters = {"file": name, "n": len(others), "files": shown}
    return chosen, [*notes, Message("intake.zip_left_aside", parameters)]
