"""Which column of a table is the object, the account, the time, the post, the kind of object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import fold, nearest

ROLES = ("object", "account", "time", "content", "kind")
"""What a column may be; the first three are needed."""
NEEDED = ROLES[:3]
NAMES: dict[str, tuple[str, ...]] = {
    "object": (
        "object", "objectid", "sharedobject", "shared", "item", "itemid", "target", "targetid",
        "expandedurl", "url", "urls", "link", "links", "sharedurl", "sharedlink", "finalurl",
        "expanded", "address", "uri", "domain", "hashtag", "retweetid", "retweetedstatusid",
        "repostof", "videoid", "imagehash", "mediahash", "hash", "phash", "objet", "idobjet",
        "lien", "liens", "lienpartage", "urlpartagee", "adresse", "adresseweb", "adressepartagee",
        "objetpartage", "objeto", "enlace", "enlacecompartido", "oggetto", "objekt",
        "geteilterlink",
    ),
    "account": (
        "account", "accountid", "user", "userid", "author", "authorid", "accountname", "username",
        "screenname", "handle", "actor", "actorid", "channel", "channelid", "page", "pageid",
        "idaccount", "iduser", "idauthor", "idactor", "userscreenname", "authorusername",
        "authorhandle", "authorname", "accounthandle", "accounturl", "from", "fromid", "sender",
        "profile", "subscriberid", "platformid", "compte",
        "idcompte", "auteur", "idauteur", "utilisateur", "nomdutilisateur", "pseudo", "usuario",
        "cuenta", "autor", "utente", "nutzer", "konto", "pagename", "nompage", "nomdelapage",
        "nomcompte", "nomducompte", "channelname", "chaine", "groupname", "nomdugroupe",
        "profil", "name",
    ),
    "time": (
        "time", "timestamp", "timestampshare", "publishedat", "createdat", "datetime", "date",
        "sharedat", "timeshare", "sharedate", "ts", "created", "published", "posted", "postedat",
        "posttime", "postdate", "postcreated", "createdtime", "createtime", "createdutc",
        "creationtime", "creationdate", "datecreated", "datepublished", "publisheddate",
        "publishdate", "publicationdate", "pubdate", "tweettime", "timestampms", "timestamputc",
        "utc", "epoch", "unixtime", "unixtimestamp", "when", "quand", "heure", "dateheure",
        "dateetheure", "datepublication", "datedepublication", "horodatage", "publiele", "creele",
        "fecha", "fechahora", "data", "dataora", "datum", "zeit", "zeitstempel",
    ),
    "content": (
        "content", "contentid", "post", "postid", "message", "messageid", "tweetid", "statusid",
        "idcontent", "idpost", "idmessage", "idtweet", "id",
    ),
    "kind": ("kind", "type", "objecttype", "objectkind", "sharetype"),
}  # fmt: skip
"""Role -> names of columns in lower case without signs, best first."""
_SIGNS = re.compile(r"[^a-z0-9]")
_DATUM = re.compile(r"://|^\s*[\d.,:/ TZ-]{6,}\s*$")
"""What no column is called: an address, a number, a time."""


def recognise_columns(
    columns: Sequence[str], given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Role -> column: those given, others by their names; a column has one role.

    Raises:
        ConfigError: a given role or column does not exist, or object, account or time has no
            column; the sentence names the columns there are.
    """
    found = dict(given or {})
    for role, column in found.items():
        if role not in ROLES:
            raise ConfigError(Message("shares.error.role", {"role": role, "roles": ROLES}))
        if column not in columns:
            near = nearest(column, columns, 0.4)
            code = "shares.error.near_column" if near else "shares.error.column"
            shown = {"role": role, "column": column, "near": near or "", "columns": columns[:30]}
            raise ConfigError(Message(code, shown))
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_SIGNS.sub("", fold(column)), column)
    for role in ROLES:
        if role in found:
            continue
        for name in NAMES[role]:
            if name in by_name and by_name[name] not in found.values():
                found[role] = by_name[name]
                break
    missing = [role for role in NEEDED if role not in found]
    if missing:
        shown = {"roles": missing, "columns": columns[:30]}
        code = "no_header" if any(map(_DATUM.search, columns)) else "missing"
        raise ConfigError(Message(f"shares.error.{code}", shown))
    return found
