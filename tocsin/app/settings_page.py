"""Writes docs/settings.md from the settings themselves.

``python -m tocsin.app.settings_page > docs/settings.md``.
"""

from __future__ import annotations

from pydantic import SecretStr

from tocsin.core import settings

HEAD = """\
# Settings

Flags take precedence over `TOCSIN_*` variables, these over `tocsin.toml` of the workspace, and that over the defaults.
`TOCSIN_PRIVACY__PSEUDONYMISE=false` sets `privacy.pseudonymise`; lists are written as JSON.
An unknown key is an error that names the nearest one.

These variables are not settings: `TOCSIN_HOME` is the workspace, `TOCSIN_CACHE` the folder of models, `TOCSIN_LANG` (`en` or
`fr`) the language of all answers, JSON documents included, and `TOCSIN_LOG=debug` shows the traceback of an error in Tocsin itself.

This page is written by `python -m tocsin.app.settings_page`.

| setting | default | meaning |
| --- | --- | --- |
"""  # noqa: E501 - lines of the page


def page() -> str:
    """The page."""
    defaults = settings.Settings()
    rows = []
    for name, info in settings.setting_fields().items():
        value: object = defaults
        for part in name.split("."):
            value = getattr(value, part)
        default = _written(value)
        about = (info.description or "").replace("|", "\\|")
        rows.append(f"| `{name}` | {f'`{default}`' if default else 'none'} | {about} |")
    return HEAD + "\n".join(rows) + "\n"


def _written(value: object) -> str:
    """A default as a person writes it; secrets have none."""
    if value is None or isinstance(value, SecretStr):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    print(page(), end="")
