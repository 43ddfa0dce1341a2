"""Passing rows through a trained network, in blocks of one fixed shape.

The shape does not depend on how many rows are asked for, so a row's result does not depend on its
neighbours, and one compiled program serves every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.passes import decode, encode, reconstruct
from diabolo.training.compilation import use_compilation_cache
from diabolo.training.engine import evaluation_batch_size, widest

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, Float32

__all__ = ["PASSES", "pass_blocks"]


PASSES = ("encode", "decode", "reconstruct", "predict")


def _pass(
    kind: str,
    network: Any,
    rows: Float[Array, "rows inputs"],
    bottleneck: Bottleneck,
    output_activation: str,
) -> Float[Array, "rows outputs"]:
    if kind == "encode":
        return encode(network, rows, bottleneck)
    if kind == "decode":
        return decode(network, rows, output_activation)
    if kind == "predict":
        return network.predict(encode(network, rows, bottleneck))
    return reconstruct(network, rows, bottleneck, output_activation)


_compiled_pass = jax.jit(_pass, static_argnums=(0, 4))


def pass_blocks(
    kind: str,
    network: Any,
    rows: Any,
    prepare: Callable[[Any, Float32[np.ndarray, "block inputs"]], None],
    bottleneck: Bottleneck,
    output_activation: str,
) -> Iterator[tuple[int, Float32[np.ndarray, "block outputs"]]]:
    """Encode, decode or reconstruct rows, or predict from them, a block at a time.

    Parameters
    ----------
    kind : {"encode", "decode", "reconstruct", "predict"}
        Which way through the network; "predict" is for a guided one.
    network : Network
        Trained.
    rows : array of shape (rows, inputs)
        Rows, or codes.
    prepare : callable
        Writes a block of rows, scaled, into a float32 array of its shape.
    bottleneck : Bottleneck
        Forms the code.
    output_activation : str
        Applied to what the decoder gives.

    Yields
    ------
    start : int
        The block's first row.
    passed : float32 array of shape (rows in the block, outputs)
        The network's answer, in scaled units.
    """
    use_compilation_cache()
    block = evaluation_batch_size(widest(network))
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        prepared = np.zeros((block, rows.shape[1]), np.float32)
        prepare(part, prepared[: len(part)])
        passed = _compiled_pass(kind, network, prepared, bottleneck, output_activation)
        yield start, np.asarray(passed)[: len(part)]
