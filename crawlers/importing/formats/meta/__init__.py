"""Exports of Facebook, Instagram and Threads."""

PROFILES: dict[str, str] = {
    "crowdtangle-facebook": "crawlers.importing.formats.meta.crowdtangle:CrowdtangleFacebook",
    "crowdtangle-instagram": "crawlers.importing.formats.meta.crowdtangle:CrowdtangleInstagram",
    "meta-archive": "crawlers.importing.formats.meta.archive:MetaArchive",
}
"""Name (``--format``) -> where it is."""
