"""A part of a model as a graph: what goes in, what comes out, what they are called."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np

from diabolo.data.categories import CategoryTable
from diabolo.data.scaling import Scaler
from diabolo.estimators.inside import fitted_parameters, is_detector, missing_of, table_of
from diabolo.export.detector_graph import DetectorNodes
from diabolo.export.graph import FLOAT, Graph
from diabolo.export.network_graph import decoded, encoded, headed
from diabolo.export.row_graph import (
    Rows,
    likeliest,
    likelihoods,
    refused,
    rows_in,
    scaled,
    unscaled,
)

__all__ = ["ModelGraph", "model_graph"]

_F64 = np.dtype(np.float64)
_Output = tuple[str, str, Any, int | None]


@dataclass(frozen=True)
class ModelGraph:
    """A graph that is whole.

    Parameters
    ----------
    graph : Graph
        The nodes.
    inputs, outputs : tuple of (name, dtype, n_columns)
        What it takes and gives: of so many columns, None for one number or label a row.
    facts : dict of str to str
        What there is to know of it: names of features, of codes, of categories, the line of a detector.
    """

    graph: Graph
    inputs: tuple[tuple[str, Any, int | None], ...]
    outputs: tuple[tuple[str, Any, int | None], ...]
    facts: dict[str, str]

    @property
    def part(self) -> str:
        """Which part of the model it is."""
        return self.facts["diabolo.part"]


def model_graph(model: Any, part: str, dtype: np.dtype[Any], prefix: str = "") -> ModelGraph:
    """Put the graph of a model's part together.

    Parameters
    ----------
    model : estimator
        Fitted, and not with a network of the user's own.
    part : str
        One that it has.
    dtype : dtype
        Of rows and scores, float32 or float64; codes are float32.
    prefix : str, default ""
        Of the names inside, where the graph becomes a part of another.

    Returns
    -------
    ModelGraph
    """
    graph = Graph(prefix)
    if part == "decode":
        inputs: Any = (("code", FLOAT, int(model.n_components_)),)
        outputs = _rebuilt(graph, model, decoded(graph, model, "code"), dtype)
    else:
        ignores_unknown = fitted_parameters(model).get("handle_unknown") == "ignore"
        n_features = int(model.n_features_in_)
        rows = rows_in(graph, table_of(model), n_features, dtype, ignores_unknown=ignores_unknown)
        inputs = rows.inputs
        made = _of_detector if is_detector(model) else _of_autoencoder
        outputs = made(graph, model, part, rows)
    named = tuple((graph.named(value, name), kind, width) for name, value, kind, width in outputs)
    return ModelGraph(graph, inputs, named, _facts(model, part))


def _of_autoencoder(graph: Graph, model: Any, part: str, rows: Rows) -> list[_Output]:
    cells = scaled(graph, rows.cells, model.scaler_, rows.dtype)
    mark, code = refused(graph, cells), encoded(graph, model, cells)
    if part == "encode":
        return [("code", graph("Add", code, mark), FLOAT, int(model.n_components_))]
    if part == "predict":
        return _predicted(graph, model, graph("Add", headed(graph, model, code), mark), rows.dtype)
    output = graph("Add", decoded(graph, model, code), mark)
    if part == "reconstruct":
        return _rebuilt(graph, model, output, rows.dtype)
    return [("reconstruction_error", _error(graph, model, rows, cells, output), rows.dtype, None)]


def _rebuilt(graph: Graph, model: Any, output: str, dtype: np.dtype[Any]) -> list[_Output]:
    """Bring a network's output to the user's units, of categories to their likeliest values."""
    scaler, table = model.scaler_, table_of(model)
    if table is None:
        return [("rows", unscaled(graph, output, scaler, dtype), dtype, int(model.n_features_in_))]
    n, numbers = len(table.numbers), None
    if n:
        own = Scaler(scaler.kind, scaler.offset[:n], scaler.factor[:n])
        numbers = unscaled(graph, graph.columns(output, 0, n), own, dtype)
    return _parted(graph, table, numbers, likelihoods(graph, table, scaler, output), dtype)


def _parted(
    graph: Graph, table: CategoryTable, numbers: str | None, cells: str, dtype: np.dtype[Any]
) -> list[_Output]:
    """Part rows with categories into numbers and text."""
    parts: list[_Output] = [] if numbers is None else [("rows", numbers, dtype, len(table.numbers))]
    return [*parts, ("values", likeliest(graph, table, cells), np.dtype(str), len(table.places))]


def _predicted(graph: Graph, model: Any, answer: str, dtype: np.dtype[Any]) -> list[_Output]:
    """Turn what a head gives into numbers in the target's units, or into classes and their probabilities."""
    target = model.target_
    if target.classes is None:
        numbers = unscaled(graph, answer, Scaler("standard", target.offset, target.factor), dtype)
        if not target.is_column:
            return [("prediction", numbers, dtype, len(target.offset))]
        return [("prediction", graph("Squeeze", numbers, np.array([1], np.int64)), dtype, None)]
    classes = target.classes
    if classes.dtype.kind in "iu":
        classes = classes.astype(np.int64)
    elif classes.dtype.kind == "f":
        classes = classes.astype(np.float64)
    label = graph("Gather", classes, graph("ArgMax", answer, axis=1, keepdims=0), axis=0)
    kind = np.dtype(str) if classes.dtype.kind in "UO" else classes.dtype
    shares = graph("Softmax", answer, axis=1)
    return [("label", label, kind, None), ("probabilities", shares, FLOAT, len(classes))]


def _error(graph: Graph, model: Any, rows: Rows, cells: str, output: str) -> str:
    """Measure how badly each row is rebuilt: the mean squared error of the cells that are there."""
    scaler, table, zero = model.scaler_, table_of(model), np.float64(0.0)
    apart = graph.cast(graph("Sub", cells, output), _F64)
    if table is None:
        apart = graph("Div", apart, scaler.factor)
    errors, is_known = graph("Mul", apart, apart), graph("Not", graph("IsNaN", rows.cells))
    if scaler.fill is None and table is None:
        total, count = graph.total(errors, keeps_axis=False), np.float64(len(scaler.offset))
        return _cast(graph, graph("Div", total, count), rows.dtype)
    if table is not None:
        errors, is_known = _column_errors(graph, model, rows, output, errors, is_known)
    known = graph.cast(is_known, _F64)
    total = graph.total(graph("Where", is_known, errors, zero), keeps_axis=False)
    mean = graph("Div", total, graph.total(known, keeps_axis=False))
    # Of a cell that is refused the output is NaN, whichever cells are known.
    mark = graph.total(graph("Mul", output, np.float32(0.0)), keeps_axis=False)
    return _cast(graph, graph("Add", mean, graph.cast(mark, _F64)), rows.dtype)


def _column_errors(
    graph: Graph, model: Any, rows: Rows, output: str, squares: str, is_known: str
) -> tuple[str, str]:
    """Measure categories by how far the probabilities of their values are from the row's."""
    scaler, table = model.scaler_, table_of(model)
    assert table is not None
    n, logits = len(table.numbers), likelihoods(graph, table, scaler, output)
    errors = [graph.columns(squares, 0, n)] if n else []
    known = [graph.columns(is_known, 0, n)] if n else []
    raw = rows.cast(graph, _F64)
    for block in table.blocks:
        share = graph("Softmax", graph.columns(logits, block.start, block.stop), axis=1)
        own = graph.columns(raw, block.start, block.stop)
        apart = graph("Sub", own, graph.cast(share, _F64))
        missed = graph.total(graph("Mul", apart, apart))
        usual = max(1 - float(np.square(scaler.offset[block]).sum()), np.finfo(np.float64).tiny)
        if block.stop - block.start == 1:
            missed = graph("Mul", missed, np.float64(0.0))
        errors.append(graph("Div", missed, np.float64(usual)))
        known.append(graph("Greater", graph.total(own), np.float64(0.5)))
    if len(errors) == 1:
        return errors[0], known[0]
    return graph("Concat", *errors, axis=1), graph("Concat", *known, axis=1)


def _of_detector(graph: Graph, model: Any, part: str, rows: Rows) -> list[_Output]:
    nodes = DetectorNodes(graph, model, rows.cast(graph, _F64))
    dtype, table = rows.dtype, table_of(model)
    if part == "reconstruct":
        cells = graph("Add", nodes.reconstructions(), nodes.refused)
        if table is None:
            return [("rows", _cast(graph, cells, dtype), dtype, int(model.n_features_in_))]
        n = len(table.numbers)
        numbers = _cast(graph, graph.columns(cells, 0, n), dtype) if n else None
        return _parted(graph, table, numbers, cells, dtype)
    score = graph("Squeeze", graph("Add", nodes.scores(), nodes.refused), np.array([1], np.int64))
    if part == "score":
        return [("anomaly_score", _cast(graph, score, dtype), dtype, None)]
    # Asked this way round, a row that is refused, whose score is NaN, does not pass for a normal one.
    is_normal = graph("LessOrEqual", score, np.float64(model.threshold_))
    label = graph("Where", is_normal, np.int64(1), np.int64(-1))
    return [("label", label, np.dtype(np.int64), None)]


def _cast(graph: Graph, values: str, dtype: np.dtype[Any]) -> str:
    return values if dtype == _F64 else graph.cast(values, dtype)


def _facts(model: Any, part: str) -> dict[str, str]:
    """Say of a graph what its reader would ask: names of columns in their order, and what a line is."""
    table, names = table_of(model), getattr(model, "feature_names_in_", None)
    facts: dict[str, Any] = {
        "estimator": type(model).__name__,
        "part": part,
        "missing": missing_of(model, fitted=True),
    }
    if names is not None:
        facts["feature_names"] = [str(name) for name in names]
    if table is not None:
        facts["numbers"] = [table.name_of(place) for place in table.numbers]
        pairs = zip(table.category_names, table.values, strict=True)
        facts["categories"] = {name: list(values) for name, values in pairs}
    if is_detector(model):
        facts["threshold"] = float(model.threshold_)
        if model.window_ is not None:
            facts["window"] = {"length": model.window_.length, "step": model.window_.step}
    else:
        facts["code_names"] = [str(name) for name in model.get_feature_names_out()]
        if (shape := getattr(model, "image_shape_", None)) is not None:
            facts["image_shape"] = [int(side) for side in shape]
    with contextlib.suppress(metadata.PackageNotFoundError):  # of what runs from a folder
        facts["version"] = metadata.version("diabolo")
    return {
        f"diabolo.{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in facts.items()
    }
