"""A function of JAX, traced and then worked out by NumPy alone: no device, no compiler, no thread of JAX."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from diabolo.core.numpy_primitives import PRIMITIVES

if TYPE_CHECKING:
    from jax.extend.core import ClosedJaxpr

__all__ = ["NumpyProgram", "UnknownPrimitiveError", "numpy_program"]


class UnknownPrimitiveError(NotImplementedError):
    """A function uses an operation of JAX that NumPy has not been taught."""


class NumpyProgram:
    """What a function computes, operation by operation, as NumPy functions.

    Parameters
    ----------
    traced : ClosedJaxpr
        The operations, as ``jax.make_jaxpr`` writes them down.

    Raises
    ------
    UnknownPrimitiveError
        For an operation that is not in the table, before anything is computed.
    """

    def __init__(self, traced: ClosedJaxpr) -> None:
        self._run = _compiled(traced.jaxpr, traced.consts)

    def __call__(self, leaves: Sequence[Any]) -> list[np.ndarray]:
        """Compute.

        Parameters
        ----------
        leaves : sequence of arrays
            Of the arguments that it was traced with, in the order of the tree.

        Returns
        -------
        list of ndarray
            The leaves of the result.
        """
        with np.errstate(all="ignore"):
            return [np.asarray(found) for found in self._run([np.asarray(leaf) for leaf in leaves])]


def numpy_program(function: Callable[..., Any], *arguments: Any) -> NumpyProgram:
    """Trace a function.

    Parameters
    ----------
    function : callable
        Of arrays and pytrees of them, as ``jax.jit`` takes one.
    *arguments : pytree of arrays
        Only their shapes and types are looked at.

    Returns
    -------
    NumpyProgram
        Of arguments of these shapes and types.

    Raises
    ------
    UnknownPrimitiveError
        Where it uses what NumPy has not been taught.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, -2.0]], np.float32)
    >>> program = numpy_program(lambda rows: jax.nn.relu(rows).sum(axis=1), rows)
    >>> program([rows])[0].tolist()
    [1.0]
    """
    return NumpyProgram(jax.make_jaxpr(function)(*jax.tree.map(_described, arguments)))


def _described(leaf: Any) -> jax.ShapeDtypeStruct:
    """Describe an array as JAX would hold it, which by default makes 32 bits of 64."""
    return jax.ShapeDtypeStruct(np.shape(leaf), jax.dtypes.canonicalize_dtype(np.result_type(leaf)))


_Run = Callable[[list[Any]], list[Any]]


def _compiled(jaxpr: Any, constants: Sequence[Any] = ()) -> _Run:
    """Turn traced operations into one function of a list of arrays."""
    places: dict[Any, int] = {}
    held: list[Any] = []

    def place(variable: Any) -> int:
        if hasattr(variable, "val"):  # a literal
            held.append(np.asarray(variable.val, variable.aval.dtype))
            return len(held) - 1
        if variable not in places:
            places[variable] = len(held)
            held.append(None)
        return places[variable]

    for variable, constant in zip(jaxpr.constvars, constants, strict=True):
        held[place(variable)] = np.asarray(constant)
    inputs = [place(variable) for variable in jaxpr.invars]
    steps = []
    for equation in jaxpr.eqns:
        taken = [place(variable) for variable in equation.invars]
        given = [place(variable) for variable in equation.outvars]
        dtypes = [getattr(variable.aval, "dtype", None) for variable in equation.outvars]
        steps.append((_operation(equation), taken, given, dtypes))
    outputs = [place(variable) for variable in jaxpr.outvars]

    def run(arguments: list[Any]) -> list[Any]:
        values = held.copy()
        for position, argument in zip(inputs, arguments, strict=True):
            values[position] = argument
        for operation, taken, given, dtypes in steps:
            found = operation(*[values[position] for position in taken])
            for position, value, dtype in zip(given, found, dtypes, strict=True):
                # NumPy widens some sums and counts; the traced types are those that JAX gives.
                values[position] = value if value.dtype == dtype else value.astype(dtype)
        return [values[position] for position in outputs]

    return run


def _operation(equation: Any) -> Callable[..., Sequence[Any]]:
    """Find what a traced operation is in NumPy: one of the table, a call of others, or a loop."""
    name, parameters = equation.primitive.name, equation.params
    if name in _CONTROL:
        return _CONTROL[name](parameters)
    if name in PRIMITIVES:
        one = functools.partial(PRIMITIVES[name], parameters)
        return one if equation.primitive.multiple_results else lambda *given: (one(*given),)
    for inner in ("call_jaxpr", "jaxpr", "fun_jaxpr"):  # a call: jit, remat, custom derivatives
        if inner in parameters:
            run = _inner(parameters[inner])
            return lambda *given: run(list(given))
    raise UnknownPrimitiveError(name)


def _inner(traced: Any) -> _Run:
    """Compile what an operation holds, with constants of its own or without."""
    return _compiled(traced.jaxpr, traced.consts) if hasattr(traced, "consts") else _compiled(traced)


def _branch(parameters: Any) -> Callable[..., Sequence[Any]]:
    branches = [_inner(branch) for branch in parameters["branches"]]

    def run(index: Any, *given: Any) -> Sequence[Any]:
        return branches[min(max(int(index), 0), len(branches) - 1)](list(given))

    return run


def _scan(parameters: Any) -> Callable[..., Sequence[Any]]:
    body, length = _inner(parameters["jaxpr"]), parameters["length"]
    if "ft_in" in parameters:  # JAX 0.12 and later: constants, what is carried, what is scanned
        n_fixed, n_carried, _ = map(len, parameters["ft_in"].unpack())
    else:
        n_fixed, n_carried = parameters["num_consts"], parameters["num_carry"]
    turns = range(length - 1, -1, -1) if parameters["reverse"] else range(length)
    shapes = [(length, *aval.shape) for aval in parameters["jaxpr"].out_avals[n_carried:]]
    dtypes = [aval.dtype for aval in parameters["jaxpr"].out_avals[n_carried:]]

    def run(*given: Any) -> Sequence[Any]:
        fixed, carried = list(given[:n_fixed]), list(given[n_fixed : n_fixed + n_carried])
        scanned = given[n_fixed + n_carried :]
        stacks = [np.empty(shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
        for turn in turns:
            found = body([*fixed, *carried, *(each[turn] for each in scanned)])
            carried = found[:n_carried]
            for stack, value in zip(stacks, found[n_carried:], strict=True):
                stack[turn] = value
        return [*carried, *stacks]

    return run


def _while(parameters: Any) -> Callable[..., Sequence[Any]]:
    goes_on, body = _inner(parameters["cond_jaxpr"]), _inner(parameters["body_jaxpr"])
    n_first, n_second = parameters["cond_nconsts"], parameters["body_nconsts"]

    def run(*given: Any) -> Sequence[Any]:
        first, second = list(given[:n_first]), list(given[n_first : n_first + n_second])
        carried = list(given[n_first + n_second :])
        while bool(goes_on([*first, *carried])[0]):
            carried = body([*second, *carried])
        return carried

    return run


_CONTROL: dict[str, Callable[[Any], Callable[..., Sequence[Any]]]] = {
    "cond": _branch,
    "scan": _scan,
    "while": _while,
}
