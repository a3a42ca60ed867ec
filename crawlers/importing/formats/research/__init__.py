"""Exports of research tools that collect several platforms."""

PROFILES: dict[str, str] = {
    "4cat": "crawlers.importing.formats.research.fourcat_tables:FourcatOther",
    "4cat-bluesky": "crawlers.importing.formats.research.fourcat_tables:FourcatBluesky",
    "4cat-bluesky-ndjson": (
        "crawlers.importing.formats.research.fourcat_objects:FourcatBlueskyObjects"
    ),
    "4cat-instagram": "crawlers.importing.formats.research.fourcat_tables:FourcatInstagram",
    "4cat-reddit": "crawlers.importing.formats.research.fourcat_threads:FourcatReddit",
    "4cat-telegram": "crawlers.importing.formats.research.fourcat_tables:FourcatTelegram",
    "4cat-telegram-ndjson": (
        "crawlers.importing.formats.research.fourcat_objects:FourcatTelegramObjects"
    ),
    "4cat-threads": "crawlers.importing.formats.research.fourcat_tables:FourcatThreads",
    "4cat-tiktok": "crawlers.importing.formats.research.fourcat_tables:FourcatTiktok",
    "4cat-tiktok-comments": (
        "crawlers.importing.formats.research.fourcat_threads:FourcatTiktokComments"
    ),
    "4cat-x": "crawlers.importing.formats.research.fourcat_x:FourcatX",
    "coortweet": "crawlers.importing.formats.research.coortweet:CooRTweet",
    "facepager": "crawlers.importing.formats.research.facepager:Facepager",
    "gazouilloire": "crawlers.importing.formats.research.gazouilloire:Gazouilloire",
    "minet-bluesky": "crawlers.importing.formats.research.minet:MinetBluesky",
    "minet-telegram": "crawlers.importing.formats.research.minet:MinetTelegram",
    "minet-tiktok": "crawlers.importing.formats.research.minet:MinetTiktok",
    "tcat": "crawlers.importing.formats.research.tcat:Tcat",
    "zeeschuimer": "crawlers.importing.formats.research.zeeschuimer:Zeeschuimer",
}
"""Name (``--format``) -> where it is."""
