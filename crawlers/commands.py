"""The commands of this room: a file each."""

from crawlers.import_command import import_

__all__ = ["import_"]
