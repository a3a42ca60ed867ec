"""Tocsin's part of the benchmark of copies, in a process of its own: its peak of memory is its own.

``copies_ours POSTS.json VECTORS.npy [GROUPS.json]`` reads texts and languages, then times
`nlp.copies.find_copies`. ``VECTORS.npy`` may be ``-``: wording alone. The peak includes the texts
and the vectors.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from nlp.copies import find_copies


def main(posts: str, vectors: str, groups: str = "") -> dict[str, Any]:
    """Time one corpus."""
    corpus = json.loads(Path(posts).read_text(encoding="utf-8"))
    matrix = None if vectors == "-" else np.load(vectors)
    started, processor = time.perf_counter(), time.process_time()
    copies = find_copies(corpus["texts"], corpus["langs"], matrix)
    seconds, used = time.perf_counter() - started, time.process_time() - processor
    if groups:
        Path(groups).write_text(json.dumps([group.posts for group in copies]), encoding="utf-8")
    return {
        "seconds": seconds,
        "processor_s": used,
        "groups": len(copies),
        "posts": sum(len(group.posts) for group in copies),
    }


if __name__ == "__main__":
    row = main(*sys.argv[1:])
    row["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(json.dumps(row))
