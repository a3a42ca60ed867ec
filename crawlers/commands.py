"""The commands of this room: a file each."""

from crawlers.crawl_command import crawl
from crawlers.import_command import import_
from crawlers.remap_command import remap

__all__ = ["crawl", "import_", "remap"]
