"""The pages, in the order of the menu; the views of other packages follow ours.

To add one of ours: a file here and a line below. Another package brings one as an entry point of
the group ``tocsin.views``.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.plugins import registered

VIEWS: dict[str, str] = {
    "today": "dashboard.views.today:TodayView",
    "timeline": "dashboard.views.timeline:TimelineView",
    "explore": "dashboard.views.explore:ExploreView",
    "trends": "dashboard.views.trends:TrendsView",
    "narratives": "dashboard.views.narratives:NarrativesView",
    "spread": "dashboard.views.spread:SpreadView",
    "network": "dashboard.views.network:NetworkView",
    "coordination": "dashboard.views.coordination:CoordinationView",
    "people": "dashboard.views.people:PeopleView",
    "cases": "dashboard.views.cases:CasesView",
    "monitors": "dashboard.views.monitors:MonitorsView",
    "source": "dashboard.views.source:SourceView",
    "collection": "dashboard.views.collection:CollectionView",
}
"""Name -> where it is. The first is the one that opens."""


def registered_views() -> Mapping[str, str]:
    """Name -> where it is, of our views and those of installed packages."""
    return registered("view", VIEWS)
