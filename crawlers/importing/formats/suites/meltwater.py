"""Meltwater's table of results, in its old and its new layout."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.suites.brandwatch import GIVES
from crawlers.importing.formats.suites.mentions import MentionProfile


class Meltwater(MentionProfile):
    """https://help.meltwater.com (export of results)"""

    name = "meltwater"
    title = "Suites: Meltwater, results (CSV, XLSX)"
    gives = (*GIVES, "author.following", "author.description", "metrics.quotes", "metrics.views")
    marks = (
        ("Opening Text", "Hit Sentence", "URL", "Date"),
        ("Hit Sentence", "Input Name", "URL"),
        ("Hit Sentence", "Headline", "URL"),
        ("Phrase d'accroche", "URL", "Date"),
        ("Texte d'introduction", "URL", "Date"),
    )
    kinds = ("Source Type", "Source", "Source Name", "Information Type", "Content Type",
        "Type de source", "Nom de la source")  # fmt: skip
    originals = ("Parent URL", "Original URL")
    answered = ("Reply to URL",)
    shares = ("Content Type", "Post Type")
    columns: ClassVar = {
        "id": ("Tweet Id",),
        "author.id": ("Twitter Id", "Author Handle", "Twitter Screen Name", "Influencer",
            "Influenceur"),
        "author.handle": ("Author Handle", "Twitter Screen Name", "Pseudo de l'auteur"),
        "author.name": ("Author Name", "Influencer", "Influenceur", "Nom de l'auteur"),
        "author.description": ("Twitter Bio",),
        "author.followers": ("Twitter Followers", "Followers"),
        "author.following": ("Twitter Following",),
        "title": ("Headline", "Title", "Titre"),
        "text": ("Opening Text", "Hit Sentence", "Texte d'introduction", "Phrase d'accroche"),
        "lang": ("Language", "Langue"),
        "published_at": ("Date",),
        "url": ("URL",),
        "urls": ("Links", "Liens"),
        "hashtags": ("Hashtags",),
        "source": ("Source Name", "Source", "Nom de la source"),
        "media": ("Image",),
        "metrics.likes": ("Likes", "J'aime"),
        "metrics.reposts": ("Shares", "Reposts", "Partages"),
        "metrics.replies": ("Replies", "Comments", "Réponses", "Commentaires"),
        "metrics.quotes": ("Quotes",),
        "metrics.views": ("Views", "Vues"),
        "extra.country": ("Country", "Pays"),
    }  # fmt: skip
