"""Exports of Facebook, Instagram and Threads."""

PROFILES: dict[str, str] = {
    "crowdtangle-api": "crawlers.importing.formats.meta.crowdtangle:CrowdtangleAnswers",
    "crowdtangle-facebook": "crawlers.importing.formats.meta.crowdtangle:CrowdtangleFacebook",
    "crowdtangle-instagram": "crawlers.importing.formats.meta.crowdtangle:CrowdtangleInstagram",
    "crowdtangle-posts": "crawlers.importing.formats.meta.crowdtangle:CrowdtanglePosts",
    "meta-archive": "crawlers.importing.formats.meta.archive:MetaArchive",
    "meta-content-library": "crawlers.importing.formats.meta.content_library:MetaContentLibrary",
}
"""Name (``--format``) -> where it is."""
