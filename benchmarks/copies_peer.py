"""The peer's part, run by the peer's own Python.

    copies_peer.py POSTS.json VECTORS.npy PAIRS.json

Times D3lta's ``semantic_faiss`` with its defaults, languages and embeddings given, on the texts
that it does not leave out as too short. Prints one JSON object; imports nothing of Tocsin.
"""

import contextlib
import json
import os
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from d3lta.faissd3lta import prepare_dataset, semantic_faiss


def main(posts, vectors, pairs):
    """Prepare once to see which texts are kept, then time the whole."""
    warnings.simplefilter("ignore")
    with open(posts, encoding="utf-8") as held:
        read = json.load(held)
    names = [str(at) for at in range(len(read["texts"]))]
    frame = pd.DataFrame(
        {
            "original": read["texts"],
            "language": read["langs"],
            "text_language_detect": read["texts"],
        },
        index=names,
    )
    embeddings = pd.DataFrame(np.load(vectors), index=names)
    with (
        open(os.devnull, "w") as nothing,
        contextlib.redirect_stdout(nothing),
        contextlib.redirect_stderr(nothing),
    ):
        kept = prepare_dataset(frame.copy()).index
        frame, embeddings = frame.loc[kept].copy(), embeddings.loc[kept]
        started = time.perf_counter()
        matches, _ = semantic_faiss(frame, df_embeddings_use=embeddings)
        seconds = time.perf_counter() - started
    with open(pairs, "w", encoding="utf-8") as out:
        rows = matches[["source", "target", "dup_type"]].itertuples(index=False)
        json.dump([[int(a), int(b), kind] for a, b, kind in rows], out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "texts": len(frame), "peak_mb": round(peak, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
