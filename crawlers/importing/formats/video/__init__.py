"""Exports of YouTube and TikTok."""

PROFILES: dict[str, str] = {
    "tiktok-research": "crawlers.importing.formats.video.tiktok_research:TiktokResearch",
    "tiktok-research-videos": (
        "crawlers.importing.formats.video.tiktok_research:TiktokResearchVideos"
    ),
    "youtube-api": "crawlers.importing.formats.video.youtube_api:YoutubeAnswers",
    "youtube-items": "crawlers.importing.formats.video.youtube_api:YoutubeItems",
    "ytdt-comments": "crawlers.importing.formats.video.youtube_data_tools:YoutubeComments",
    "ytdt-videos": "crawlers.importing.formats.video.youtube_data_tools:YoutubeVideos",
}
"""Name (``--format``) -> where it is."""
