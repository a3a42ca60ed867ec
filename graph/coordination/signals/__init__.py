"""Signals of coordination, one file each; registered here by name.

Other packages bring theirs by the entry-point group ``tocsin.signals``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.plugins import choose, registered

if TYPE_CHECKING:
    from graph.coordination.signals.base import Signal

SIGNALS: dict[str, str] = {
    "repost": "graph.coordination.signals.repost:Repost",
    "quote": "graph.coordination.signals.quote:Quote",
    "link": "graph.coordination.signals.shared_link:SharedLink",
    "site": "graph.coordination.signals.shared_site:SharedSite",
    "hashtags": "graph.coordination.signals.hashtag_sequence:HashtagSequence",
    "reply": "graph.coordination.signals.reply:ReplyTarget",
    "copy": "graph.coordination.signals.copied_text:CopiedText",
    "media": "graph.coordination.signals.shared_media:SharedMedia",
    "synchrony": "graph.coordination.signals.synchrony:Synchrony",
    "gone_hashtag": "graph.coordination.deletions.posted_and_gone:GoneHashtag",
    "gone_link": "graph.coordination.deletions.posted_and_gone:GoneLink",
    "gone_copy": "graph.coordination.deletions.posted_and_gone:GoneCopy",
}
"""Name -> where it is, in the order of their numbers in acts."""


def signal_names() -> tuple[str, ...]:
    """All signals: ours in their order, then those of installed packages."""
    return tuple(registered("signal", SIGNALS))


def load_signal(name: str) -> Signal:
    """A registered signal by name.

    Raises:
        ConfigError: there is none of that name, its package cannot be loaded, or it calls itself
            something else.
    """
    signal: Signal = choose("signal", name, SIGNALS)()
    if signal.name != name:
        raise ConfigError(
            Message("fault.plugins.signal_name", {"name": repr(name), "name2": repr(signal.name)})
        )
    return signal


def load_signals(names: Iterable[str]) -> Mapping[str, Signal]:
    """Name -> signal, in the order of the registry, whatever order the names come in.

    Raises:
        ConfigError: there is none of a name.
    """
    loaded = {name: load_signal(name) for name in names}
    order = {name: place for place, name in enumerate(signal_names())}
    return dict(sorted(loaded.items(), key=lambda item: order[item[0]]))
