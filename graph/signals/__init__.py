"""Signals of coordination, one file each; registered here by name."""

from __future__ import annotations

SIGNALS: dict[str, str] = {
    "repost": "graph.signals.repost:Repost",
    "quote": "graph.signals.quote:Quote",
    "link": "graph.signals.link:SharedLink",
    "site": "graph.signals.shared_site:Site",
    "hashtags": "graph.signals.hashtags:HashtagSequence",
    "reply": "graph.signals.reply:ReplyTarget",
    "copy": "graph.signals.copied:CopiedText",
    "media": "graph.signals.media:SharedMedia",
    "synchrony": "graph.signals.synchrony:Synchrony",
}
"""Name -> where it is, in the order of their numbers in acts."""
