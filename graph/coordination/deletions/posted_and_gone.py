"""The same things in posts that were deleted soon after: ephemeral astroturfing."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import polars as pl

from graph.coordination.deletions.innocent import AutoDelete, PlatformRemoval
from graph.coordination.deletions.lifetimes import is_gone_soon
from graph.coordination.readings.base import Reading
from graph.coordination.signals.base import DELETIONS, ObjectKind, Signal
from graph.coordination.signals.copied_text import CopiedText
from graph.coordination.signals.shared_link import SharedLink
from tocsin.core.messages import Message


class Gone(Signal):
    """A signal of posts that were deleted soon: the things of such posts are its acts."""

    family: ClassVar[str] = DELETIONS
    readings: ClassVar[tuple[type[Reading], ...]] = (AutoDelete, PlatformRemoval)

    def acts(self, posts: pl.DataFrame) -> pl.DataFrame:
        """One act per thing of a post that is gone."""
        return self.things(gone(posts))

    @classmethod
    @abstractmethod
    def things(cls, posts: pl.DataFrame) -> pl.DataFrame:
        """The things of posts, gone or not: ``post, object``."""


class GoneHashtag(Gone):
    """The object is a hashtag of a post that was deleted within hours.

    Accounts that push a tag and remove their posts make it trend and leave no trace (ephemeral
    astroturfing: Elmas, Overdorf, Özkalay & Aberer 2021). A single tag is enough here, since the
    deletion is what they share: how often each account deletes, and how often posts with the tag
    are deleted, is what chance is reckoned from (`graph.coordination.deletions.habits`).

    Innocent reasons: a tool that deletes everything at a fixed age, and posts that the platform
    removed at one time.
    """

    name: ClassVar[str] = "gone_hashtag"
    object_kind: ClassVar[ObjectKind] = "tags"
    label: ClassVar[Message] = Message("signal_label.gone_hashtag")
    objects: ClassVar[Message] = Message("object.gone_hashtag")

    @classmethod
    def things(cls, posts: pl.DataFrame) -> pl.DataFrame:
        """The hashtags of posts that are no reposts."""
        tags = pl.col("hashtags").list.eval(pl.element().str.to_lowercase()).list.unique()
        return (
            posts.filter(pl.col("repost_of").is_null())
            .select("post", object=tags)
            .explode("object", empty_as_null=False)
            .drop_nulls()
        )


class GoneLink(Gone):
    """The object is a page that a post linked which was deleted within hours: see `GoneHashtag`."""

    name: ClassVar[str] = "gone_link"
    object_kind: ClassVar[ObjectKind] = "address"
    label: ClassVar[Message] = Message("signal_label.gone_link")
    objects: ClassVar[Message] = Message("object.gone_link")

    @classmethod
    def things(cls, posts: pl.DataFrame) -> pl.DataFrame:
        """The addresses of posts, gone or not."""
        return SharedLink().acts(posts)


class GoneCopy(Gone):
    """The object is the copied text of a post deleted within hours: see `GoneHashtag`."""

    name: ClassVar[str] = "gone_copy"
    object_kind: ClassVar[ObjectKind] = "text"
    label: ClassVar[Message] = Message("signal_label.gone_copy")
    objects: ClassVar[Message] = Message("object.gone_copy")

    @classmethod
    def things(cls, posts: pl.DataFrame) -> pl.DataFrame:
        """The copied texts of posts, gone or not."""
        return CopiedText().acts(posts)


KINDS: tuple[type[Gone], ...] = (GoneHashtag, GoneLink, GoneCopy)
"""The signals of the family, each of its own kind of object."""


def gone(posts: pl.DataFrame) -> pl.DataFrame:
    """The posts that were removed soon; none where nothing says so."""
    if "deleted_at" not in posts.columns:
        return posts.clear()
    return posts.filter(is_gone_soon())
