"""Tables of Mention and of Sprinklr."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.suites.brandwatch import GIVES
from crawlers.importing.formats.suites.mentions import MentionProfile


class Mention(MentionProfile):
    """https://help.mention.com (export of mentions)"""

    name = "mention"
    title = "Suites: Mention, mentions (CSV, XLSX)"
    gives = GIVES
    marks = (
        ("Source Type", "Published At", "Author Name", "Url"),
        ("source_type", "published_at", "author_name", "url"),
        ("Direct Reach", "Cumulative Reach", "Published At"),
    )
    kinds = ("Source Type", "Source Name")
    originals = ("Original Url",)
    shares = ("Type", "Mention Type")
    columns: ClassVar = {
        "author.id": ("Author Username", "Author Handle", "Author Id", "Author Name"),
        "author.handle": ("Author Username", "Author Handle"),
        "author.name": ("Author Name",),
        "author.followers": ("Author Followers", "Followers"),
        "title": ("Title",),
        "text": ("Description", "Description Medium", "Content", "Text"),
        "lang": ("Language", "Language Code"),
        "published_at": ("Published At", "Publication Date"),
        "url": ("Original Url", "Url"),
        "source": ("Source Name",),
        "media": ("Picture Url",),
        "metrics.likes": ("Likes", "Like Count"),
        "metrics.reposts": ("Shares", "Share Count", "Retweets"),
        "metrics.replies": ("Comments", "Comment Count"),
        "extra.country": ("Country",),
    }


class Sprinklr(MentionProfile):
    """https://www.sprinklr.com/help (listening, bulk export of messages)"""

    name = "sprinklr"
    title = "Suites: Sprinklr, messages (CSV, XLSX)"
    gives = GIVES
    marks = (
        ("SenderScreenName", "CreatedTime", "Message"),
        ("SenderUserId", "SocialNetwork", "Message"),
        ("Sender Screen Name", "Social Network", "Message"),
    )
    kinds = ("SocialNetwork", "Source", "MessageType", "Media Type")
    originals = ("Original Message Permalink", "Parent Permalink", "Retweeted Permalink")
    answered = ("In Reply To Permalink", "Reply To")
    shares = ("MessageType",)
    original_authors = ("OriginalAuthor",)
    columns: ClassVar = {
        "id": ("Social Message Id", "SnMsgId", "Message Id"),
        "author.id": ("SenderUserId", "SenderScreenName"),
        "author.handle": ("SenderScreenName",),
        "author.name": ("SenderListedName", "Sender Listed Name", "SenderScreenName"),
        "author.description": ("Sender Bio", "SenderBio"),
        "author.followers": ("Sender Followers Count", "SenderFollowersCount"),
        "title": ("Title",),
        "text": ("Message", "ConversationStream", "Conversation Stream"),
        "lang": ("Language",),
        "published_at": ("CreatedTime", "Created Time", "SnCreatedTime"),
        "url": ("Permalink", "Perma Link", "Resource Url"),
        "urls": ("Shared Links", "Resolved Urls", "Links"),
        "hashtags": ("Hashtags",),
        "media": ("Media Url", "Image Url"),
        "metrics.likes": ("Favorites", "Likes", "Message Likes"),
        "metrics.reposts": ("Retweets", "Reposts", "Shares", "Message Shares"),
        "metrics.replies": ("Replies", "Comments", "Message Comments"),
        "extra.country": ("Country",),
    }
