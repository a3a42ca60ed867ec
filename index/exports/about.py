"""What is said beside whatever leaves a workspace: whether names are real, what is empty."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from index.exports.post_findings import PostFindings
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index

PSEUDONYMS, REAL = "pseudonyms", "real"


def tocsin_version() -> str:
    """The version of Tocsin, or nothing where it runs without being installed."""
    try:
        return version("tocsin")
    except PackageNotFoundError:
        return ""


def names_kind(pseudonymised: bool) -> str:
    """In one word how accounts are named: `PSEUDONYMS` or `REAL`."""
    return PSEUDONYMS if pseudonymised else REAL


def names_sentence(pseudonymised: bool) -> Message:
    """Whether names are real, and how to change it."""
    return Message(f"export.names.{names_kind(pseudonymised)}")


def setting_sentence(pseudonymised: bool) -> Message:
    """The same of a workspace as it is shown: by `tocsin init`, the demo and every page."""
    return Message(f"names.{names_kind(pseudonymised)}")


def notes_about(index: Index, pseudonymised: bool) -> list[Message]:
    """What a reader of a file should know: names first, then what is empty as it was not run."""
    return [names_sentence(pseudonymised), *PostFindings(index).notes()]
