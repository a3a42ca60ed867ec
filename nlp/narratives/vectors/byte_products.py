"""Inner products of many pairs of vectors, of their components as whole numbers of a byte.

Whoever looks for neighbours needs to know which of millions of pairs are near, and of those few
only how near: a byte a component tells it, and the products of bytes take a third of the time of
those of floats (product quantisation, Jegou et al. 2011, takes less still and finds less).

The sums are whole numbers: they are the same on every processor. The one side has seven bits, as
processors without instructions for this add two products in sixteen bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Integers = NDArray[np.int32]

_MIDDLE, _ASKED, _OFFERED = 64, 63, 127
"""What stands for zero in rows that ask; the largest number in them, and in rows that are asked."""
LARGEST = _ASKED * _OFFERED
"""The largest product of two components."""
_BLOCK = 8_192


class ByteProducts:
    """Vectors as bytes: ``asking`` uint8 (n, d), the rows that are compared with others.

    Args:
        vectors: float32 (n, d), n > 0.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._held = np.empty(0, np.int32)
        self.asking = np.empty(vectors.shape, np.uint8)
        most = 1e-12
        for start in range(0, len(vectors), _BLOCK):
            own = vectors[start : start + _BLOCK]
            # each row on a scale of its own
            largest = np.maximum(np.abs(own).max(axis=1, keepdims=True), 1e-12)
            self.asking[start : start + _BLOCK] = np.rint(own * (_ASKED / largest)) + _MIDDLE
            most = max(most, float(largest.max()))
        self._scale = np.float32(_OFFERED / most)

    def offered(self, rows: slice | NDArray[np.int64]) -> NDArray[np.int8]:
        """Rows that others are compared with, int8 (d, rows)."""
        scaled = np.rint(self._vectors[rows] * self._scale)
        return np.ascontiguousarray(scaled.astype(np.int8).T)

    def multiply(self, asking: NDArray[np.uint8], offered: NDArray[np.int8]) -> Integers:
        """int32 (asking, offered): in proportion to the cosines of a row, about.

        The next call writes over them: memory that is new to a process takes longer to reach than
        the products take.
        """
        shape = (asking.shape[0], offered.shape[1])
        if self._held.size < shape[0] * shape[1]:
            self._held = np.empty(shape[0] * shape[1], np.int32)
        scores: Integers = self._held[: shape[0] * shape[1]].reshape(shape)
        bound = _session().io_binding()
        bound.bind_cpu_input("asking", asking)
        bound.bind_cpu_input("offered", offered)
        bound.bind_output("scores", "cpu", 0, np.int32, shape, scores.ctypes.data)
        _session().run_with_iobinding(bound)
        return scores


@lru_cache(maxsize=1)
def _session() -> Any:
    """The one product, as a graph of onnxruntime, which has it for every processor."""
    import onnxruntime
    from onnx import TensorProto, helper

    inputs = [
        helper.make_tensor_value_info("asking", TensorProto.UINT8, ["rows", "d"]),
        helper.make_tensor_value_info("offered", TensorProto.INT8, ["d", "others"]),
    ]
    output = helper.make_tensor_value_info("scores", TensorProto.INT32, ["rows", "others"])
    product = helper.make_node("MatMulInteger", ["asking", "offered", "middle"], ["scores"])
    middle = helper.make_tensor("middle", TensorProto.UINT8, [], [_MIDDLE])
    graph = helper.make_graph([product], "products", inputs, [output], [middle])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # sizes come in hundreds: a plan for each would be kept
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
