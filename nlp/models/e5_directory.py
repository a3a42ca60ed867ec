"""From an `E5File` and a tokeniser to a directory that sentence-transformers loads offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.models.e5_file import E5File

MAX_TOKENS = 128
"""Tokens of a text that are read: a whole post, of an article the title and what leads it."""
PROMPT = "query: "
_DENSE = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def dense_shape(short: str, file: E5File) -> tuple[int, int]:
    """(outputs, inputs) of a layer's dense matrix by its short name in the file."""
    width, inner = file.shape.width, file.shape.inner
    return {"fi": (inner, width), "fo": (width, inner)}.get(short, (width, width))


def weights(file: E5File) -> dict[str, NDArray[np.float32]]:
    """All tensors under the names that transformers' ``BertModel`` gives them."""
    shape = file.shape
    tensors = {
        "embeddings.word_embeddings.weight": file.matrix("emb.word", shape.vocabulary, shape.width),
        "embeddings.position_embeddings.weight": file.floats("emb.pos").reshape(-1, shape.width),
        "embeddings.token_type_embeddings.weight": file.floats("emb.type").reshape(-1, shape.width),
        "embeddings.LayerNorm.weight": file.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": file.floats("emb.ln.b"),
    }
    for layer in range(shape.layers):
        prefix = f"encoder.layer.{layer}."
        for short, name in _DENSE.items():
            tensors[f"{prefix}{name}.weight"] = file.matrix(
                f"l{layer}.{short}.w", *dense_shape(short, file)
            )
            tensors[f"{prefix}{name}.bias"] = file.floats(f"l{layer}.{short}.b")
        for short, name in _NORMS.items():
            tensors[f"{prefix}{name}.weight"] = file.floats(f"l{layer}.{short}.w")
            tensors[f"{prefix}{name}.bias"] = file.floats(f"l{layer}.{short}.b")
    return tensors


def tokeniser(path: Path) -> dict[str, Any]:
    """The tokeniser's JSON without padding and truncation, which the engines set themselves."""
    settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return settings | {"truncation": None, "padding": None}


def write_directory(folder: Path, weights_path: Path, tokeniser_path: Path) -> None:
    """Write the sentence-transformers directory into an existing, empty folder."""
    from safetensors.numpy import save_file

    file = E5File(weights_path)
    tokens = tokeniser(tokeniser_path)
    save_file(weights(file), str(folder / "model.safetensors"), metadata={"format": "pt"})
    special = {
        "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>",
        "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
    }  # fmt: skip
    present = {token["content"] for token in tokens["added_tokens"]}
    special = {role: token for role, token in special.items() if token in present}
    _write(folder / "tokenizer.json", tokens)
    _write(folder / "config.json", _bert_config(file))
    _write(folder / "special_tokens_map.json", special)
    _write(
        folder / "tokenizer_config.json",
        special
        | {
            "model_max_length": file.shape.positions,
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_input_names": ["input_ids", "attention_mask"],
        },
    )
    _write_modules(folder, file)


def _bert_config(file: E5File) -> dict[str, Any]:
    shape = file.shape
    return {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_size": shape.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "intermediate_size": shape.inner, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "initializer_range": 0.02,
        "layer_norm_eps": shape.epsilon, "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "vocab_size": shape.vocabulary, "pad_token_id": file.pad,
        "position_embedding_type": "absolute", "torch_dtype": "float32",
    }  # fmt: skip


def _write_modules(folder: Path, file: E5File) -> None:
    # the weights hold no pooler: said here, or transformers invents one and warns
    _write(
        folder / "sentence_bert_config.json",
        {
            "max_seq_length": MAX_TOKENS,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
    )
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    _write(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(kinds)
        ],
    )
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir()
    _write(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": file.shape.width, "pooling_mode_mean_tokens": True},
    )
    _write(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": PROMPT, "passage": "passage: "},
            "default_prompt_name": "query",
            "similarity_fn_name": "cosine",
        },
    )


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
