"""Explore: which posts, how many, in what order, and what to ask next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.pages import Visit

pytestmark = pytest.mark.usefixtures("streamlit_caches")


def cards(test: AppTest) -> list[str]:
    """The HTML of each post on the page."""
    posts = next(e.proto.body for e in test.get("html") if "<article" in e.proto.body)
    return str(posts).split("</article>")[:-1]


def acted(card: str) -> int:
    return sum(map(int, re.findall(r"(\d+) (?:likes?|reposts?|replies|reply|quotes?)", card)))


def test_posts_with_most_engagement_come_first_page_by_page(visit: Visit, world: Any) -> None:
    test = visit(world.home, "explore", order="engagement")
    assert not test.exception
    first = [acted(card) for card in cards(test)]
    test.button(key="next").click().run()
    second = [acted(card) for card in cards(test)]
    assert len(first) == len(second) == 20
    assert first + second == sorted(first + second, reverse=True)
    assert first[0] > second[-1]
