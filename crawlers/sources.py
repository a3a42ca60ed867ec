"""What a source is: the keys that every source file has. ``docs/sources.md`` explains them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Source(BaseModel):
    """The keys that every source has; a spider's own ``options`` class adds to them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
        description="Name of the source, unique in the workspace.",
    )
    spider: str = Field(
        description="Which spider reads it: feed, site, mastodon, or one of another package."
    )
    start: list[str] = Field(
        min_length=1, max_length=10_000, description="Feed addresses, sitemaps, pages, or servers."
    )
    enabled: bool = Field(
        True, description="false leaves the source out of `tocsin crawl` unless it is named."
    )
    allow_private: bool = Field(
        False, description="Let this source reach private and loopback addresses, and any port."
    )
    max_pages: int = Field(
        ge=1, description="Pages fetched in one run; pages that have not changed do not count."
    )
    delay: float = Field(
        ge=0,
        le=3600,
        description="Seconds between two requests to one host; AutoThrottle may slow it further.",
    )
    max_bytes: int = Field(
        ge=1000, description="Bytes of one answer, unpacked; larger ones are refused."
    )
    timeout: float = Field(gt=0, le=600, description="Seconds to wait for one answer.")
    respect_robots: bool = Field(description="Obey robots.txt.")
    user_agent: str = Field(
        min_length=1, max_length=500, description="What this crawler calls itself."
    )
    lawful_basis: str = Field(
        "", max_length=500, description="Why you may collect this; kept with every document."
    )
    retention_days: int = Field(
        0,
        ge=0,
        description="Delete this source's documents after so many days; 0: the workspace's period.",
    )
