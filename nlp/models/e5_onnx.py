"""The encoder of an `E5File` as an ONNX graph with 8-bit arithmetic, built without torch.

Activations are quantised *per token* (one scale a row, symmetric), weights per output. The usual
dynamic quantisation takes one scale for a whole batch, so a text's vector shifts with the texts
beside it (mean cosine .994); here every row is computed from itself alone, and the integer products
are exact. Texts of one token count form a batch, so there is no padding either: a text has one
vector, to the byte, whatever stands beside it. Measured against float32: mean cosine .999. Word
vectors stay in their 4-bit blocks.

Input ``ids`` int64 (texts, tokens); output ``hidden`` float32 (texts, tokens, width).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nlp.models.e5_directory import dense_shape
from nlp.models.e5_file import BLOCK, E5File

_CONTRIB = "com.microsoft"
_OPSET, _IR_VERSION = 21, 10


def write_onnx(path: Path, weights_path: Path) -> None:
    """Write the graph of the model in ``weights_path``."""
    onnx.save(_Graph(E5File(weights_path)).build(), str(path))


class _Graph:
    """Collects nodes and tensors; names of values are made from the layer and the step."""

    def __init__(self, file: E5File) -> None:
        self.file = file
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        for name, value in (("inv127", 1 / 127), ("one", 1.0), ("tiny", 1e-9)):
            self.tensor(name, np.array(value, np.float32))
        self.tensor("mid", np.array(128, np.uint8))
        self.tensor("last", np.array([-1], np.int64))
        self.tensor("first", np.array([0], np.int64))

    def tensor(self, name: str, value: NDArray[Any]) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def nibbles(self, name: str, values: NDArray[np.uint8]) -> str:
        """A uint4 tensor of an array of nibbles, two a byte, the first the lower."""
        flat = np.append(values.reshape(-1), np.zeros(values.size % 2, np.uint8))
        packed = flat[0::2] | (flat[1::2] << 4)
        self.tensors.append(
            helper.make_tensor(name, TensorProto.UINT4, values.shape, packed.tobytes(), raw=True)
        )
        return name

    def node(
        self, kind: str, inputs: list[str], output: str, *, contrib: bool = False, **attributes: Any
    ) -> str:
        self.nodes.append(
            helper.make_node(
                kind, inputs, [output], domain=_CONTRIB if contrib else "", **attributes
            )
        )
        return output

    def build(self) -> Any:
        hidden = self.embeddings()
        for layer in range(self.file.shape.layers):
            hidden = self.layer(f"l{layer}.", hidden)
        self.nodes[-1].output[0] = "hidden"
        graph = helper.make_graph(
            self.nodes,
            "e5",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])],
            [
                helper.make_tensor_value_info(
                    "hidden", TensorProto.FLOAT, ["texts", "tokens", self.file.shape.width]
                )
            ],
            self.tensors,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="tocsin"
        )

    def embeddings(self) -> str:
        file, shape = self.file, self.file.shape
        words, scales = file.blocks("emb.word", shape.vocabulary, shape.width)
        zeros = np.full((shape.vocabulary, shape.width // BLOCK), 8, np.uint8)
        inputs = [
            self.nibbles("words", words),
            "ids",
            self.tensor("words.scales", scales),
            self.nibbles("words.zeros", zeros),
        ]
        vectors = self.node(
            "GatherBlockQuantized",
            inputs,
            "words.found",
            contrib=True,
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )
        # every text is one segment: its token type is always 0, whose row is added to each position
        positions = (
            file.floats("emb.pos").reshape(-1, shape.width) + file.floats("emb.type")[: shape.width]
        )
        self.tensor("positions", positions)
        self.node("Shape", ["ids"], "tokens", start=1, end=2)
        self.node("Slice", ["positions", "first", "tokens", "first"], "positions.found")
        summed = self.node("Add", [vectors, "positions.found"], "embeddings.sum")
        norm = [
            self.tensor("embeddings.norm", file.floats("emb.ln.w")),
            self.tensor("embeddings.shift", file.floats("emb.ln.b")),
        ]
        return self.node("LayerNormalization", [summed, *norm], "embeddings", epsilon=shape.epsilon)

    def layer(self, prefix: str, hidden: str) -> str:
        rows = self.quantised(hidden)
        projections = [self.dense(rows, prefix + short) for short in "qkv"]
        attended = self.node(
            "MultiHeadAttention",
            projections,
            f"{prefix}seen",
            contrib=True,
            num_heads=self.file.shape.heads,
        )
        middle = self.normed(
            hidden, self.dense(self.quantised(attended), f"{prefix}ao"), f"{prefix}aln"
        )
        inner = self.node(
            "Gelu",
            [self.dense(self.quantised(middle), f"{prefix}fi")],
            f"{prefix}gelu",
            contrib=True,
        )
        return self.normed(middle, self.dense(self.quantised(inner), f"{prefix}fo"), f"{prefix}oln")

    def normed(self, before: str, added: str, name: str) -> str:
        scale = self.tensor(f"{name}.w", self.file.floats(f"{name}.w"))
        shift = self.tensor(f"{name}.b", self.file.floats(f"{name}.b"))
        inputs = [before, added, scale, shift]
        return self.node(
            "SkipLayerNormalization",
            inputs,
            f"{name}.out",
            contrib=True,
            epsilon=self.file.shape.epsilon,
        )

    def quantised(self, value: str) -> tuple[str, str]:
        """Names of the rows as uint8 around 128, and of their scales (…, 1)."""
        self.node("Abs", [value], f"{value}.abs")
        self.node("ReduceMax", [f"{value}.abs", "last"], f"{value}.max", keepdims=1)
        self.node("Mul", [f"{value}.max", "inv127"], f"{value}.step")
        scale = self.node("Max", [f"{value}.step", "tiny"], f"{value}.scale")
        self.node("Div", [value, scale], f"{value}.unit")
        return self.node("QuantizeLinear", [f"{value}.unit", "one", "mid"], f"{value}.u8"), scale

    def dense(self, rows: tuple[str, str], name: str) -> str:
        """``rows @ weights.T + bias``: an exact integer product, scaled by output, then by row."""
        matrix = self.file.matrix(f"{name}.w", *dense_shape(name.rpartition(".")[2], self.file))
        scales = np.maximum(np.abs(matrix).max(axis=1) / 127, 1e-12).astype(np.float32)
        weights = self.tensor(f"{name}.i8", np.rint(matrix / scales[:, None]).astype(np.int8).T)
        steps = self.tensor(f"{name}.steps", scales)
        integers, row_scales = rows
        self.node(
            "MatMulIntegerToFloat",
            [integers, weights, "one", steps, "mid"],
            f"{name}.product",
            contrib=True,
        )
        self.node("Mul", [f"{name}.product", row_scales], f"{name}.scaled")
        return self.node(
            "Add",
            [f"{name}.scaled", self.tensor(f"{name}.b", self.file.floats(f"{name}.b"))],
            f"{name}.out",
        )
