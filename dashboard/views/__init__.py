"""The pages, in the order of the menu. To add one: a file here and a line below."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "today": "dashboard.views.today:Today",
    "explore": "dashboard.views.explore:Explore",
    "coordination": "dashboard.views.coordination:CoordinationView",
    "source": "dashboard.views.source:Source",
}
"""Name -> where it is. The first is the one that opens."""
