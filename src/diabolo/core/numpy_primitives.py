"""JAX's operations as NumPy functions: each takes the operation's parameters, then its arrays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["PRIMITIVES"]


def _cellwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _, *arrays: function(*arrays)


def _logistic(_: Any, values: Any) -> Any:
    return 1 / (1 + np.exp(-values))


def _special(name: str) -> Callable[..., Any]:
    def function(_: Any, *arrays: Any) -> Any:
        import scipy.special  # which takes long to import, and few networks need

        return getattr(scipy.special, name)(*arrays)

    return function


def _divide(_: Any, first: Any, second: Any) -> Any:
    if first.dtype.kind == "f":
        return first / second
    quotient = np.abs(first) // np.abs(second)  # of whole numbers, towards zero
    return np.where((first < 0) == (second < 0), quotient, -quotient)


def _select(_: Any, which: Any, *cases: Any) -> Any:
    if len(cases) == 2:
        return np.where(which, cases[1], cases[0])
    return np.choose(which, cases)


def _broadcast(parameters: Any, array: Any, *_: Any) -> Any:
    shape = parameters["shape"]
    placed = [1] * len(shape)
    for axis, size in zip(parameters["broadcast_dimensions"], array.shape, strict=True):
        placed[axis] = size
    return np.broadcast_to(array.reshape(placed), shape)


def _dot(parameters: Any, left: Any, right: Any) -> Any:
    (left_summed, right_summed), (left_batch, right_batch) = parameters["dimension_numbers"]
    left, n_left = _as_matrices(left, left_batch, left_summed, summed_last=True)
    right, n_right = _as_matrices(right, right_batch, right_summed, summed_last=False)
    batch = left.shape[: len(left_batch)]
    product = np.matmul(
        left.reshape(*batch, -1, _size(left.shape[len(batch) + len(n_left) :])),
        right.reshape(*batch, _size(right.shape[len(batch) : right.ndim - len(n_right)]), -1),
    )
    return product.reshape(*batch, *n_left, *n_right)


def _as_matrices(
    array: Any, batch: Sequence[int], summed: Sequence[int], *, summed_last: bool
) -> tuple[Any, tuple[int, ...]]:
    """Put the axes of a batch first, and those that are summed last or next."""
    free = [axis for axis in range(array.ndim) if axis not in batch and axis not in summed]
    order = [*batch, *free, *summed] if summed_last else [*batch, *summed, *free]
    return array.transpose(order), tuple(array.shape[axis] for axis in free)


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _pad(parameters: Any, array: Any, value: Any) -> Any:
    return _padded(array, parameters["padding_config"], value)


def _padded(array: Any, amounts: Sequence[tuple[int, int, int]], value: Any) -> Any:
    """Put cells before, after and between those of each axis; negative amounts at the ends cut."""
    inner = [
        (size - 1) * gap + size if size else 0 for size, (_, _, gap) in zip(array.shape, amounts, strict=True)
    ]
    shape = [max(size + low + high, 0) for size, (low, high, _) in zip(inner, amounts, strict=True)]
    out = np.full(shape, value, array.dtype)
    given, taken = [], []
    for size, new, (low, _, gap) in zip(array.shape, shape, amounts, strict=True):
        step = gap + 1
        first = max(-(low // step), 0) if low < 0 else 0
        last = min(size, -(-(new - low) // step))
        taken.append(slice(first, max(last, first)))
        given.append(
            slice(
                first * step + low,
                max(last - 1, first - 1) * step + low + 1 if last > first else first * step + low,
                step,
            )
        )
    out[tuple(given)] = array[tuple(taken)]
    return out


def _convolve(parameters: Any, images: Any, kernel: Any) -> Any:
    """Sum over the taps of the kernel, each a product of matrices."""
    numbers = parameters["dimension_numbers"]
    n_axes = images.ndim - 2
    images = images.transpose(numbers.lhs_spec[0], *numbers.lhs_spec[2:], numbers.lhs_spec[1])
    kernel = kernel.transpose(*numbers.rhs_spec[2:], numbers.rhs_spec[1], numbers.rhs_spec[0])
    amounts = [
        (low, high, gap - 1)
        for (low, high), gap in zip(parameters["padding"], parameters["lhs_dilation"], strict=True)
    ]
    images = np.ascontiguousarray(_padded(images, [(0, 0, 0), *amounts, (0, 0, 0)], 0))
    strides, gaps = parameters["window_strides"], parameters["rhs_dilation"]
    sizes = [
        max((side - ((taps - 1) * gap + 1)) // stride + 1, 0)
        for side, taps, gap, stride in zip(images.shape[1:-1], kernel.shape, gaps, strides, strict=False)
    ]
    n_groups = parameters["feature_group_count"]
    sums = np.zeros((len(images), *sizes, kernel.shape[-1]), np.result_type(images, kernel))
    width = kernel.shape[-1] // n_groups
    for tap in itertools.product(*map(range, kernel.shape[:n_axes])):
        window = tuple(
            slice(place * gap, place * gap + (size - 1) * stride + 1, stride)
            for place, gap, size, stride in zip(tap, gaps, sizes, strides, strict=True)
        )
        met = images[(slice(None), *window)]
        for group in range(n_groups):
            own = slice(group * kernel.shape[-2], (group + 1) * kernel.shape[-2])
            filters = slice(group * width, (group + 1) * width)
            sums[..., filters] += np.matmul(met[..., own], kernel[tap][:, filters])
    places = (numbers.out_spec[0], *numbers.out_spec[2:], numbers.out_spec[1])
    return sums.transpose(np.argsort(places))


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda parameters, array: function(array, axis=tuple(parameters["axes"]))


def _cumulated(function: Any) -> Callable[..., Any]:
    def cumulate(parameters: Any, array: Any) -> Any:
        axis = parameters["axis"]
        if parameters["reverse"]:
            return np.flip(function.accumulate(np.flip(array, axis), axis=axis, dtype=array.dtype), axis)
        return function.accumulate(array, axis=axis, dtype=array.dtype)

    return cumulate


def _windows(function: Callable[..., Any], empty: float) -> Callable[..., Any]:
    def reduce(parameters: Any, array: Any) -> Any:
        gaps, dilation = parameters["base_dilation"], parameters["window_dilation"]
        amounts = [(low, high, gap - 1) for (low, high), gap in zip(parameters["padding"], gaps, strict=True)]
        ends = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
        value = empty if empty == 0 or array.dtype.kind == "f" else (ends.max if empty > 0 else ends.min)
        array = _padded(array, amounts, value)
        spans = [
            (side - 1) * gap + 1 for side, gap in zip(parameters["window_dimensions"], dilation, strict=True)
        ]
        view = np.lib.stride_tricks.sliding_window_view(array, spans)
        steps = tuple(slice(None, None, stride) for stride in parameters["window_strides"])
        inner = tuple(slice(None, None, gap) for gap in dilation)
        return function(view[steps + inner], axis=tuple(range(array.ndim, 2 * array.ndim)))

    return reduce


def _top_k(parameters: Any, array: Any) -> Any:
    k, axis = parameters["k"], parameters.get("axis", -1)
    order = np.argsort(-array, axis=axis, kind="stable").take(range(k), axis)
    return np.take_along_axis(array, order, axis), order


def _slice(parameters: Any, array: Any) -> Any:
    starts, ends = parameters["start_indices"], parameters["limit_indices"]
    steps = parameters["strides"] or (1,) * array.ndim
    return array[tuple(map(slice, starts, ends, steps))]


def _dynamic_slice(parameters: Any, array: Any, *starts: Any) -> Any:
    sizes = parameters["slice_sizes"]
    firsts = [
        min(max(int(start), 0), side - size)
        for start, side, size in zip(starts, array.shape, sizes, strict=True)
    ]
    return array[tuple(slice(first, first + size) for first, size in zip(firsts, sizes, strict=True))]


def _gather(parameters: Any, array: Any, starts: Any) -> Any:
    """Take a window of cells at each start; before JAX 0.9 slices with steps are gathered, too."""
    numbers, sizes = parameters["dimension_numbers"], parameters["slice_sizes"]
    batch = starts.shape[:-1]
    gone = {*numbers.collapsed_slice_dims, *numbers.operand_batching_dims}
    kept = [axis for axis in range(array.ndim) if axis not in gone]
    window, n_axes = tuple(sizes[axis] for axis in kept), len(batch) + len(kept)

    def along(place: int, size: int) -> Any:
        return np.arange(size).reshape([-1 if axis == place else 1 for axis in range(n_axes)])

    places, is_inside = [], np.ones(batch + (1,) * len(kept), bool)
    for axis, size in enumerate(array.shape):
        place: Any = along(len(batch) + kept.index(axis), sizes[axis]) if axis in kept else np.int64(0)
        if axis in numbers.start_index_map:
            first = starts[..., numbers.start_index_map.index(axis)].astype(np.int64)
            first, last = first.reshape(is_inside.shape), size - sizes[axis]
            is_inside &= (first >= 0) & (first <= last)
            place = place + first.clip(0, last)
        elif axis in numbers.operand_batching_dims:
            which = numbers.start_indices_batching_dims[numbers.operand_batching_dims.index(axis)]
            place = place + along(which, size)
        places.append(place)
    found = np.broadcast_to(array[tuple(places)], batch + window)
    if parameters["mode"].name == "FILL_OR_DROP":
        found = np.where(is_inside, found, _filled_with(parameters["fill_value"], array.dtype))
    return np.moveaxis(found, range(len(batch), n_axes), numbers.offset_dims)


def _filled_with(value: Any, dtype: Any) -> Any:
    """Return what JAX puts where there is no cell: what was asked for, or what stands out."""
    if value is None:
        kind = dtype.kind
        value = (
            np.nan
            if kind == "f"
            else kind == "b" or getattr(np.iinfo(dtype), "max" if kind == "u" else "min")
        )
    return np.asarray(value, dtype)


def _iota(parameters: Any) -> Any:
    shape, axis = parameters["shape"], parameters["dimension"]
    counts = np.arange(shape[axis], dtype=parameters["dtype"])
    return np.broadcast_to(counts.reshape([-1 if a == axis else 1 for a in range(len(shape))]), shape)


def _reshape(parameters: Any, array: Any) -> Any:
    if parameters["dimensions"] is not None:
        array = array.transpose(parameters["dimensions"])
    return array.reshape(parameters["new_sizes"])


def _split(parameters: Any, array: Any) -> Any:
    return np.split(array, np.cumsum(parameters["sizes"])[:-1], axis=parameters["axis"])


def _no_platform(parameters: Any) -> Any:
    """Take what is meant for no platform by name, which is what XLA has by itself."""
    platforms = list(parameters["platforms"])
    return np.int32(platforms.index(None) if None in platforms else 0)


def _as_given(_: Any, *arrays: Any) -> Any:
    return arrays[0]


_CELLWISE: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("abs", "cbrt", "ceil", "cos", "cosh", "exp", "exp2", "expm1")},
    **{name: getattr(np, name) for name in ("floor", "log", "log1p", "sign", "sin", "sinh", "sqrt")},
    **{name: getattr(np, name) for name in ("square", "tan", "tanh")},
    "acos": np.arccos,
    "add": np.add,
    "add_any": np.add,
    "and": np.bitwise_and,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "clamp": lambda low, array, high: np.clip(array, low, high),
    "eq": np.equal,
    "ge": np.greater_equal,
    "gt": np.greater,
    "is_finite": np.isfinite,
    "le": np.less_equal,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "not": np.invert,
    "or": np.bitwise_or,
    "pow": np.power,
    "rem": np.fmod,
    "rsqrt": lambda array: 1 / np.sqrt(array),
    "shift_left": np.left_shift,
    "shift_right_logical": np.right_shift,
    "sub": np.subtract,
    "xor": np.bitwise_xor,
}

PRIMITIVES: dict[str, Callable[..., Any]] = {
    **{name: _cellwise(function) for name, function in _CELLWISE.items()},
    **{name: _special(name) for name in ("erf", "erfc")},
    **dict.fromkeys(("copy", "copy_p", "device_put", "reduce_precision", "stop_gradient"), _as_given),
    "argmax": lambda parameters, array: np.argmax(array, axis=parameters["axes"][0]),
    "argmin": lambda parameters, array: np.argmin(array, axis=parameters["axes"][0]),
    "bitcast_convert_type": lambda parameters, array: array.view(parameters["new_dtype"]),
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda parameters, *arrays: np.concatenate(arrays, axis=parameters["dimension"]),
    "conv_general_dilated": _convolve,
    "convert_element_type": lambda parameters, array: array.astype(parameters["new_dtype"]),
    "cummax": _cumulated(np.maximum),
    "cummin": _cumulated(np.minimum),
    "cumprod": _cumulated(np.multiply),
    "cumsum": _cumulated(np.add),
    "div": _divide,
    "dot_general": _dot,
    "dynamic_slice": _dynamic_slice,
    "erf_inv": _special("erfinv"),
    "gather": _gather,
    "integer_pow": lambda parameters, array: array ** parameters["y"],
    "iota": _iota,
    "logistic": _logistic,
    "optimization_barrier": lambda _, *arrays: arrays,
    "pad": _pad,
    "platform_index": _no_platform,
    "reduce_and": _reduced(np.all),
    "reduce_max": _reduced(np.max),
    "reduce_min": _reduced(np.min),
    "reduce_or": _reduced(np.any),
    "reduce_prod": _reduced(np.prod),
    "reduce_sum": _reduced(np.sum),
    "reduce_window_max": _windows(np.max, -np.inf),
    "reduce_window_min": _windows(np.min, np.inf),
    "reduce_window_sum": _windows(np.sum, 0.0),
    "reshape": _reshape,
    "rev": lambda parameters, array: np.flip(array, parameters["dimensions"]),
    "select_n": _select,
    "slice": _slice,
    "split": _split,
    "squeeze": lambda parameters, array: np.squeeze(array, tuple(parameters["dimensions"])),
    "stack": lambda parameters, *arrays: np.stack(arrays, axis=parameters["axis"]),
    "top_k": _top_k,
    "transpose": lambda parameters, array: array.transpose(parameters["permutation"]),
    "unstack": lambda parameters, array: tuple(np.moveaxis(array, parameters["axis"], 0)),
}
"""Name to function."""
