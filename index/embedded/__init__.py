"""The embedded index: SQLite with FTS5, vectors in the same file, disposable column caches beside
it."""

from index.embedded.backend import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
