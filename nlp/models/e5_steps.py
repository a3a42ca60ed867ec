"""The steps by which numbers inside the default model are rounded to bytes, a layer at a time.

Channels differ a lot in their range and tokens hardly do, so that steps fixed per channel are finer
than steps that are found anew for each token (SmoothQuant, Xiao et al. 2023, moves the range of
channels into the weights in the same way). ``python -m benchmarks.embedder_steps`` made the file
from texts; it holds steps only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FO_ZERO = 64
FITTED = Path(__file__).with_name("e5_small_steps.json")


class LayerSteps(NamedTuple):
    """Of one layer.

    Attributes:
        qkv: (width,), of what queries, keys and values are computed from.
        qkv_middle: (width,), the middle of each channel's range there, from which it is counted.
        ao: (width,), of what attention gives.
        fi: (width,), of what the inner layer is computed from.
        fi_middle: (width,), the middle of each channel's range there.
        fo: (inner width,), of what the inner layer gives, which is hardly ever below 0: there
            `FO_ZERO` is the byte that stands for 0.
    """

    qkv: NDArray[np.float32]
    qkv_middle: NDArray[np.float32]
    ao: NDArray[np.float32]
    fi: NDArray[np.float32]
    fi_middle: NDArray[np.float32]
    fo: NDArray[np.float32]


def load_steps(path: Path = FITTED) -> list[LayerSteps]:
    """The steps of each layer."""
    layers = json.loads(path.read_text(encoding="utf-8"))["layers"]
    return [
        LayerSteps(*(np.array(layer[name], np.float32) for name in LayerSteps._fields))
        for layer in layers
    ]


def save_steps(layers: Sequence[LayerSteps], made_from: str, path: Path = FITTED) -> None:
    """Write the file: steps in three figures, a layer a line."""
    lines = []
    for layer in layers:
        steps = {
            name: [float(f"{step:.3g}") for step in values.tolist()]
            for name, values in layer._asdict().items()
        }
        lines.append(json.dumps(steps, separators=(",", ":")))
    told = json.dumps(made_from)
    path.write_text(
        f'{{"made_from": {told},\n"layers": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8"
    )
