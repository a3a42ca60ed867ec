"""The parts of the Elasticsearch backend, as code that works on several of them sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from index.elastic.authors import Authors
from index.elastic.client import Connection
from index.elastic.documents import Documents
from index.elastic.findings import Findings
from index.elastic.schema import Names
from index.elastic.search import Searcher
from index.elastic.vectors import Vectors
from tocsin.core.settings import IndexSettings


class Stores(Protocol):
    """Connection, names and stores of one workspace in a cluster; `backend.ElasticIndex` is one."""

    backend: str
    settings: IndexSettings
    connection: Connection
    names: Names
    home: Path
    documents: Documents
    searcher: Searcher
    authors: Authors
    vectors_: Vectors
    findings_: Findings

    def read_layout(self) -> None:
        """Learn which version the documents are of, and whether writes go to a second one."""

    def refresh(self) -> None:
        """Make what was written visible to searches."""
