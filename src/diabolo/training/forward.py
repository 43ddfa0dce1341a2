"""Passing rows through a trained network, in blocks of one fixed shape.

The shape does not depend on how many rows are asked for, so a row's result does not depend on its
neighbors, and one compiled program serves every call.
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
from diabolo.training.rows import aligned_rows

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
    prepare: Callable[[slice, Float32[np.ndarray, "part inputs"]], None],
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
    rows : array of shape (rows, inputs), or Source
        Rows, or codes; only their shape is looked at.
    prepare : callable
        Writes a range of rows, scaled, into a float32 array of its shape.
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
    buffers, ahead = [aligned_rows(block, rows.shape[1]) for _ in range(2 if len(rows) > block else 1)], None
    for turn, start in enumerate(range(0, len(rows), block)):
        part = slice(start, min(start + block, len(rows)))
        count, prepared = part.stop - start, buffers[turn % 2]
        prepare(part, prepared[:count])
        prepared[count:] = 0.0
        passed = _compiled_pass(kind, network, prepared, bottleneck, output_activation)
        # The device works on this block while the next one is prepared.
        if ahead is not None:
            yield ahead[0], np.asarray(ahead[1])[: ahead[2]]
        ahead = (start, passed, count)
    if ahead is not None:
        yield ahead[0], np.asarray(ahead[1])[: ahead[2]]
