"""Texts to vectors. `load` gives the embedder that the settings name; one is kept per process.

Vectors of different models never mix: `Embedder.name` is the key under which the index keeps them.
It names the model and its version, not the engine: engines of one model agree (mean cosine .999).
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies

import numpy as np
from numpy.typing import NDArray

from nlp.models.e5_directory import MAX_TOKENS, PROMPT
from nlp.models.e5_small import NAME, VERSION, onnx_folder, torch_folder
from nlp.models.onnx_embedder import OnnxEmbedder
from nlp.models.sources import HUB_NAME
from nlp.text.cleaning import MAX_CHARACTERS
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.settings import NlpSettings
from tocsin.core.text import clean

Vectors = NDArray[np.float32]

CARD_BATCH = 1024
"""Texts in one batch on a CUDA card, which smaller ones leave idle: 1 GB at most."""


class Embedder(Protocol):
    """Texts to L2-normalised vectors. Equal texts have equal vectors."""

    name: str
    dim: int
    engine: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 (n, dim), rows in the order of the texts. Texts may be empty, long or odd."""


class TorchEmbedder:
    """Any sentence-transformers model.

    Sums depend on the batch in their last bits; equal batches repeat.
    """

    engine = "torch"

    def __init__(self, path: str, name: str, device: str, batch_size: int) -> None:
        try:
            from sentence_transformers import SentenceTransformer

            make = partial(SentenceTransformer, path, device=None if device == "auto" else device)
            try:
                self._model: Any = make(local_files_only=True)
            except (OSError, ValueError):
                if (
                    Path(path).is_dir() or not _hub_answers()
                ):  # the hub's client would try for more than a minute
                    raise
                self._model = make()
        except Exception as error:  # hub, network, file and torch errors share no base class
            raise ConfigError(_cannot_load(path, device, error)) from None
        self._model.max_seq_length = min(self._model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
        self._prompt = (
            PROMPT if "e5" in path.lower() and not self._model.default_prompt_name else None
        )
        on_card = self._model.device.type == "cuda"
        self._batch_size = max(batch_size, CARD_BATCH) if on_card else batch_size
        self.name = name
        self.dim = int(self._model.encode([""], show_progress_bar=False).shape[-1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        cleaned = [clean(text, MAX_CHARACTERS) for text in texts]
        rows = {text: row for row, text in enumerate(sorted(set(cleaned)))}
        if not rows:
            return np.zeros((0, self.dim), np.float32)
        vectors = self._model.encode(
            list(rows),
            batch_size=self._batch_size,
            prompt=self._prompt,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)[[rows[text] for text in cleaned]]


def key(settings: NlpSettings) -> str:
    """The name of the model that the settings choose, without loading it."""
    if settings.model == NAME:
        return f"{NAME}-{VERSION}"
    path = Path(settings.model)
    if not path.is_dir():
        return settings.model
    # a folder can change under its name: its configuration and the sizes of its weights tell
    files = [
        (p.name, p.read_bytes() if p.suffix == ".json" else p.stat().st_size)
        for p in sorted(path.iterdir())
        if p.is_file()
    ]
    return f"{path.name}-{hashlib.sha256(repr(files).encode()).hexdigest()[:8]}"


def engine_of(settings: NlpSettings) -> str:
    """``onnx`` or ``torch``: what ``auto`` means here.

    Raises ConfigError where ``onnx`` cannot be.
    """
    if settings.model != NAME:
        if settings.engine == "onnx":
            raise ConfigError(
                Message(
                    "fault.models.onnx_only", {"name": repr(NAME), "model": repr(settings.model)}
                )
            )
        return "torch"
    if settings.engine != "auto":
        return settings.engine
    if settings.device not in ("auto", "cpu"):
        return "torch"
    has_card = settings.device == "auto" and Path("/dev/nvidia0").exists() and _cuda()
    return "torch" if has_card else "onnx"


_loaded: dict[tuple[str, str, str, int], Embedder] = {}
_loading = threading.Lock()


def load(settings: NlpSettings) -> Embedder:
    """The embedder of the settings; loaded once per process.

    Raises:
        ConfigError: the model is missing and cannot be fetched or built; the sentence says what to
            do.
    """
    engine = engine_of(settings)
    chosen = (settings.model, engine, settings.device, settings.batch_size)
    with _loading:
        if chosen not in _loaded:
            _loaded[chosen] = _load(settings, engine)
        return _loaded[chosen]


def _load(settings: NlpSettings, engine: str) -> Embedder:
    name = key(settings)
    if settings.model != NAME:
        return TorchEmbedder(settings.model, name, settings.device, settings.batch_size)
    if engine == "torch":
        return TorchEmbedder(str(torch_folder()), name, settings.device, settings.batch_size)
    folder = onnx_folder()
    try:
        return OnnxEmbedder(folder, name)
    except ImportError as error:
        raise ConfigError(Message("fault.models.onnx_needs", {"name": error.name})) from None


def _cuda() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def _hub_answers() -> bool:
    """Whether the model hub can be reached; True where a proxy would have to be asked."""
    from huggingface_hub.constants import ENDPOINT

    if getproxies():
        return True
    address = urlsplit(ENDPOINT)
    try:
        socket.create_connection((address.hostname or "", address.port or 443), timeout=5).close()
    except OSError:
        return False
    return True


def _cannot_load(path: str, device: str, error: Exception) -> Message:
    kind = type(error).__name__
    if isinstance(error, ImportError):
        package = error.name or "sentence-transformers"
        needed = {"model": repr(path), "package": package}
        return Message("fault.models.needs_package", needed)
    if isinstance(error, RuntimeError) and device not in ("auto", "cpu"):
        reason = str(error).splitlines()[0]
        return Message("fault.models.device", {"device": repr(device), "reason": reason})
    if Path(path).is_dir():
        return Message("fault.models.no_model", {"path": path, "kind": kind})
    told = {"model": repr(path), "kind": kind, "own": repr(NAME), "hub": repr(HUB_NAME)}
    return Message("fault.models.not_fetched", told)
