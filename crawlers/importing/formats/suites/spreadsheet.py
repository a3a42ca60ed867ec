"""Tables of further listening suites (Visibrain, Digimind and their like), English or French."""

from __future__ import annotations

from typing import ClassVar

from crawlers.importing.formats.profile_base import Head
from crawlers.importing.formats.suites.brandwatch import GIVES
from crawlers.importing.formats.suites.mentions import MentionProfile

_AUTHORS = ("Auteur", "Author", "Nom d'utilisateur", "Username", "Screen name", "Compte")
_TEXTS = (
    "Message", "Texte", "Contenu", "Tweet", "Détail", "Extrait", "Text", "Content", "Detail",
    "Verbatim", "Snippet",
)  # fmt: skip
_LINKS = ("Lien", "Permalien", "URL", "Link", "Permalink", "Adresse")
_DATES = ("Date", "Date de publication", "Publication date", "Published", "Date (UTC)")
_SIGNS = (
    ("Heure", "Time", "Hour"), ("Abonnés", "Followers", "Nombre d'abonnés"),
    ("Type", "Type de média", "Media type", "Source type", "Type de source", "Type de message"),
    ("Sentiment", "Tonalité", "Tone"), ("Portée", "Reach", "Audience", "Impressions"),
    ("Retweets", "Partages", "Shares"), ("J'aime", "Likes"), ("Langue", "Language"),
    ("Pays", "Country"),
)  # fmt: skip


class Suite(MentionProfile):
    """Not of one tool: a table with author, message, address, date, and at least four of the
    columns that suites add (hour, followers, type, sentiment, reach, reposts, likes, language,
    country).
    """

    name = "listening-suite"
    title = "Suites: Visibrain, Digimind and their like, English or French (CSV, XLSX)"
    gives = GIVES
    marks = ()
    kinds = ("Réseau", "Network", "Plateforme", "Platform", "Source type", "Type de source",
        "Type de média", "Media type", "Source", "Type")  # fmt: skip
    originals = ("Tweet d'origine", "Lien d'origine", "Retweet de (lien)", "Original URL",
        "URL d'origine", "Retweet of")  # fmt: skip
    answered = ("En réponse à", "In reply to", "Réponse à (lien)", "Reply to")
    shares = ("Type", "Type de message", "Message type")
    columns: ClassVar = {
        "author.id": ("ID auteur", "Author ID", "User ID", *_AUTHORS),
        "author.handle": _AUTHORS,
        "author.name": ("Nom", "Nom affiché", "Name", "Full name", "Display name"),
        "author.followers": ("Abonnés", "Followers", "Nombre d'abonnés"),
        "title": ("Titre", "Title"),
        "text": _TEXTS,
        "lang": ("Langue", "Language", "Langues", "Languages"),
        "published_at": _DATES,
        "url": _LINKS,
        "urls": ("Liens", "Liens partagés", "Links", "Shared links"),
        "hashtags": ("Hashtags",),
        "metrics.likes": ("J'aime", "Likes", "Favoris", "Mentions J'aime"),
        "metrics.reposts": ("Retweets", "Partages", "Shares", "Reposts"),
        "metrics.replies": ("Réponses", "Commentaires", "Replies", "Comments"),
        "metrics.views": ("Vues", "Views", "Impressions"),
        "extra.country": ("Pays", "Country"),
    }

    def recognises(self, head: Head) -> float:
        if not all(head.has_any(*names) for names in (_AUTHORS, _TEXTS, _LINKS, _DATES)):
            return 0.0
        return 0.6 if sum(head.has_any(*names) for names in _SIGNS) >= 4 else 0.0
