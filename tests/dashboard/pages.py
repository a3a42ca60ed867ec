"""Opening pages in Streamlit's own test runner, and reading all that stands on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.views import VIEWS

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
Visit = Callable[..., AppTest]
_WITH_VALUE = (
    "html",
    "markdown",
    "caption",
    "title",
    "header",
    "subheader",
    "button",
    "error",
    "success",
    "text_input",
    "selectbox",
)
_WHOLE = (
    "page_link",
    "button_group",
    "expander",
    "arrow_vega_lite_chart",
    "download_button",
    "component_instance",
)


def visitor(monkeypatch: pytest.MonkeyPatch) -> Visit:
    """A function that opens a page: ``visit(home, "explore", lang="fr", q="dam")``."""

    def open_page(home: Path, page: str = "today", **parameters: str) -> AppTest:
        monkeypatch.setenv("TOCSIN_HOME", str(home))
        test = AppTest.from_file(str(APP), default_timeout=60)
        test.query_params.update({"lang": "en"} | parameters)
        if page != next(iter(VIEWS)):
            test._page_hash = calc_hash(page)
        return test.run()

    return open_page


def text(test: AppTest) -> str:
    """All that stands on the page, widgets' labels included."""
    parts = []
    for kind in _WITH_VALUE:
        for element in test.get(kind):
            parts.append(str(getattr(element, "value", "") or ""))
            parts.append(str(getattr(element, "label", "") or ""))
    parts += [str(element.proto) for kind in _WHOLE for element in test.get(kind)]
    parts += [str(element.proto.body) for element in test.get("html")]
    return "\n".join(parts)
