"""The peer's part, run by the peer's own Python.

    topics_peer.py TEXTS.json VECTORS.npy TOPICS.json

BERTopic with its defaults on vectors given to it, warmed up first (numba compiles at the first
call). Writes a topic a text, -1 for outliers, and prints one JSON object; it imports nothing of
Tocsin.
"""

import json
import sys
import time
import warnings

import numpy as np
from bertopic import BERTopic
from bertopic.backend import BaseEmbedder


def main(texts, vectors, topics):
    """Time fitting alone."""
    warnings.simplefilter("ignore")
    with open(texts, encoding="utf-8") as held:
        read = json.load(held)
    given = np.load(vectors)
    # above 4,096 texts UMAP looks for neighbours in another way, which numba compiles, too
    words = [f"word{n % 97} term{n % 89} text{n % 83}" for n in range(5_000)]
    noise = np.random.default_rng(1).normal(size=(5_000, given.shape[1])).astype(np.float32)
    BERTopic(embedding_model=BaseEmbedder()).fit(words, embeddings=noise)
    started = time.process_time()
    found, _ = BERTopic(embedding_model=BaseEmbedder()).fit_transform(read, embeddings=given)
    seconds = time.process_time() - started
    with open(topics, "w", encoding="utf-8") as out:
        json.dump([int(topic) for topic in found], out)
    print(json.dumps({"cpu_s": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
