"""Exports of YouTube and TikTok."""

PROFILES: dict[str, str] = {
    "ytdt-comments": "crawlers.importing.formats.video.youtube_data_tools:YoutubeComments",
    "ytdt-videos": "crawlers.importing.formats.video.youtube_data_tools:YoutubeVideos",
}
"""Name (``--format``) -> where it is."""
