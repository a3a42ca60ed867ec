"""Exports of research tools that collect several platforms."""

PROFILES: dict[str, str] = {
    "4cat-x": "crawlers.importing.formats.research.fourcat_x:FourcatX",
    "gazouilloire": "crawlers.importing.formats.research.gazouilloire:Gazouilloire",
    "tcat": "crawlers.importing.formats.research.tcat:Tcat",
    "zeeschuimer": "crawlers.importing.formats.research.zeeschuimer:Zeeschuimer",
}
"""Name (``--format``) -> where it is."""
