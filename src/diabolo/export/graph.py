"""A graph of ONNX that is put together node by node."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

__all__ = ["FLOAT", "Graph", "type_number"]

FLOAT = np.dtype(np.float32)
_TYPES = {"float32": 1, "int64": 7, "str": 8, "bool": 9, "float64": 11}


def type_number(dtype: Any) -> int:
    """Return the number by which ONNX knows a type.

    Examples
    --------
    >>> type_number(np.float32), type_number(np.dtype("U5"))
    (1, 8)
    """
    kind = np.dtype(dtype)
    return _TYPES["str" if kind.kind in "UO" else kind.name]


class Graph:
    """Nodes and the constants that they take.

    An array in the place of a value's name becomes a constant; equal ones are kept once, a matrix and its
    transposed, too.

    Parameters
    ----------
    prefix : str, default ""
        Of all names, where the graph becomes a part of another.

    Examples
    --------
    >>> graph = Graph()
    >>> graph("Add", "X", np.ones(2, np.float32)), [node[0] for node in graph.nodes]
    ('add_2', ['Add'])
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix, self._n_values = prefix, 0
        self._known: dict[tuple[Any, ...], str] = {}
        self.nodes: list[tuple[str, list[str], list[str], dict[str, Any]]] = []
        self.constants: dict[str, np.ndarray] = {}

    def __call__(self, operator: str, *inputs: Any, **attributes: Any) -> str:
        """Add a node of one output, and return the name of that."""
        return self.several(operator, 1, *inputs, **attributes)[0]

    def several(self, operator: str, n_outputs: int, *inputs: Any, **attributes: Any) -> list[str]:
        """Add a node of several outputs, and return their names."""
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        outputs = [self._new(operator.lower()) for _ in range(n_outputs)]
        self.nodes.append((operator, names, outputs, attributes))
        return outputs

    def named(self, value: str, name: str) -> str:
        """Give a value a further name: that of an output."""
        self.nodes.append(("Identity", [value], [name], {}))
        return name

    def constant(self, array: Any) -> str:
        """Keep an array, and return its name."""
        array = np.ascontiguousarray(array) if np.ndim(array) else np.asarray(array)
        if array.dtype.kind == "U":
            array = array.astype(object)
        key = self._key(array)
        if key not in self._known:
            self._known[key] = self._new("constant")
            self.constants[self._known[key]] = array
        return self._known[key]

    def product(self, rows: str, weight: Any, bias: Any) -> str:
        """Multiply rows by a matrix and add a bias, in the matrix's type."""
        key = self._key(np.ascontiguousarray(weight.T))
        if weight.ndim == 2 and key in self._known:
            return self("Gemm", rows, self._known[key], bias, transB=1)
        return self("Gemm", rows, weight, bias)

    def total(self, cells: str, *, keeps_axis: bool = True) -> str:
        """Add up along rows."""
        return self("ReduceSum", cells, np.array([1], np.int64), keepdims=int(keeps_axis))

    def cast(self, value: str, dtype: Any) -> str:
        """Change the type."""
        return self("Cast", value, to=type_number(dtype))

    def columns(self, cells: str, start: int, stop: int) -> str:
        """Cut columns out."""
        edges = [np.array([edge], np.int64) for edge in (start, stop, 1)]
        return self("Slice", cells, *edges)

    def _new(self, word: str) -> str:
        self._n_values += 1
        return f"{self._prefix}{word}_{self._n_values}"

    def _key(self, array: Any) -> tuple[Any, ...]:
        content = repr(array.tolist()).encode() if array.dtype == object else array.tobytes()
        return array.shape, array.dtype.str, hashlib.sha256(content).digest()
