"""Writes docs/settings.md from the settings themselves: ``python -m tocsin.app.settings_page > docs/settings.md``."""

from __future__ import annotations

from tocsin.core import settings

HEAD = """\
# Settings

Flags go before `TOCSIN_*` variables, those before `tocsin.toml` of the workspace, those before the defaults.
`TOCSIN_PRIVACY__PSEUDONYMISE=false` sets `privacy.pseudonymise`; lists are written as JSON.
An unknown key is an error that names the nearest one. `TOCSIN_HOME` is the workspace, `TOCSIN_CACHE` the folder
of models, `TOCSIN_LOG=debug` shows the traceback of an error in Tocsin itself.

This page is written by `python -m tocsin.app.settings_page`.

| setting | default | meaning |
| --- | --- | --- |
"""


def page() -> str:
    """The page."""
    defaults = settings.Settings()
    rows = []
    for name, info in settings.fields().items():
        value: object = defaults
        for part in name.split("."):
            value = getattr(value, part)
        shown = (
            ""
            if "Secret" in type(value).__name__
            else str(value).lower()
            if isinstance(value, bool)
            else str(value)
        )
        about = (info.description or "").replace("|", "\\|")
        rows.append(f"| `{name}` | {f'`{shown}`' if shown else 'none'} | {about} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(page(), end="")
