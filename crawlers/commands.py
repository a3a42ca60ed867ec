"""The commands of this room: a file each."""

from crawlers.crawl_command import crawl
from crawlers.import_command import import_

__all__ = ["crawl", "import_"]
