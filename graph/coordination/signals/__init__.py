"""Signals of coordination, one file each; registered here by name."""

from __future__ import annotations

SIGNALS: dict[str, str] = {
    "repost": "graph.coordination.signals.repost:Repost",
    "quote": "graph.coordination.signals.quote:Quote",
    "link": "graph.coordination.signals.shared_link:SharedLink",
    "site": "graph.coordination.signals.shared_site:Site",
    "hashtags": "graph.coordination.signals.hashtag_sequence:HashtagSequence",
    "reply": "graph.coordination.signals.reply:ReplyTarget",
    "copy": "graph.coordination.signals.copied_text:CopiedText",
    "media": "graph.coordination.signals.shared_media:SharedMedia",
    "synchrony": "graph.coordination.signals.same_moment:Synchrony",
}
"""Name -> where it is, in the order of their numbers in acts."""
