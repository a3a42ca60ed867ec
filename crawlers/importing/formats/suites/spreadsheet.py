"""Tables of further listening suites (Visibrain, Digimind and their like), English or French."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from crawlers.importing.formats.profile_base import Head, Record
from crawlers.importing.formats.suites.brandwatch import GIVES
from crawlers.importing.formats.suites.mentions import MentionProfile
from tocsin.core.text import fold

_AUTHORS = (
    "Auteur", "Author", "Nom d'utilisateur", "Username", "User name", "Screen name", "Compte",
    "Pseudo", "Identifiant", "Handle", "Account", "Author username", "Author handle",
    "Author name", "Nom de l'auteur", "Utilisateur", "User", "Influenceur", "Influencer",
)  # fmt: skip
_NAMES = (
    "Nom", "Nom affiché", "Nom complet", "Nom de l'auteur", "Name", "Full name", "Display name",
    "Author name",
)  # fmt: skip
_TEXTS = (
    "Message", "Texte", "Texte complet", "Contenu", "Tweet", "Détail", "Extrait", "Full text",
    "Text", "Content", "Detail", "Verbatim", "Snippet", "Post", "Publication", "Description",
    "Opening Text", "Hit Sentence", "Texte d'ouverture", "Corps", "Corps du message", "Body",
    "Résumé", "Texte du tweet", "Tweet text", "Contenu du message",
)  # fmt: skip
_LINKS = (
    "Lien", "Permalien", "URL", "Link", "Permalink", "Adresse", "Lien du tweet", "Tweet URL",
    "URL du tweet", "URL du post", "Post URL", "Source URL", "Mention URL", "Lien du message",
)  # fmt: skip
_DATES = (
    "Date", "Date de publication", "Publication date", "Published", "Published at", "Date (UTC)",
    "Date de création", "Created at", "Created time", "Date du tweet", "Date et heure", "Datetime",
    "Date de parution", "Post date",
)  # fmt: skip
_OWN_IDS = ("Tweet ID", "ID du tweet", "ID tweet", "Post ID", "Message ID", "ID du message",
    "Mention ID")  # fmt: skip
_FOLLOWERS = (
    "Abonnés", "Followers", "Nombre d'abonnés", "Author followers", "Followers count",
    "Nombre de followers", "Abonnés de l'auteur", "Number of followers",
)  # fmt: skip
_SHARES = (
    "Retweets", "Partages", "Shares", "Reposts", "Retweet count", "Nombre de retweets",
    "Nombre de partages", "Number of retweets", "RT",
)  # fmt: skip
_LIKES = (
    "J'aime", "Likes", "Favoris", "Mentions J'aime", "Favorite count", "Nombre de likes",
    "Like count", "Nombre de j'aime", "Favorites", "Number of likes",
)  # fmt: skip
_TYPES = (
    "Type", "Type de message", "Type de tweet", "Type de publication", "Message type", "Post type",
    "Tweet type", "Content type", "Mention type",
)  # fmt: skip
_SOURCES = (
    "Réseau", "Réseau social", "Network", "Social network", "Plateforme", "Platform",
    "Source type", "Type de source", "Type de média", "Media type", "Canal", "Channel", "Media",
    "Source", "Source name", "Nom de la source",
)  # fmt: skip
_SIGNS = (
    ("Heure", "Time", "Hour"), _FOLLOWERS, (*_TYPES, *_SOURCES),
    ("Sentiment", "Tonalité", "Tone", "Polarité"),
    ("Portée", "Reach", "Audience", "Impressions", "Portée estimée", "Visibilité", "Impact"),
    _SHARES, _LIKES, ("Langue", "Language", "Langues", "Languages", "Lang"), ("Pays", "Country"),
    ("Engagement", "Interactions", "Engagements"),
    ("Thème", "Thèmes", "Topic", "Topics", "Requête", "Query", "Tags", "Mots-clés", "Keywords"),
)  # fmt: skip


_MACHINE = re.compile(r"[a-z0-9_.]*")
"""What people do not call a column."""


class Suite(MentionProfile):
    """Not of one tool: a table with author (or title and source), message, address, date, and at
    least four of the columns that suites add (hour, followers, type or source, sentiment, reach,
    reposts, likes, language, country, engagement, topic).
    """

    name = "listening-suite"
    title = "Suites: Visibrain, Digimind and their like, English or French (CSV, XLSX)"
    gives = (*GIVES, "metrics.views")
    marks = ()
    kinds = (*_SOURCES, *_TYPES)
    originals = (
        "Tweet d'origine", "Lien d'origine", "Retweet de (lien)", "Original URL", "URL d'origine",
        "Lien du tweet d'origine", "Original tweet", "Original link", "Retweet of", "Parent URL",
        "URL du tweet d'origine", "Repost of", "Quote of", "Original post URL", "Retweeted tweet",
        "Quoted tweet",
    )  # fmt: skip
    answered = ("En réponse à", "In reply to", "Réponse à (lien)", "Reply to", "Reply to URL",
        "Réponse à", "In reply to URL")  # fmt: skip
    shares = _TYPES
    original_authors = ("Auteur d'origine", "Original author", "Retweet de", "RT de",
        "Retweeted user", "Retweeted author", "RT of")  # fmt: skip
    columns: ClassVar = {
        "id": _OWN_IDS,
        "author.id": ("ID auteur", "Author ID", "User ID", "ID de l'auteur", "ID utilisateur",
            *_AUTHORS),
        "author.handle": _AUTHORS,
        "author.name": _NAMES,
        "author.followers": _FOLLOWERS,
        "author.description": ("Bio", "Biographie", "Description du compte", "Author bio"),
        "title": ("Titre", "Title", "Headline"),
        "text": _TEXTS,
        "lang": ("Langue", "Language", "Langues", "Languages", "Lang"),
        "published_at": _DATES,
        "url": _LINKS,
        "urls": ("Liens", "Liens partagés", "Links", "Shared links", "Expanded URLs", "URLs"),
        "hashtags": ("Hashtags",),
        "mentions": ("Mentions", "Comptes mentionnés", "Mentioned accounts"),
        "source": ("Source", "Source name", "Nom de la source", "Média"),
        "media": ("Image", "Images", "Media URL", "Image URL"),
        "metrics.likes": _LIKES,
        "metrics.reposts": _SHARES,
        "metrics.replies": ("Réponses", "Commentaires", "Replies", "Comments", "Reply count",
            "Nombre de réponses", "Nombre de commentaires"),
        "metrics.views": ("Vues", "Views", "Nombre de vues", "View count"),
        "extra.country": ("Pays", "Country"),
    }  # fmt: skip

    def fit(self, records: Sequence[Record]) -> None:
        super().fit(records)
        of_x = any("tweet" in fold(column) for record in records for column in record)
        self.assumed = "x" if of_x else None

    def recognises(self, head: Head) -> float:
        if all(map(_MACHINE.fullmatch, head.columns)):
            return 0.0  # written by a program: its columns may be keys, and are read as such
        titled = head.has_any("Titre", "Title") and head.has_any(*_SOURCES)
        if not (titled or head.has_any(*_AUTHORS)):
            return 0.0
        if not all(head.has_any(*names) for names in (_TEXTS, (*_LINKS, *_OWN_IDS), _DATES)):
            return 0.0
        return 0.6 if sum(head.has_any(*names) for names in _SIGNS) >= 4 else 0.0
