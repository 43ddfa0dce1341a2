"""Rows outside of training, passed through a trained network or corrupted, in blocks of one fixed shape.

The shape does not depend on how many rows are asked for, so a row's result does not depend on its
neighbors, and one compiled program serves every call. In a process that lost JAX by a fork NumPy passes them,
to rounding with the same result.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.corruption import Corruption
from diabolo.core.layers import activate
from diabolo.core.precision import multiplied_in
from diabolo.core.randomness import fold_in, random_for
from diabolo.training.compilation import prepare_compilation
from diabolo.training.forked import by_numpy, computing, jax_is_lost, worked_out
from diabolo.training.one_processor import has_one_processor
from diabolo.training.plan import bucket, evaluation_batch_size, widest
from diabolo.training.rows import aligned_rows

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, Float32

__all__ = ["PASSES", "corrupt_rows", "pass_blocks", "passed"]


# Of a block of rows that are corrupted.
_BLOCK_CELLS = 2**20
# So few rows are a block of their own where NumPy passes them.
_FEW_ROWS = 8

PASSES = ("encode", "decode", "reconstruct", "predict")


def passed(
    kind: str,
    network: Any,
    rows: Float[Array, "rows inputs"],
    bottleneck: Bottleneck,
    output_activation: str,
) -> Float[Array, "rows outputs"]:
    """Pass a batch of scaled rows, or of codes, through a network; nothing is corrupted, nothing drawn.

    Products are of float32, however the network was trained: what a model says does not depend on where.

    Parameters
    ----------
    kind, network, bottleneck, output_activation
        As :func:`pass_blocks`.
    rows : array of shape (rows, inputs)
        Rows, or codes.

    Returns
    -------
    array of shape (rows, outputs)
    """
    with multiplied_in(None):
        code = rows if kind == "decode" else bottleneck.code(network.encode(rows))
        if kind == "encode":
            return code
        if kind == "predict":
            return network.predict(code)
        return activate(output_activation, network.decode(code))


_compiled_pass = jax.jit(passed, static_argnums=(0, 4))


@functools.cache
def _pass_of(kind: str, output_activation: str) -> Callable[..., Any]:
    """Make a function of arrays alone, one for each way through a network."""
    return lambda network, rows, bottleneck: passed(kind, network, rows, bottleneck, output_activation)


def _passed_block(kind: str, network: Any, rows: Any, bottleneck: Bottleneck, output_activation: str) -> Any:
    if jax_is_lost():
        return by_numpy(_pass_of(kind, output_activation), network, rows, bottleneck)
    with computing():
        return _compiled_pass(kind, network, rows, bottleneck, output_activation)


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
    block = evaluation_batch_size(widest(network))
    if not jax_is_lost():
        prepare_compilation()
    elif len(rows) <= _FEW_ROWS:
        block = _FEW_ROWS
    in_turn = has_one_processor()
    buffers, ahead = [aligned_rows(block, rows.shape[1]) for _ in range(2 if len(rows) > block else 1)], None
    for turn, start in enumerate(range(0, len(rows), block)):
        part = slice(start, min(start + block, len(rows)))
        count, prepared = part.stop - start, buffers[turn % 2]
        prepare(part, prepared[:count])
        prepared[count:] = 0.0
        passed = _passed_block(kind, network, prepared, bottleneck, output_activation)
        # The device works on this block while the next one is prepared, unless that takes the same processor.
        if in_turn:
            passed = np.asarray(passed)
        if ahead is not None:
            yield ahead[0], np.asarray(ahead[1])[: ahead[2]]
        ahead = (start, passed, count)
    if ahead is not None:
        yield ahead[0], np.asarray(ahead[1])[: ahead[2]]


def _corrupt(corruption: Corruption, rows: Any, key: Any, block: Any) -> Any:
    return corruption(rows, fold_in(key, block))


_compiled_corruption = jax.jit(_corrupt)


def corrupt_rows(
    corruption: Corruption, rows: Float32[np.ndarray, "n_rows n_features"], seed: int
) -> Float32[np.ndarray, "n_rows n_features"]:
    """Corrupt every row.

    Parameters
    ----------
    corruption : Corruption
        What is done.
    rows : float32 array of shape (n_rows, n_features)
        Left as they are.
    seed : int
        The same seed gives the same noise.

    Returns
    -------
    float32 array of shape (n_rows, n_features)
    """
    if not jax_is_lost():
        prepare_compilation()
    key = random_for(seed, "noise").integers(2**32, size=2, dtype=np.uint32)
    corruption = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), corruption)
    n_rows, n_features = rows.shape
    # Rounded up, so that tables of nearly one size share a program.
    step = min(max(_BLOCK_CELLS // max(n_features, 1), 1), bucket(n_rows))
    noisy = np.empty_like(rows)
    for start in range(0, n_rows, step):
        block = np.zeros((step, n_features), np.float32)
        part = rows[start : start + step]
        block[: len(part)] = part
        corrupted = worked_out(_compiled_corruption, corruption, block, key, np.uint32(start // step))
        noisy[start : start + step] = np.asarray(corrupted)[: len(part)]
    return noisy
