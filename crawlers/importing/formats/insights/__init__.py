"""A page's or person's own posts with their figures, as the platforms' own screens export them."""

PROFILES: dict[str, str] = {
    "linkedin-archive": "crawlers.importing.formats.insights.own_posts:LinkedinArchive",
    "linkedin-page": "crawlers.importing.formats.insights.own_posts:LinkedinPage",
    "meta-business-suite": "crawlers.importing.formats.insights.own_posts:MetaBusinessSuite",
    "tiktok-studio": "crawlers.importing.formats.insights.own_posts:TiktokStudio",
    "x-analytics": "crawlers.importing.formats.insights.own_posts:XAnalytics",
}
"""Name (``--format``) -> where it is."""
