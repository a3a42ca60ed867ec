"""Which column is probably which key of the exchange format, by the names that platforms and data
sets use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tocsin.core.dates import parse_time, says_never
from tocsin.core.documents import Precision
from tocsin.core.exchange import EARLIEST
from tocsin.core.language.codes import language_tag
from tocsin.core.text import fold

CANDIDATES: dict[str, tuple[str, ...]] = {
    "id": ("id", "idstr", "tweetid", "postid", "statusid", "messageid", "commentid", "articleid",
        "guid", "docid", "identifiant", "idpost", "idmessage",
        "idtweet", "idpublication"),
    "platform": ("platform",),
    "kind": ("kind", "posttype", "type"),
    "author.id": (
        "author.id", "authorid", "userid", "accountid", "user.idstr", "user.id", "account.id",
        "author.idstr", "fromid", "channelid",
        "externalauthorid", "author.username", "author.handle", "authorusername", "username",
        "screenname", "userscreenname",
        "user.screenname", "author", "user", "account", "handle", "channel", "from", "byline",
        "auteur", "idauteur", "auteurid", "compte", "utilisateur", "pseudo", "pseudonyme",
        "nomdutilisateur", "autor", "autora", "usuario", "autore", "utente", "verfasser",
    ),
    "author.handle": (
        "author.handle", "author.username", "authorhandle", "authorusername", "username",
        "screenname", "userscreenname", "handle",
        "user.screenname", "user.username", "account.acct", "account.username",
        "pseudo", "pseudonyme", "nomdutilisateur",
    ),
    "author.name": ("author.name", "authorname", "displayname", "user.name", "account.displayname",
        "author.displayname", "fullname", "nom", "nomaffiche", "nomauteur", "nomdelauteur"),
    "author.created_at": ("author.createdat", "user.createdat", "account.createdat",
        "usercreatedat", "accountcreatedat"),
    "author.followers": (
        "author.followers", "followers", "followerscount", "followercount", "user.followerscount",
        "account.followerscount",
        "author.followerscount", "userfollowerscount", "author.publicmetrics.followerscount",
        "abonnes", "nombredabonnes", "nbabonnes", "seguidores",
    ),
    "author.following": (
        "author.following", "following", "followingcount", "friendscount", "user.friendscount",
        "account.followingcount",
        "author.followingcount", "userfriendscount", "abonnements",
    ),
    "author.posts": ("author.posts", "statusescount", "user.statusescount", "account.statusescount",
        "userstatusescount", "tweetcount"),
    "author.description": ("author.description", "user.description", "account.note",
        "userdescription", "bio"),
    "author.verified": ("author.verified", "verified", "user.verified", "userverified"),
    "title": ("title", "headline", "subject", "titre", "titulo", "titolo", "titel"),
    "text": (
        "text", "fulltext", "content", "body", "message", "tweet", "tweettext", "posttext",
        "selftext", "caption", "contents", "texte",
        "rawcontent", "description", "summary", "contenu", "textecomplet", "commentaire", "corps",
        "texto", "contenido", "conteudo", "mensaje", "testo", "contenuto", "inhalt", "nachricht",
    ),
    "lang": ("lang", "language", "tweetlanguage", "langue", "languagecode", "idioma",
        "lingua", "sprache"),
    "published_at": (
        "publishedat", "createdat", "timestamp", "datetime", "publishdate", "publishedon",
        "published", "pubdate", "createdutc", "postedat",
        "tweettime", "createtime", "creationtime", "postdate", "date", "time", "ts", "epoch",
        "created", "timestampshare", "createdutcfromid",
        "datepublished", "isodate", "datedepublication", "datepublication", "dateheure",
        "dateetheure",
        "publiele", "publie", "creele", "cree", "datedecreation", "horodatage", "heure", "fecha",
        "fechadepublicacion", "data", "datadepublicacao", "datum",
    ),
    "url": ("url", "permalink", "tweeturl", "posturl", "link", "uri", "permalinkurl", "lien",
        "adresse", "lienverslepost", "enlace"),
    "urls": ("urls", "links", "entities.urls.expandedurl", "expandedurls", "outlinks",
        "expandedurl"),
    "hashtags": ("hashtags", "tags", "entities.hashtags.text", "entities.hashtags.tag"),
    "mentions": ("mentions", "usermentions", "entities.usermentions.screenname",
        "entities.mentions.username", "mentionedusers"),
    "reply_to": ("replyto", "inreplytostatusidstr", "inreplytostatusid", "inreplytoid",
        "inreplytotweetid", "parentid", "replytoid"),
    "repost_of": ("repostof", "retweetedstatus.idstr", "retweetedstatusid", "retweettweetid",
        "retweetedtweetid", "retweetid", "reblog.id"),
    "quote_of": ("quoteof", "quotedstatusidstr", "quotedstatusid", "quotedtweetid",
        "quotedtweettweetid"),
    "metrics.likes": ("metrics.likes", "likes", "likecount", "favoritecount", "favouritecount",
        "favouritescount", "publicmetrics.likecount", "jaime", "mentionsjaime", "nblikes",
        "nbjaime", "megusta"),
    "metrics.reposts": ("metrics.reposts", "reposts", "retweetcount", "retweets", "sharecount",
        "shares", "reblogscount", "publicmetrics.retweetcount", "partages", "nbpartages",
        "nbretweets", "compartidos"),
    "metrics.replies": ("metrics.replies", "replies", "replycount", "repliescount", "commentcount",
        "numcomments", "publicmetrics.replycount", "reponses", "commentaires",
        "nbcommentaires", "nbreponses", "comentarios"),
    "metrics.quotes": ("metrics.quotes", "quotes", "quotecount", "publicmetrics.quotecount"),
    "metrics.views": ("metrics.views", "views", "viewcount", "impressions", "vues", "nbvues",
        "affichages", "publicmetrics.impressioncount"),
    "deleted_at": (
        "deletedat", "deletiontime", "deletedtime", "deletedon", "deletiondate", "deletedate",
        "deletetime", "deletedutc", "deletionat", "deletiontimestamp", "deletedtimestamp",
        "timestampdeleted", "timestampexpired", "dateofdeletion", "datedeleted", "timeofdeletion",
        "tweetdeletiontime", "removedat", "removaltime", "removedtime", "removedon", "removedutc",
        "removaldate", "removalutc", "dateremoved", "timeremoved", "bannedatutc", "removalat",
        "withdrawnat", "retractedat", "supprimele", "datesuppression", "datedesuppression",
        "eliminadoel", "fechadeeliminacion", "geloschtam",
    ),
    "source": ("source", "instance", "domain", "outlet", "subreddit"),
}  # fmt: skip
"""Exchange key -> names of columns, best first, in lower case without signs but dots."""

_ADDRESSES = frozenset({"url", "link", "uri", "lien", "adresse", "enlace"})
"""Names of columns that hold the address of a post, or what the post links to."""
_SHARED = 0.02
"""Share of the rows whose address somebody else gives, too, from which a column holds links."""

_CLOCKS = frozenset(
    ["heure", "time", "hour", "hora", "ora", "uhrzeit", "heuredepublication", "heurepublication",
     "posttime", "timeofday"]
)  # fmt: skip
_CLOCK = re.compile(
    r"\d{1,2}\s?[:hH]\s?\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?\s?[Mm]\.?)?(?:\s\S{1,20})?"
)
_TIME_WORDS = re.compile(
    r"date|time|heure|jour|fecha|hora|datum|zeit|posted|publi|poste|sent|envoye|created|cree"
)
_OF_OTHER_TIMES = re.compile(
    r"user|author|account|auteur|compte|profil|page|join|inscri|birth|naiss|collect|crawl|scrap"
    r"|retriev|captur|fetch|updat|modif|edit|delet|remov|supprim|import|export|download|index|added"
    r"|ajout|start|begin|debut|end|fin|zone|campaign|campagne|schedul|programm|sentiment"
)
"""Names of times that are not those of a post, beside `_TIME_WORDS`."""
_DAY_LENGTH = len("1/1/2024")
_NEARLY_ALL = 0.9
_SIGNS = re.compile(r"[^a-z0-9.]")
_LISTS = frozenset({"urls", "hashtags", "mentions"})
_SCALAR = (str, int, float, bool)


def normalise_name(name: str) -> str:
    """A column's name as `CANDIDATES` writes it."""
    return _SIGNS.sub("", name.lower() if name.isascii() else fold(name))


def guess_columns(
    columns: Sequence[str], values: Callable[[str], list[Any]], taken: Mapping[str, str]
) -> dict[str, str]:
    """Exchange key -> column.

    Args:
        columns: all columns, dotted where nested.
        values: the column's values in the first rows, empty ones left out: a guess must fit them.
        taken: what is mapped already; neither its keys nor its columns are guessed again.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(normalise_name(column), column)
    guesses: dict[str, str] = {}
    used = set(taken.values())
    for key, names in CANDIDATES.items():
        if key in taken:
            continue
        for name in names:
            if (
                (column := by_name.get(name, "")) == ""
                or (column in used and key != "author.handle")
                or not _fits(key, values(column))
            ):
                continue
            guesses[key] = column
            used.add(column)
            break
    if "published_at" not in {*taken, *guesses}:
        rest = [column for column in columns if column not in used]
        if (only := _only_time(rest, values)) is not None:
            guesses["published_at"] = only
    return guesses


def _only_time(columns: Sequence[str], values: Callable[[str], list[Any]]) -> str | None:
    """The one column that holds written times and is called by a word for them, where no usual name
    was met ("Sent At (UTC)"); None where there are several, or none."""
    found = []
    for column in columns:
        name, written = normalise_name(column), values(column)
        if not _TIME_WORDS.search(name) or _OF_OTHER_TIMES.search(name) or not written:
            continue
        if all(isinstance(v, str) and len(v) >= _DAY_LENGTH and _is_recent(v) for v in written):
            found.append(column)
    return found[0] if len(found) == 1 else None


def find_link_columns(
    rows: Sequence[Mapping[str, Any]], guesses: Mapping[str, str], columns: Sequence[str]
) -> dict[str, str]:
    """The guesses, with links that posts share taken for links.

    A column called "url" or "link" is the address of the post in one file and what the post links
    to in the next. A post has one author: a column of which two authors or more give the same
    address holds links. A second such column beside the address of the post does, too.

    Args:
        rows: the first rows.
        guesses: exchange key -> column, of `guess_columns` and what was asked for.
        columns: all columns.
    """
    made = dict(guesses)
    if "urls" in made:
        return made
    url, author = made.get("url"), made.get("author.id") or made.get("author.handle")
    if url and author and normalise_name(url) in _ADDRESSES and _several_give(rows, url, author):
        made["urls"] = made.pop("url")
        return made
    others = [c for c in columns if normalise_name(c) in _ADDRESSES and c not in made.values()]
    if url and others:
        given = [row[others[0]] for row in rows if row.get(others[0])]
        own = {row.get(url) for row in rows}
        are_addresses = [isinstance(v, str) and "://" in v and v not in own for v in given]
        if given and sum(are_addresses) >= _NEARLY_ALL * len(given):
            made["urls"] = others[0]
    return made


def _several_give(rows: Sequence[Mapping[str, Any]], url: str, author: str) -> bool:
    """Whether the addresses of a column are given by several authors, oftener than by a slip."""
    authors: dict[str, set[str]] = {}
    filled = [(str(row[url]), str(row.get(author))) for row in rows if row.get(url)]
    for address, by in filled:
        authors.setdefault(address, set()).add(by)
    shared = sum(len(authors[address]) > 1 for address, _ in filled)
    return shared >= 4 and shared >= _SHARED * len(filled)


def find_clock(
    columns: Sequence[str], values: Callable[[str], list[Any]], mapping: Mapping[str, str]
) -> tuple[str, str] | None:
    """The column of the day and that of the hour, where a table parts them; None where not."""
    day = mapping.get("published_at")
    if day is None:
        return None
    used = set(mapping.values())
    hour = next((c for c in columns if normalise_name(c) in _CLOCKS and c not in used), None)
    hours, days = (values(hour), values(day)) if hour is not None else ([], [])
    if hour is None or not hours or not days:
        return None
    are_hours = sum(isinstance(v, str) and _CLOCK.fullmatch(v.strip()) is not None for v in hours)
    moments = [moment for v in days if isinstance(v, str) and (moment := parse_time(v))]
    are_days = sum(precision is Precision.DAY for _, precision in moments)
    if are_hours < _NEARLY_ALL * len(hours) or are_days < _NEARLY_ALL * len(days):
        return None
    return day, hour


def _is_recent(value: Any) -> bool:
    moment = parse_time(value)
    return moment is not None and moment[0] >= EARLIEST


def _fits(key: str, sample: list[Any]) -> bool:
    if not sample:
        return True
    if key not in _LISTS and not all(isinstance(v, _SCALAR) for v in sample):
        return False
    if key == "deleted_at":  # and not whether it was: 0, 1, true
        return all(says_never(v) or _is_recent(v) for v in sample)
    if key == "published_at":
        return 2 * sum(parse_time(v) is not None for v in sample) >= len(sample)
    if key == "lang":
        return 2 * sum(isinstance(v, str) and language_tag(v) is not None for v in sample) >= len(
            sample
        )
    if key == "url":
        return any(isinstance(v, str) and "://" in v for v in sample)
    if key == "kind":
        return any(
            isinstance(v, str) and v.lower() in ("post", "article", "comment") for v in sample
        )
    return True
