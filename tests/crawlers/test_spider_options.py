"""Every key of a source file is documented, and every spider keeps the contract of its family."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.source_files import load_sources, select_sources
from crawlers.sources import Source
from crawlers.spiders import SPIDERS
from crawlers.spiders.base import BaseSpider
from tocsin.core.plugins import choose
from tocsin.core.settings import CrawlSettings


@pytest.mark.parametrize("name", SPIDERS)
def test_every_spider_keeps_the_contract(name: str, root: Path, tmp_path: Path) -> None:
    spider = choose("spider", name, SPIDERS)
    assert issubclass(spider, BaseSpider)
    assert issubclass(spider.options, Source)
    page = (root / "docs" / "sources.md").read_text(encoding="utf-8")
    for key, field in spider.options.model_fields.items():
        assert field.description, key
        assert f"`{key}`" in page, f"docs/sources.md lacks {key}"
    assert f'spider = "{name}"' in page
    (tmp_path / "a.toml").write_text(
        f'name = "a"\nspider = "{name}"\nstart = ["https://news.example/"]\n', encoding="utf-8"
    )
    (source,) = load_sources(tmp_path, CrawlSettings(delay=2.5, allow_private=True))
    assert (source.delay, source.allow_private, source.max_pages) == (2.5, True, 1000)


def test_the_examples_of_the_documentation_are_valid(root: Path, tmp_path: Path) -> None:
    page = (root / "docs" / "sources.md").read_text(encoding="utf-8")
    blocks = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.toml").write_text(block, encoding="utf-8")
    assert len(load_sources(tmp_path, CrawlSettings())) == len(blocks) == 3


def test_sources_are_chosen_by_name_and_disabled_ones_only_so(tmp_path: Path) -> None:
    for name, enabled in (("a", "true"), ("b", "false")):
        text = (
            f'name = "{name}"\nspider = "feed"\nstart = ["https://news.example/"]\nenabled = '
            f"{enabled}\n"
        )
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    found = load_sources(tmp_path, CrawlSettings())
    assert [source.name for source in select_sources(found, [])] == ["a"]
    assert [source.name for source in select_sources(found, ["b", "a", "b"])] == ["b", "a"]
