"""A part of a model as a StableHLO program, which XLA runs anywhere: what `jax.export` makes of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from diabolo.core.convolution import of_any_batch
from diabolo.data.atomic import atomic_write
from diabolo.data.destination import STABLEHLO
from diabolo.data.scaling import Scaler
from diabolo.errors import InputError, ParameterError
from diabolo.estimators.inside import is_detector, table_of
from diabolo.export.parts import checked_part
from diabolo.messages import setting
from diabolo.training.forward import passed

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

    Rows = Float[Array, "rows columns"]

__all__ = ["PLATFORMS", "stablehlo_bytes", "to_stablehlo"]

PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
"""What a program is lowered for."""

_ROWS = "n_rows"


def to_stablehlo(estimator: Any, path: str | os.PathLike[str], part: str | None = None) -> None:
    """Write one part of a fitted autoencoder as a StableHLO program, which needs JAX alone, or XLA.

    As :func:`to_onnx`, of float32, with the same cells filled and scaled; networks of your own, too, as far
    as ``jax.export`` takes their functions. The number of rows is a symbol: any fits.

    Parameters
    ----------
    estimator : estimator
        Fitted: an autoencoder whose columns are numbers.
    path : str or path-like
        Where; ``.stablehlo`` is the usual suffix.
    part : {"encode", "decode", "reconstruct", "score", "predict"}, optional
        Which way through the model, by default "encode"; ``predict`` gives numbers, or the probability of
        each class.

    Raises
    ------
    InputError
        The model is none of Diabolo's, or the package ``flatbuffers`` is not installed.
    ParameterError
        There is no such part, it is a detector, or it has categories.
    DataFileError
        The file cannot be written.

    See Also
    --------
    to_onnx : Writes a graph that runs without JAX.

    Notes
    -----
    It is read back by ``jax.export.deserialize``, whose ``call`` takes rows, or codes, as one array. What
    it was written by may be at most six months younger than what reads it, and what reads it any younger; see
    the compatibility of ``jax.export``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import diabolo
    >>> import jax.export
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> path = pathlib.Path(tempfile.mkdtemp(), "digits.stablehlo")
    >>> to_stablehlo(diabolo.Autoencoder(max_epochs=1).fit(X), path, "encode")
    >>> program = jax.export.deserialize(bytearray(path.read_bytes()))
    >>> program.call(X[:3].astype("float32")).shape
    (3, 2)
    """
    content = stablehlo_bytes(estimator, part)
    with atomic_write(path, STABLEHLO) as handle:
        handle.write(content)


def stablehlo_bytes(estimator: Any, part: str | None = None) -> bytes:
    """Return what :func:`to_stablehlo` writes; parameters and errors as there."""
    part, owner = checked_part(estimator, part), type(estimator).__name__
    instead = f"diabolo.export.to_onnx takes {setting('part', part)} of it"
    if is_detector(estimator):
        raise ParameterError(
            f"{owner} computes its scores in float64 by NumPy, so there is no program of JAX; {instead}."
        )
    if table_of(estimator) is not None:
        raise ParameterError(f"{owner} has categories, and StableHLO knows no text; {instead}.")
    width = estimator.n_components_ if part == "decode" else estimator.n_features_in_
    shape = export.symbolic_shape(f"{_ROWS}, {int(width)}")
    program = export.export(jax.jit(_part_of(estimator, part)), platforms=PLATFORMS)(
        jax.ShapeDtypeStruct(shape, jnp.float32)
    )
    try:
        return bytes(program.serialize())
    except ImportError as problem:
        raise InputError(
            "A StableHLO program needs the package flatbuffers, which is not installed: pip install "
            '"diabolo[onnx]".'
        ) from problem


def _part_of(estimator: Any, part: str) -> Callable[[Rows], Any]:
    """Make a function of rows, or codes, in the user's units."""
    network = jax.tree.map(np.asarray, estimator.network_.network)
    bottleneck, activation = estimator.bottleneck_, estimator.output_activation_
    scaler: Scaler = estimator.scaler_
    target: Any = getattr(estimator, "target_", None)

    def passed_on(kind: str, values: Rows) -> Any:
        with of_any_batch():
            return passed(kind, network, values, bottleneck, activation)

    def decode(code: Rows) -> Any:
        return _unscaled(scaler, passed_on("decode", code))

    def through(rows: Rows) -> Any:
        values = _scaled(scaler, rows)
        # A row with a cell that the estimator refuses comes out as NaN.
        mark = jnp.sum(values * 0.0, axis=1, keepdims=True)
        if part == "encode":
            return passed_on("encode", values) + mark
        if part == "predict":
            answer = passed_on("predict", values) + mark
            if target.classes is not None:
                return jax.nn.softmax(answer, axis=1)
            numbers = _unscaled(Scaler("standard", target.offset, target.factor), answer)
            return numbers[:, 0] if target.is_column else numbers
        output = passed_on("reconstruct", values) + mark
        if part == "reconstruct":
            return _unscaled(scaler, output)
        is_known = ~jnp.isnan(rows)
        errors = jnp.square((values - output) / scaler.factor.astype(np.float32))
        if scaler.fill is None:
            return jnp.mean(errors, axis=1)
        total = jnp.sum(jnp.where(is_known, errors, 0.0), axis=1) / jnp.sum(is_known, axis=1)
        return total + mark[:, 0]

    return decode if part == "decode" else through


def _scaled(scaler: Scaler, rows: Rows) -> Any:
    values: Any = rows
    for part in scaler.offset_parts:
        values = values - part
    values = values * scaler.factor.astype(np.float32)
    if scaler.fill is None:
        return values
    fill = ((scaler.fill - scaler.offset) * scaler.factor).astype(np.float32)
    return jnp.where(jnp.isnan(rows), fill, values)


def _unscaled(scaler: Scaler, values: Rows) -> Any:
    high, low = scaler.offset_parts
    return values / scaler.factor.astype(np.float32) + low + high
