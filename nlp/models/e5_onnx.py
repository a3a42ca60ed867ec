"""The encoder of an `E5File` as an ONNX graph with 8-bit arithmetic, built without torch.

Activations are rounded to bytes by steps that are *fixed* per channel (`nlp.models.e5_steps`),
weights per output: a row is computed from itself alone. (The usual dynamic quantisation takes one
scale for a whole batch, so a text's vector shifts with the texts beside it, mean cosine .994.)
Fixed steps need no pass over the numbers to find their range, and the scales and biases of products
are done inside them. Integer products are exact. Texts of one token count form a batch, so there is
no padding either: a text has one vector, to the byte, whatever stands beside it.

Input ``ids`` int64 (texts, tokens); output ``hidden`` float32 (texts, tokens, width).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nlp.models.e5_directory import dense_shape
from nlp.models.e5_file import BLOCK, E5File
from nlp.models.e5_steps import FO_ZERO, LayerSteps, load_steps
from nlp.models.onnx_embedder import PROBE, PROBE_WIDTH

_CONTRIB = "com.microsoft"
_OPSET, _IR_VERSION = 21, 10
MIDDLE = 128
"""The byte that stands for 0 where numbers are as often below it."""


def write_onnx(path: Path, weights_path: Path, steps: Sequence[LayerSteps] | None = None) -> None:
    """Write the graph of the model in ``weights_path``, and the probe beside it.

    ``steps`` are those of its layers; of the default model where None.
    """
    graph = _Graph(E5File(weights_path), load_steps() if steps is None else steps)
    onnx.save(graph.build(), str(path))
    _write_probe(path.with_name(PROBE))


class _Graph:
    """Collects nodes and tensors; names of values are made from the layer and the step."""

    def __init__(self, file: E5File, steps: Sequence[LayerSteps]) -> None:
        self.file, self.steps = file, steps
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self.zeros: set[str] = set()
        self.norms: dict[str, tuple[str, NDArray[np.float32], NDArray[np.float32]]] = {}
        self.tensor("one", np.array(1, np.float32))
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
            hidden = self.layer(layer, hidden)
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
        return self.norm(summed, file.floats("emb.ln.w"), file.floats("emb.ln.b"), "embeddings")

    def layer(self, number: int, hidden: str) -> str:
        file, prefix, steps = self.file, f"l{number}.", self.steps[number]
        rows = self.rounded(self.from_middle(hidden, steps.qkv, steps.qkv_middle))
        # values come out in the steps of what reads them, so that attention gives them so as well
        unchanged = np.ones(file.shape.width, np.float32)
        by_output = {"q": unchanged, "k": unchanged, "v": np.float32(1) / steps.ao}
        attended = self.node(
            "MultiHeadAttention",
            [
                self.product(rows, prefix + short, steps.qkv, middle=steps.qkv_middle, times=times)
                for short, times in by_output.items()
            ],
            f"{prefix}seen",
            contrib=True,
            num_heads=file.shape.heads,
        )
        added = self.product(self.rounded(attended), f"{prefix}ao", steps.ao)
        middle = self.normed(hidden, added, f"{prefix}aln")
        rows = self.rounded(self.from_middle(middle, steps.fi, steps.fi_middle))
        inner = self.product(rows, f"{prefix}fi", steps.fi, middle=steps.fi_middle)
        gelu = self.node("Gelu", [inner], f"{prefix}gelu", contrib=True)
        rows = self.rounded(self.over(gelu, steps.fo), FO_ZERO)
        added = self.product(rows, f"{prefix}fo", steps.fo, zero=FO_ZERO)
        return self.normed(middle, added, f"{prefix}oln")

    def normed(self, before: str, added: str, name: str) -> str:
        summed = self.node("Add", [before, added], f"{name}.sum")
        scale, shift = self.file.floats(f"{name}.w"), self.file.floats(f"{name}.b")
        return self.norm(summed, scale, shift, f"{name}.out")

    def norm(
        self, summed: str, scale: NDArray[np.float32], shift: NDArray[np.float32], name: str
    ) -> str:
        """Layer normalisation; what it is made of is remembered for `from_middle`."""
        self.norms[name] = (summed, scale, shift)
        inputs = [summed, self.tensor(f"{name}.w", scale), self.tensor(f"{name}.b", shift)]
        return self.node("LayerNormalization", inputs, name, epsilon=self.file.shape.epsilon)

    def from_middle(
        self, value: str, steps: NDArray[np.float32], middle: NDArray[np.float32]
    ) -> str:
        """The numbers of each row in steps from the middles of their channels.

        ``value`` is a layer normalisation, whose scale and shift do it: normalising once more is
        cheaper than a pass to subtract and one to divide.
        """
        summed, scale, shift = self.norms[value]
        return self.norm(summed, scale / steps, (shift - middle) / steps, f"{value}.steps")

    def over(self, value: str, steps: NDArray[np.float32]) -> str:
        """The numbers of each row in steps."""
        inverse = self.tensor(f"{value}.inverse", (1 / steps).astype(np.float32))
        return self.node("Mul", [value, inverse], f"{value}.steps")

    def rounded(self, value: str, zero: int = MIDDLE) -> str:
        """Rows as uint8 around ``zero``; what is beyond 0 or 255 is that."""
        return self.node("QuantizeLinear", [value, "one", self.zero(zero)], f"{value}.u8")

    def zero(self, at: int) -> str:
        """The name of the byte that stands for 0."""
        name = f"zero{at}"
        if name not in self.zeros:
            self.zeros.add(name)
            self.tensor(name, np.array(at, np.uint8))
        return name

    def product(
        self,
        rows: str,
        name: str,
        steps: NDArray[np.float32],
        *,
        zero: int = MIDDLE,
        middle: NDArray[np.float32] | None = None,
        times: NDArray[np.float32] | None = None,
    ) -> str:
        """``(rows * steps + middle) @ weights.T + bias``: exact integer products, scaled by output.

        Args:
            rows: the name of rows of bytes (…, inputs).
            name: of the weights (outputs, inputs).
            steps: (inputs,), what 1 stands for.
            zero: the byte that stands for 0.
            middle: (inputs,), from which the rows' numbers are counted; 0 where None.
            times: (outputs,), by which the outcome is multiplied.
        """
        matrix = self.file.matrix(f"{name}.w", *dense_shape(name.rpartition(".")[2], self.file))
        bias = self.file.floats(f"{name}.b")
        if middle is not None:
            bias = bias + (matrix @ middle).astype(np.float32)
        matrix = matrix * steps
        scales = np.maximum(np.abs(matrix).max(axis=1) / 127, 1e-12).astype(np.float32)
        bytes_ = np.rint(matrix / scales[:, None]).astype(np.int8).T
        if times is not None:
            scales, bias = scales * times, bias * times
        inputs = [
            rows,
            self.tensor(f"{name}.i8", bytes_),
            "one",
            self.tensor(f"{name}.steps", scales),
            self.zero(zero),
            "",
            self.tensor(f"{name}.b", bias),
        ]
        return self.node("MatMulIntegerToFloat", inputs, f"{name}.product", contrib=True)


def _write_probe(path: Path) -> None:
    """Write a graph that multiplies unsigned bytes with a matrix of 127.

    Rows of 255 give ``PROBE_SUM`` where the processor adds products of bytes in 32 bits (VNNI), and
    less where it adds two of them in 16 bits first.
    """
    node = helper.make_node(
        "MatMulIntegerToFloat",
        ["rows", "weights", "one", "one", "zero"],
        ["sums"],
        domain=_CONTRIB,
    )
    graph = helper.make_graph(
        [node],
        "probe",
        [helper.make_tensor_value_info("rows", TensorProto.UINT8, ["rows", PROBE_WIDTH])],
        [helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["rows", PROBE_WIDTH])],
        [
            numpy_helper.from_array(np.full((PROBE_WIDTH,) * 2, 127, np.int8), "weights"),
            numpy_helper.from_array(np.array(1, np.float32), "one"),
            numpy_helper.from_array(np.array(0, np.uint8), "zero"),
        ],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    onnx.save(model, str(path))
