"""The table of docs/importing.md that says what each profile gives and lacks.

``python -m crawlers.importing.formats.format_table`` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crawlers.importing.formats import PROFILES
from crawlers.importing.formats.profile_base import BaseProfile
from tocsin.core.plugins import resolve

PAGE = Path("docs/importing.md")
BEGIN = "<!-- profiles: written by python -m crawlers.importing.formats.format_table -->"
END = "<!-- end of profiles -->"
EXPECTED = (
    "author.id", "author.handle", "author.name", "author.followers", "text", "lang",
    "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of", "quote_of",
    "media", "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.views",
)  # fmt: skip
"""What a complete export of posts would have; what a profile does not give of it, it lacks."""
_PLATFORM_BY_ROW = "by row"


def markdown_table() -> str:
    """The table, between its marks."""
    rows = [
        "| `--format` | export | platform | gives | lacks |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in sorted(PROFILES):
        profile: BaseProfile = resolve(PROFILES[name])()
        gives = tuple(dict.fromkeys(profile.gives))
        lacks = [key for key in EXPECTED if key not in gives]
        if "extra.repost_of_handle" in gives and "repost_of" in lacks:
            lacks[lacks.index("repost_of")] = "repost_of (the handle alone is known)"
        platform = profile.platform or _PLATFORM_BY_ROW
        title = profile.title.replace("|", "\\|")
        rows.append(
            f"| `{name}` | {title} | {platform} | {_short(gives)} | {_short(lacks) or 'nothing'} |"
        )
    return "\n".join([BEGIN, *rows, END])


def with_table(page: str) -> str:
    """The page with a fresh table between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{markdown_table()}{after}"


def _short(keys: Iterable[str]) -> str:
    """Keys of one object together: ``author (id, handle)``."""
    groups: dict[str, list[str]] = {}
    for key in keys:
        top, dot, sub = key.partition(".")
        groups.setdefault(top, []).extend([sub] if dot else [])
    return ", ".join(f"{top} ({', '.join(subs)})" if subs else top for top, subs in groups.items())


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
