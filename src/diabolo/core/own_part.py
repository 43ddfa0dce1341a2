"""One half of a network of the user's own: a callable pytree, what it is handed, and its arrays by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from diabolo.core.own_call import asked_for
from diabolo.core.randomness import BatchKey
from diabolo.errors import ParameterError
from diabolo.parameters.own_functions import function_path, made_by

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float, UInt32

__all__ = ["BATCH_AXIS", "OwnPart", "own_part"]

BATCH_AXIS = "batch"
"""Name of the axis over which a part sees the other rows of its batch, in training alone."""

_HANDED = ("key", "inference", "state")


def _is_array(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and hasattr(leaf, "shape")


def _is_trained(leaf: Any) -> bool:
    # Not the kind "f" alone: bfloat16 has another.
    return _is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.floating)


def _is_plain(leaf: Any) -> bool:
    """Whether a leaf is an array of whole numbers or truth values, which is kept as it is."""
    return _is_array(leaf) and getattr(leaf.dtype, "kind", "") in ("b", "i", "u")


def _shape_of(leaf: Any, dtype: Any) -> Any:
    return jax.ShapeDtypeStruct(np.shape(leaf), dtype)


def _held_dtype(leaf: Any) -> Any:
    """Return the type in which JAX holds an array of a state, or a number; None where that cannot be kept."""
    dtype = (
        leaf.dtype if _is_array(leaf) else np.result_type(leaf) if isinstance(leaf, (int, float)) else None
    )
    if dtype is None or not (jnp.issubdtype(dtype, jnp.floating) or getattr(dtype, "kind", "") in ("b", "i")):
        return None
    return jax.dtypes.canonicalize_dtype(dtype)


def _path(keys: Any) -> str:
    """Write where a leaf is, such as ``.layers[0].weight``."""
    flat = jax.tree_util.FlattenedIndexKey
    return "".join(f"[{key.key}]" if isinstance(key, flat) else str(key) for key in keys)


def _named(tree: Any) -> list[tuple[str, Any]]:
    """List a tree's leaves with their paths."""
    return [(_path(keys), leaf) for keys, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]]


def _is_mode(path: Any, leaf: Any) -> bool:
    """Whether a leaf says if its layer is applied or trained, as of Equinox's layers ``inference`` does."""
    last = path[-1] if path else None
    name = getattr(last, "name", getattr(last, "key", None))
    is_truth = isinstance(leaf, bool) or getattr(getattr(leaf, "dtype", None), "kind", "") == "b"
    return name == "inference" and is_truth


class _Frame:
    """A module with its arrays taken out; two frames are equal only if they are one."""

    def __init__(self, module: Any, state: Any, row_shape: tuple[int, ...], *, flattens: bool) -> None:
        # A module with shapes in it, not the tree's definition, which cannot be pickled.
        self.module = jax.tree.map(
            lambda leaf: _shape_of(leaf, np.float32) if _is_trained(leaf) else leaf, module
        )
        self.state = jax.tree.map(lambda leaf: _shape_of(leaf, _held_dtype(leaf)), state)
        self.row_shape, self.flattens, self.takes = row_shape, flattens, asked_for(module, _HANDED)

    def filled(self, arrays: Any, *, is_training: bool) -> Any:
        """Return the module with arrays put in, and its layers told that they are applied."""
        left = iter(arrays)

        def put(path: Any, leaf: Any) -> Any:
            if _is_trained(leaf):
                return next(left)
            return True if not is_training and _is_mode(path, leaf) else leaf

        return jax.tree_util.tree_map_with_path(put, self.module)

    def filled_state(self, arrays: Any) -> Any:
        """Return the state as the module knows it."""
        shapes, structure = jax.tree.flatten(self.state)
        leaves = [
            lax.stop_gradient(array).reshape(shape.shape).astype(shape.dtype)
            for array, shape in zip(arrays, shapes, strict=True)
        ]
        return jax.tree.unflatten(structure, leaves)

    def flat_state(self, state: Any) -> tuple[Any, ...]:
        """Return a state's arrays as flat ones of float32, which is how a network's numbers are kept."""
        before: Any = jax.tree.structure(self.state)
        after: Any = jax.tree.structure(state)
        shapes = [leaf.shape for leaf in jax.tree.leaves(self.state)]
        found = [jnp.shape(leaf) for leaf in jax.tree.leaves(state)]
        if before != after or shapes != found:
            raise TypeError(f"the state that it returns is not like the one given: {after} of shapes {found}")
        # Flat, so that a penalty of matrices does not take it for weights.
        return tuple(jnp.asarray(leaf).astype(jnp.float32).reshape(-1) for leaf in jax.tree.leaves(state))

    def called(self, module: Any, row: Any, state: Any, key: Any, *, is_training: bool) -> tuple[Any, Any]:
        """Hand a module one row, and what it asks for beside."""
        beside: dict[str, Any] = {}
        if "key" in self.takes:
            beside["key"] = key
        if "inference" in self.takes:
            beside["inference"] = not is_training
        if self.state is not None:
            beside["state"] = state
        output = module(row.reshape(self.row_shape), **beside)
        if self.state is not None:
            if not (isinstance(output, tuple) and len(output) == 2):
                raise TypeError("it is given a state and returns none; expected (output, state)")
            output, state = output
        if not _is_array(output):
            raise TypeError(f"it gives {type(output).__name__}; expected one array")
        return output, state


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class OwnPart:
    """A callable pytree, such as an Equinox module, as its arrays and the rest.

    It is handed one row. If it has a parameter ``key``, that is a random key of the row's own in training and
    None when it is applied; ``inference`` is False and True; ``state`` is what it returned with the output of
    the batch before. In training the rows of a batch make the axis ``"batch"``, over which ``jax.lax.pmean``
    gives what batch normalization needs; there is no such axis when it is applied.

    Parameters
    ----------
    arrays : tuple of float arrays
        What is trained.
    state : tuple of float arrays of one dimension
        What it carries from batch to batch; empty for most.
    frame : object
        Everything else.
    """

    arrays: tuple[Any, ...]
    state: tuple[Any, ...]
    frame: Any = field(metadata={"static": True})

    def __call__(self, rows: Float[Array, "rows inputs"]) -> Float[Array, "rows outputs"]:
        """Apply the module to each row by itself: nothing drawn, no state changed."""
        return self._flat(jax.vmap(self._applied)(rows))

    def in_training(
        self, rows: Float[Array, "rows inputs"], key: UInt32[Array, " 2"], weights: Float[Array, " rows"]
    ) -> tuple[Float[Array, "rows outputs"], OwnPart]:
        """Pass a batch as training does, and return the part with the state that is left.

        Parameters
        ----------
        rows : array of shape (rows, inputs)
            Those that fill up the batch, of weight 0, come last.
        key : uint32 array of shape (2,), or BatchKey
            Of this step.
        weights : array of shape (rows,)
            Each row's share in the mean.

        Returns
        -------
        outputs : array of shape (rows, outputs)
        part : OwnPart
        """
        frame = self.frame
        module, state, keys = frame.filled(self.arrays, is_training=True), self.module_state, None
        if frame.state is not None:
            # What fills up the batch would have a say in its mean: the batch's own rows, in turn, have none.
            n_own = jnp.maximum(jnp.sum(weights > 0), 1)
            rows = rows[jnp.arange(rows.shape[0]) % n_own]
        if "key" in frame.takes:
            key, places = key if isinstance(key, BatchKey) else (key, None)
            keys = jax.random.split(jax.random.wrap_key_data(key, impl="threefry2x32"), rows.shape[0])
            keys = keys if places is None else keys[places]

        def one(row: Any, state: Any, key: Any) -> Any:
            return frame.called(module, row, state, key, is_training=True)

        by_row = jax.vmap(one, (0, None, None if keys is None else 0), (0, None), axis_name=BATCH_AXIS)
        outputs, state = by_row(rows, state, keys)
        if frame.state is None:
            return self._flat(outputs), self
        return self._flat(outputs), replace(self, state=frame.flat_state(state))

    def _applied(self, row: Any) -> Any:
        return self.frame.called(self.module, row, self.module_state, None, is_training=False)[0]

    def _flat(self, outputs: Any) -> Any:
        return outputs.reshape(outputs.shape[0], -1) if self.frame.flattens else outputs

    def output_shape(self) -> tuple[int, ...]:
        """Find the shape of what it gives for one row, without computing anything."""
        row = jax.ShapeDtypeStruct((math.prod(self.frame.row_shape),), np.float32)
        output = jax.eval_shape(lambda part, row: part._applied(row), self, row)
        return tuple(output.shape)

    def trained_shape(self) -> tuple[int, ...]:
        """Find the shape of what it gives for a batch in training, without computing anything."""
        rows = jax.ShapeDtypeStruct((2, math.prod(self.frame.row_shape)), np.float32)
        given = rows, jax.ShapeDtypeStruct((2,), np.uint32), jax.ShapeDtypeStruct((2,), np.float32)
        outputs, _ = jax.eval_shape(lambda part, *given: part.in_training(*given), self, *given)
        return tuple(outputs.shape)

    @property
    def module(self) -> Any:
        """The user's module with the numbers that it has now, its layers told that they are applied."""
        return self.frame.filled(self.arrays, is_training=False)

    @property
    def module_state(self) -> Any:
        """The state as the module knows it; None where it has none."""
        return None if self.frame.state is None else self.frame.filled_state(self.state)

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of what it is handed."""
        return tuple(self.frame.row_shape)

    @property
    def type_name(self) -> str:
        """The name of its class, or of the function that a partial one calls."""
        return str(made_by(self.frame.module).__qualname__.rpartition(".")[2])

    @property
    def import_path(self) -> str:
        """Where its class is to be found, for people."""
        return function_path(self.frame.module)

    def named_arrays(self) -> dict[str, Any]:
        """Name the arrays that are trained by their paths in the module."""
        names = [name for name, leaf in _named(self.frame.module) if _is_trained(leaf)]
        return dict(zip(names, self.arrays, strict=True))

    def named_state(self) -> dict[str, Any]:
        """Name the arrays of the state by their paths in it."""
        return dict(zip([name for name, _ in _named(self.frame.state)], self.state, strict=True))

    def named_fixed(self) -> dict[str, Any]:
        """Name the arrays of whole numbers and truth values that the module holds."""
        return {name: np.asarray(leaf) for name, leaf in _named(self.frame.module) if _is_plain(leaf)}

    def with_arrays(
        self, arrays: Mapping[str, Any], state: Mapping[str, Any], fixed: Mapping[str, Any]
    ) -> OwnPart:
        """Return the same part with other numbers, all by their names."""
        frame = _Frame(self.frame.module, self.frame.state, self.row_shape, flattens=self.frame.flattens)

        def put(path: Any, leaf: Any) -> Any:
            return fixed.get(_path(path), leaf) if _is_plain(leaf) else leaf

        frame.module = jax.tree_util.tree_map_with_path(put, frame.module)
        return OwnPart(
            tuple(arrays[name] for name in self.named_arrays()),
            tuple(state[name] for name in self.named_state()),
            frame,
        )


def own_part(
    module: Any, row_shape: tuple[int, ...], state: Any = None, *, flattens: bool = False
) -> OwnPart:
    """Take a module apart.

    Parameters
    ----------
    module : callable pytree
        Maps one row; its float arrays are trained, whatever else it holds stays.
    row_shape : tuple of int
        Of what it is handed: the shape of an image, or of a vector.
    state : pytree of arrays, optional
        What it carries from batch to batch: floats, truth values, and whole numbers up to 2^24.
    flattens : bool, default False
        Whether what it gives is laid out flat.

    Returns
    -------
    OwnPart
        Its arrays are float32, on the host.

    Raises
    ------
    ParameterError
        For a module that needs a state where none is given, and for a state that it does not take or that
        cannot be kept.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> module = jax.tree_util.Partial(lambda weight, row: row @ weight, jnp.ones((4, 2)))
    >>> own_part(module, (4,))(jnp.ones((3, 4))).tolist()
    [[4.0, 4.0], [4.0, 4.0], [4.0, 4.0]]
    """
    taken = asked_for(module, _HANDED)
    if state is None and taken.get("state", False):
        raise ParameterError("it takes a state and was given none; pass a pair (module, state)")
    if state is not None and "state" not in taken:
        raise ParameterError("it is given a state, and has no parameter of the name 'state' to take it")
    for name, leaf in _named(state):
        if _held_dtype(leaf) is None:
            raise ParameterError(
                f"state{name} is {type(leaf).__name__} of {getattr(leaf, 'dtype', 'no dtype')}, which cannot "
                "be kept; expected arrays of floats, truth values or signed whole numbers"
            )
    frame = _Frame(module, state, row_shape, flattens=flattens)
    kept = [np.array(leaf, np.float32).reshape(-1) for leaf in jax.tree.leaves(state)]
    arrays = [np.array(leaf, np.float32) for leaf in jax.tree.leaves(module) if _is_trained(leaf)]
    return OwnPart(tuple(arrays), tuple(kept), frame)
