"""The default embedder: one vector a text, to the byte, whatever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.models.embedder import CARD_BATCH, Embedder, TorchEmbedder, engine_of, key, load
from tocsin.core.errors import ConfigError
from tocsin.core.settings import NlpSettings

TEXTS = [f"{who} {what} {where}." for who in ("The mayor", "Une infirmière",
"My neighbour") for what in (
    "spoke of the strike", "a perdu son chat", "bought a bicycle and a very large blue umbrella"
) for where in ("in Lyon", "on Tuesday", "near the old bridge")]  # fmt: skip


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load(NlpSettings())


def test_a_vector_does_not_depend_on_its_batch_or_order(embedder: Embedder) -> None:
    together = embedder.encode(TEXTS)
    assert np.array_equal(together, np.concatenate([embedder.encode([text]) for text in TEXTS]))
    assert np.array_equal(together[::-1], embedder.encode(TEXTS[::-1]))
    assert np.array_equal(together[:5], embedder.encode(TEXTS + ["other words"] * 9 + TEXTS)[:5])


def test_vectors_are_unit_length_and_near_for_translations(embedder: Embedder) -> None:
    found = embedder.encode(
        [
            "The president resigned this morning",
            "Le président a démissionné ce matin",
            "Recette de la tarte aux pommes",
        ]
    )
    assert found.dtype == np.float32
    assert found.shape == (3, embedder.dim)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert found[0] @ found[1] > max(found[0] @ found[2], found[1] @ found[2]) + 0.05


def test_odd_texts_have_vectors_too(embedder: Embedder) -> None:
    odd = [
        "",
        " ",
        "🔥🔥🔥",
        "a" * 1_000_000,
        "\ud800broken\x00",
        "‮override",
        "x" * 40 + "\n" * 5000,
    ]
    found = embedder.encode(odd)
    assert np.isfinite(found).all()
    assert embedder.encode([]).shape == (0, embedder.dim)


def test_the_key_names_model_and_version_not_the_engine() -> None:
    assert (
        key(NlpSettings(engine="onnx"))
        == key(NlpSettings(engine="torch"))
        == load(NlpSettings()).name
    )
    assert key(NlpSettings(model="some/hub-name")) == "some/hub-name"


def test_only_the_default_model_runs_on_onnx() -> None:
    assert engine_of(NlpSettings(model="some/hub-name")) == "torch"
    with pytest.raises(
        ConfigError, match=r"runs the model 'e5-small' only; set nlp\.engine = 'auto'"
    ):
        engine_of(NlpSettings(model="some/hub-name", engine="onnx"))
    assert engine_of(NlpSettings(device="cpu")) == "onnx"
    assert engine_of(NlpSettings(device="cuda")) == "torch"


def test_bytes_are_as_good_as_float32(embedder: Embedder) -> None:
    pytest.importorskip("torch")
    exact = load(NlpSettings(engine="torch", device="cpu")).encode(TEXTS)
    assert (embedder.encode(TEXTS) * exact).sum(axis=1).mean() > 0.999


@pytest.mark.card
def test_a_card_gives_the_same_vectors(embedder: Embedder) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA card here: vectors of a card cannot be compared")
    on_card = load(NlpSettings(device="cuda"))
    assert isinstance(on_card, TorchEmbedder)
    assert on_card._batch_size >= CARD_BATCH
    exact = load(NlpSettings(engine="torch", device="cpu")).encode(TEXTS)
    found = on_card.encode(TEXTS)
    assert ((found * exact).sum(axis=1) > 0.9999).all()
    assert (found * embedder.encode(TEXTS)).sum(axis=1).mean() > 0.998


def test_only_the_first_tokens_of_a_long_text_are_read(embedder: Embedder) -> None:
    begin = "The harbour was closed after the storm. " * 30
    one, other = embedder.encode([begin + "Boats sank.", begin + "La récolte fut bonne."])
    assert np.array_equal(one, other)


def test_a_model_that_cannot_be_had_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        ConfigError, match=r"'nobody/no-such-model' is not on this machine and could not be fetched"
    ):
        load(NlpSettings(model="nobody/no-such-model", device="cpu"))
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(ConfigError, match="holds no model that sentence-transformers can load"):
        load(NlpSettings(model=str(empty), device="cpu"))
