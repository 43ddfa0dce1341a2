"""A model written as an ONNX file: the graph of one of its parts."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import ONNX
from diabolo.errors import InputError, ParameterError
from diabolo.estimators.inside import is_detector
from diabolo.export.graph import Graph, type_number
from diabolo.export.model_graph import ModelGraph, model_graph
from diabolo.export.parts import checked_part, has_own_network
from diabolo.messages import setting

__all__ = ["DTYPES", "OPERATORS", "graph_of", "onnx_bytes", "tensor_of", "to_onnx"]

OPERATORS = {"": 17, "ai.onnx.ml": 3}
"""The sets of operators, of 2022, that the graphs are written in."""
DTYPES = ("float32", "float64")

_FORMAT = 8  # the first that may hold these operators
_MOST_BYTES = 2_000_000_000


def to_onnx(
    estimator: Any, path: str | os.PathLike[str], part: str | None = None, *, dtype: str = "float32"
) -> None:
    """Write one part of a fitted model as an ONNX file, which runs without Diabolo, JAX and Python.

    The graph has all that the model does to rows: missing cells are filled, cells are scaled, text becomes
    categories, and results are in the user's units. Its first axis may have any length.

    Parameters
    ----------
    estimator : estimator
        Fitted: an autoencoder of any kind, or a detector.
    path : str or path-like
        Where; ``.onnx`` is the usual suffix. An address such as ``s3://bucket/iris.onnx``, too.
    part : {"encode", "decode", "reconstruct", "score", "predict"}, optional
        Which way through the model, by default "encode", and "score" of a detector. Of an autoencoder these
        are ``transform``, ``inverse_transform``, ``reconstruct``, ``reconstruction_error`` and, of a guided
        one, ``predict``; of a detector ``reconstruct``, ``anomaly_score`` and ``predict``.
    dtype : {"float32", "float64"}, default "float32"
        Of rows and scores. The network itself computes in float32 in both, and a detector's score in float64.

    Raises
    ------
    InputError
        The model is none of Diabolo's, or the package ``onnx`` is not installed.
    ParameterError
        There is no such part or type; the network is of the user's own, or too large for a file of ONNX.
    DataFileError
        The file cannot be written.

    See Also
    --------
    register_skl2onnx : Has skl2onnx write a whole Pipeline.
    to_stablehlo : Writes a program of JAX, of any network.

    Notes
    -----
    Rows go in as ``X``, codes as ``code``; of rows with categories these are a second input, ``categories``,
    as text. Results are called ``code``, ``rows`` (and ``values`` of categories), ``reconstruction_error``,
    ``anomaly_score``, ``label`` (and ``probabilities``) or ``prediction``. Names of columns are in the file's
    metadata. A graph raises no errors: a row with a cell that the estimator refuses, an infinite one or a
    missing one where ``missing="error"``, comes out as NaN.

    Examples
    --------
    >>> import os, tempfile
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> path = os.path.join(tempfile.mkdtemp(), "digits.onnx")
    >>> to_onnx(diabolo.Autoencoder(max_epochs=1).fit(X), path, "encode")
    >>> import onnxruntime
    >>> session = onnxruntime.InferenceSession(path)
    >>> session.run(None, {"X": X[:3].astype("float32")})[0].shape
    (3, 2)
    """
    content = onnx_bytes(graph_of(estimator, part, dtype))
    with atomic_write(path, ONNX) as handle:
        handle.write(content)


def onnx_bytes(made: ModelGraph) -> bytes:
    """Return what :func:`to_onnx` writes of what :func:`graph_of` made; errors as there."""
    content: bytes = _proto(_import_onnx(), made).SerializeToString()
    return content


def graph_of(estimator: Any, part: str | None = None, dtype: str = "float32", prefix: str = "") -> ModelGraph:
    """Make the graph of a part, or refuse it; parameters and errors as of :func:`to_onnx`."""
    part = checked_part(estimator, part)
    if dtype not in DTYPES:
        raise ParameterError(
            f"{setting('dtype', dtype)} is not possible; expected one of {', '.join(map(repr, DTYPES))}."
        )
    if has_own_network(estimator):
        whose = "it, of an autoencoder that is fitted with it" if is_detector(estimator) else "it"
        raise ParameterError(
            f"{type(estimator).__name__} has a network of your own, whose layers ONNX does not know; "
            f"diabolo.export.to_stablehlo writes what jax.export makes of {whose}."
        )
    return model_graph(estimator, part, np.dtype(dtype), prefix)


def tensor_of(onnx: Any, name: str, array: Any) -> Any:
    """Make a constant of ONNX of an array."""
    if array.dtype == object:
        texts = [str(text).encode() for text in array.ravel()]
        return onnx.helper.make_tensor(name, type_number(str), array.shape, texts)
    return onnx.numpy_helper.from_array(array, name)


def _import_onnx() -> Any:
    try:
        import onnx
    except ImportError as problem:
        raise InputError(
            'A file of ONNX needs the package onnx, which is not installed: pip install "diabolo[onnx]".'
        ) from problem
    return onnx


def _proto(onnx: Any, made: ModelGraph) -> Any:
    """Make ONNX's own form of a graph, and have ONNX check it."""
    graph = made.graph
    n_bytes = sum(array.nbytes for array in graph.constants.values())
    if n_bytes > _MOST_BYTES:
        raise ParameterError(
            f"the graph's numbers take {n_bytes / 1e9:.1f} GB, and a file of ONNX holds at most "
            f"{_MOST_BYTES / 1e9:.0f} GB; export {setting('part', 'encode')} or {setting('part', 'decode')} "
            "alone, or fit a narrower network."
        )
    helper = onnx.helper

    def described(values: tuple[tuple[str, Any, int | None], ...]) -> list[Any]:
        return [
            helper.make_tensor_value_info(
                name, type_number(kind), ["n_rows"] if width is None else ["n_rows", width]
            )
            for name, kind, width in values
        ]

    model = helper.make_model(
        helper.make_graph(
            _nodes_of(onnx, graph),
            "diabolo",
            described(made.inputs),
            described(made.outputs),
            [tensor_of(onnx, name, array) for name, array in graph.constants.items()],
        ),
        producer_name="diabolo",
        ir_version=_FORMAT,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in OPERATORS.items()],
    )
    helper.set_model_props(model, made.facts)
    onnx.checker.check_model(model, full_check=True)
    return model


def _nodes_of(onnx: Any, graph: Graph) -> list[Any]:
    """Make the nodes of ONNX."""
    return [
        onnx.helper.make_node(
            operator,
            inputs,
            outputs,
            name=outputs[0],
            domain="ai.onnx.ml" if operator == "OneHotEncoder" else "",
            **attributes,
        )
        for operator, inputs, outputs, attributes in graph.nodes
    ]
