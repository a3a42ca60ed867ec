"""Find the steps by which the default embedder rounds its numbers to bytes.

    python -m benchmarks.embedder_steps TEXTS [--out FILE]

TEXTS is a file with a text a line. The float32 model reads them; of each channel the range is taken
that all but one in 2,000 of its numbers are in, of what attention gives all; where rows come from a
layer normalisation, steps are counted from the middle of that range. The wider a channel's
range, the more of it goes into the weights instead of into coarser steps (`BALANCE`). The file that
is there was made from 526 texts: thirty tweets of each of the eight languages of the training split
of ``multi_xlmt_sentiment``, 100 of ``ira_2016_aug_sep``, 100 of ``fr_presidentielle2022_tweets``,
80 of the demo, and six that say little. Nothing is measured on them.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from nlp.models.e5_directory import MAX_TOKENS, PROMPT, weights
from nlp.models.e5_file import E5File
from nlp.models.e5_steps import FITTED, FO_ZERO, LayerSteps, save_steps
from nlp.models.sources import TOKENISER, WEIGHTS

BALANCE = 0.85
"""Exponent of a channel's range in its step; what is left of it stays in the weights."""
INSIDE, INSIDE_INNER, ALL = 0.9995, 0.9998, 1.0
"""Share of a channel's numbers that its steps reach."""
LEAST_GELU = -0.17

Floats = NDArray[np.float32]


class FloatModel:
    """The model in float32, which keeps what its products read."""

    def __init__(self, file: E5File) -> None:
        self.file, self.tensors = file, weights(file)
        self.read: list[dict[str, list[Floats]]] = [
            {name: [] for name in ("qkv", "ao", "fi", "fo")} for _ in range(file.shape.layers)
        ]

    def run(self, ids: list[int]) -> None:
        """Read one text, given as (tokens,) ids."""
        tensors = self.tensors
        hidden = tensors["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + tensors["embeddings.position_embeddings.weight"][: len(ids)]
        hidden = hidden + tensors["embeddings.token_type_embeddings.weight"][0]
        hidden = self._normed(hidden, "embeddings.LayerNorm")
        for layer, read in enumerate(self.read):
            prefix = f"encoder.layer.{layer}."
            read["qkv"].append(hidden)
            attended = self._attend(hidden, prefix)
            read["ao"].append(attended)
            added = self._dense(attended, f"{prefix}attention.output.dense")
            middle = self._normed(hidden + added, f"{prefix}attention.output.LayerNorm")
            read["fi"].append(middle)
            inner = self._dense(middle, f"{prefix}intermediate.dense")
            inner = (inner * (1 + erf(inner / math.sqrt(2))) / 2).astype(np.float32)
            read["fo"].append(inner)
            added = self._dense(inner, f"{prefix}output.dense")
            hidden = self._normed(middle + added, f"{prefix}output.LayerNorm")

    def _attend(self, hidden: Floats, prefix: str) -> Floats:
        heads, tokens = self.file.shape.heads, len(hidden)
        query, key, value = (
            self._dense(hidden, f"{prefix}attention.self.{name}")
            .reshape(tokens, heads, -1)
            .transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        alike = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        chances = np.exp(alike - alike.max(axis=-1, keepdims=True))
        chances /= chances.sum(axis=-1, keepdims=True)
        return (chances @ value).transpose(1, 0, 2).reshape(tokens, -1).astype(np.float32)

    def _dense(self, rows: Floats, name: str) -> Floats:
        return rows @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def _normed(self, rows: Floats, name: str) -> Floats:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.file.shape.epsilon)
        return centred / spread * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]


def main() -> None:
    """Write the file of steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--out", type=Path, default=FITTED)
    chosen = parser.parse_args()
    texts = chosen.texts.read_text(encoding="utf-8").splitlines()
    save_steps(fit(texts), f"{len(texts)} texts", chosen.out)


def fit(texts: Iterable[str], weights_path: Path | None = None) -> list[LayerSteps]:
    """The steps of each layer of a model, the default one where None is given."""
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_file(str(TOKENISER.locate()))
    tokeniser.no_padding()
    tokeniser.enable_truncation(MAX_TOKENS)
    model = FloatModel(E5File(weights_path or WEIGHTS.locate()))
    for text in texts:
        model.run(tokeniser.encode(PROMPT + text).ids)
    layers = []
    for layer, read in enumerate(model.read):
        prefix = f"encoder.layer.{layer}."
        into = [
            model.tensors[f"{prefix}attention.self.{name}.weight"]
            for name in ("query", "key", "value")
        ]
        attended = model.tensors[f"{prefix}attention.output.dense.weight"]
        inner = model.tensors[f"{prefix}intermediate.dense.weight"]
        outer = model.tensors[f"{prefix}output.dense.weight"]
        before, between = np.concatenate(read["qkv"]), np.concatenate(read["fi"])
        qkv_middle, fi_middle = _middles(before, INSIDE), _middles(between, INSIDE)
        layers.append(
            LayerSteps(
                qkv=_steps(before - qkv_middle, np.concatenate(into), BALANCE, INSIDE),
                qkv_middle=qkv_middle,
                ao=_steps(np.concatenate(read["ao"]), attended, 1.0, ALL),
                fi=_steps(between - fi_middle, inner, BALANCE, INSIDE),
                fi_middle=fi_middle,
                fo=_inner_steps(np.concatenate(read["fo"]), outer),
            )
        )
    return layers


def _middles(rows: Floats, inside: float) -> Floats:
    """(inputs,): the middle of what all but the least and the largest of rows are in."""
    ends = np.quantile(rows, [1 - inside, inside], axis=0)
    return ends.mean(axis=0).astype(np.float32)


def _steps(rows: Floats, matrix: Floats, balance: float, inside: float) -> Floats:
    """(inputs,): the steps of rows (tokens, inputs) that a matrix (outputs, inputs) multiplies."""
    reach = np.quantile(np.abs(rows), inside, axis=0) / 127 + 1e-6
    return _balanced(reach, matrix, balance)


def _inner_steps(rows: Floats, matrix: Floats) -> Floats:
    """(inputs,): the steps of what the inner layer gives, which is never below `LEAST_GELU`."""
    above = np.quantile(rows, INSIDE_INNER, axis=0) / (255 - FO_ZERO)
    return _balanced(np.maximum(above, -LEAST_GELU / FO_ZERO) + 1e-6, matrix, BALANCE)


def _balanced(reach: Floats, matrix: Floats, balance: float) -> Floats:
    """(inputs,): steps such that the channel that reaches farthest for its step has ``reach``."""
    steps = reach**balance / (np.abs(matrix).max(axis=0) + 1e-6) ** (1 - balance)
    return (steps * (reach / steps).max()).astype(np.float32)


if __name__ == "__main__":
    main()
