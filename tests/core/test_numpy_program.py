"""Traced functions worked out by NumPy, beside JAX itself: networks whole, and operations one by one."""

import itertools

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from diabolo.core.bottlenecks import Gaussian, Plain, TopK
from diabolo.core.convolutional_network import convolutional_network
from diabolo.core.layers import ACTIVATIONS
from diabolo.core.networks import dense_network
from diabolo.core.numpy_program import UnknownPrimitiveError, numpy_program
from diabolo.core.own_part import own_part
from diabolo.core.randomness import draw_normal


def compare(function, *arguments, tolerance=1e-6):
    """Hold NumPy's answer against that of JAX, compiled: shapes, types and numbers."""
    expected = jax.tree.leaves(jax.jit(function)(*arguments))
    found = numpy_program(function, *arguments)(jax.tree.leaves(arguments))
    assert len(found) == len(expected)
    for one, other in zip(found, map(np.asarray, expected), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        if other.dtype.kind == "f":
            scale = np.abs(other[np.isfinite(other)]).max(initial=1e-30)
            np.testing.assert_allclose(one / scale, other / scale, rtol=0, atol=tolerance)
        else:
            np.testing.assert_array_equal(one, other)


def rebuilt(network, rows, bottleneck):
    return network.decode(bottleneck.code(network.encode(rows)))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("tied", [False, True], ids=["free", "tied"])
@pytest.mark.parametrize("bottleneck", [Plain(), TopK(2), Gaussian()], ids=["plain", "topk", "gaussian"])
def test_a_dense_network(activation, tied, bottleneck):
    random = np.random.default_rng(0)
    network = dense_network(
        (20, 15, 4),
        activation=activation,
        code_activation="linear",
        tied_weights=tied,
        initializer="glorot_uniform",
        random=random,
        width_factor=bottleneck.width_factor,
    )
    rows = random.normal(size=(8, 20), scale=3).astype(np.float32)
    compare(rebuilt, network, rows, bottleneck)


@pytest.mark.parametrize("shape", [(7, 5, 1), (1, 9, 2), (8, 8, 3)], ids=str)
@pytest.mark.parametrize("downsample", ["maxpool", "stride"])
@pytest.mark.parametrize("upsample", ["nearest", "transposed"])
@pytest.mark.parametrize("width", [None, 3], ids=["maps", "dense"])
def test_a_convolutional_network(shape, downsample, upsample, width):
    random = np.random.default_rng(0)
    network = convolutional_network(
        shape,
        (5, 4),
        kernel_size=(3, 3) if shape[0] > 1 else (1, 5),
        n_components=width,
        downsample=downsample,
        upsample=upsample,
        activation="relu",
        code_activation="gelu",
        initializer="glorot_uniform",
        random=random,
    )
    rows = random.normal(size=(4, int(np.prod(shape)))).astype(np.float32)
    compare(rebuilt, network, rows, Plain())


class Residual(equinox.Module):
    """Much of what people put into a network."""

    convolution: equinox.nn.Conv1d
    norm: equinox.nn.LayerNorm
    pool: equinox.nn.MaxPool1d
    cell: equinox.nn.GRUCell
    last: equinox.nn.Linear

    def __init__(self, key):
        keys = jax.random.split(key, 3)
        self.convolution = equinox.nn.Conv1d(1, 4, 3, dilation=2, padding=2, key=keys[0])
        self.norm, self.pool = equinox.nn.LayerNorm((4, 12)), equinox.nn.MaxPool1d(3, 2, padding=1)
        self.cell = equinox.nn.GRUCell(4, 5, key=keys[1])
        self.last = equinox.nn.Linear(5, 3, key=keys[2])

    def __call__(self, row):
        maps = jax.nn.silu(self.norm(self.convolution(row[None])))
        maps = self.pool(maps)
        state, _ = lax.scan(lambda state, column: (self.cell(column, state), None), jnp.zeros(5), maps.T)
        return jax.nn.softmax(self.last(state)) + jnp.mean(row[:3] ** 2)


def test_a_network_of_ones_own():
    part = own_part(Residual(jax.random.key(0)), (12,))
    compare(
        lambda part, rows: part(rows), part, np.random.default_rng(0).normal(size=(3, 12)).astype(np.float32)
    )


def test_noise_is_the_same_numbers():
    key = np.array([3, 4], np.uint32)
    compare(lambda key: draw_normal(key, (50, 7)), key)


ROWS = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
COUNTS = np.arange(-6, 6, dtype=np.int32)


@pytest.mark.parametrize(
    "function",
    [
        jnp.abs, jnp.ceil, jnp.cos, jnp.cosh, jnp.exp, jnp.exp2, jnp.expm1, jnp.floor, jnp.sign, jnp.sin,
        jnp.sinh, jnp.square, jnp.tan, jnp.tanh, jnp.arctan, jnp.cbrt, jnp.isfinite,
        lax.erf, lax.erfc, lax.logistic, lax.neg,
        lambda x: jnp.arcsin(x / 9), lambda x: jnp.arccos(x / 9), lambda x: lax.erf_inv(x / 9),
        lambda x: jnp.log(x * x), lambda x: jnp.log1p(x * x), lambda x: jnp.sqrt(x * x),
        lambda x: lax.rsqrt(x * x), lambda x: jnp.arctan2(x, x[::-1]), lambda x: jnp.power(x * x, x),
        lambda x: lax.integer_pow(x, 3), lambda x: lax.integer_pow(x, -2), lambda x: x % 0.3,
        lambda x: jnp.clip(x, -0.5, 0.5), lambda x: jnp.minimum(x, 0.1), lambda x: jnp.where(x > 0, x, -1),
        lambda x: jnp.max(x, axis=1), lambda x: jnp.min(x), lambda x: jnp.prod(x, axis=0), jnp.argmax,
        lambda x: jnp.argmin(x, axis=1), lambda x: jnp.all(x > 0, axis=1), lambda x: jnp.any(x > 0, axis=0),
        lambda x: jnp.cumsum(x, axis=1), lambda x: lax.cumsum(x, 0, reverse=True),
        lambda x: jnp.cumprod(x, axis=1), lambda x: lax.cummax(x, 1), lambda x: lax.cummin(x, 0),
        lambda x: jnp.concatenate([x, x[:2]]), lambda x: jnp.stack([x, -x], axis=1),
        lambda x: x[1:4:2, ::-1], lambda x: jnp.split(x, 3, axis=1), lambda x: x.reshape(2, 12).T,
        lambda x: jnp.pad(x, ((1, 2), (0, 3)), constant_values=7.0),
        lambda x: lax.pad(x, jnp.float32(2), ((1, -1, 2), (-2, 1, 0))),
        lambda x: lax.pad(x, jnp.float32(2), ((-3, 4, 1), (-7, 9, 0))),
        lambda x: x + jnp.arange(6.0), lambda x: jnp.einsum("ij,kj->ik", x, x),
        lambda x: jnp.einsum("bij,bjk->bik", x.reshape(2, 2, 6), x.reshape(2, 6, 2)),
        lambda x: lax.dynamic_slice(x, (jnp.argmax(x[:, 0]), 5), (2, 3)),
        lambda x: lax.bitcast_convert_type(x, jnp.uint32) ^ jnp.uint32(5),
        lambda x: lax.top_k(x, 3), lambda x: jax.checkpoint(jnp.tanh)(x), lambda x: x.astype(jnp.int32),
        lambda x: lax.while_loop(lambda pair: pair[0] < 3, lambda pair: (pair[0] + 1, pair[1] * 2), (0, x)),
        lambda x: lax.cond(x[0, 0] > 0, jnp.tanh, jnp.exp, x),
        lambda x: lax.switch(jnp.int32(7), [jnp.tanh, jnp.exp, jnp.cos], x),
        lambda x: lax.scan(lambda total, row: (total + row, total), x[0], x, reverse=True),
        lambda x: lax.scan(lambda total, row: (total + row * x.sum(), row[1:]), x[0], x),
        lambda x: lax.scan(lambda total, row: (total - row, (row, total)), x[0], x), lambda x: x[0] + sum(x),
        lambda x: lax.select_n(jnp.int32(2), x, -x, 2 * x),
        lambda x: x[::-1, 1::2], lambda x: x[jnp.array([[3, 0], [1, 1]])], lambda x: x[:, jnp.array([0, 5])],
        lambda x: x[jnp.array([1, 2]), jnp.array([0, -1])], lambda x: x[jnp.argmax(x[:, 0])],
        lambda x: jnp.take(x, jnp.array([0, 9, -7]), axis=1, mode="fill"),
        lambda x: jnp.take(x, jnp.array([0, 9, -7]), axis=0, mode="clip"),
        lambda x: jnp.take(x, jnp.array([0, 9]), axis=0, mode="fill", fill_value=2.5),
        lambda x: jnp.take(x > 0, jnp.array([0, 9]), axis=0, mode="fill"),
        lambda x: jnp.take(x.astype(jnp.int32), jnp.array([0, 9]), axis=0, mode="fill"),
        lambda x: jnp.take(jnp.abs(x).astype(jnp.uint32), jnp.array([0, 9]), axis=0, mode="fill"),
        lambda x: jnp.take_along_axis(x, jnp.arange(4)[:, None], axis=1),
        lambda x: jax.vmap(lambda row, at: lax.dynamic_slice(row, (at,), (2,)))(x, jnp.array([0, 4, 9, 1])),
        lambda x: jax.vmap(lambda row, start: row[start])(x, jnp.array([0, 4, 5, 1])),
        lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (2, 3), (1, 2), ((1, 0), (1, 1))),
        lambda x: lax.reduce_window(x, jnp.inf, lax.min, (2, 2), (2, 1), "SAME"),
        lambda x: lax.reduce_window(x, 0.0, lax.add, (2, 2), (1, 1), "VALID", window_dilation=(2, 3)),
    ],
)  # fmt: skip
def test_an_operation(function):
    compare(function, ROWS, tolerance=2e-6)


@pytest.mark.parametrize(
    "function",
    [
        lambda n: lax.div(n, jnp.int32(4)), lambda n: lax.rem(n, jnp.int32(4)), lambda n: n & 3,
        lambda n: n | 8,
        lambda n: ~n, lambda n: n << 2, lambda n: n.astype(jnp.uint32) >> 3, lambda n: jnp.sum(n),
        lambda n: n // 4, lambda n: n == 2, lambda n: n != 2, lambda n: n >= 2, lambda n: n <= 2,
        lambda n: lax.reduce_window(n, np.iinfo(np.int32).min, lax.max, (3,), (2,), "SAME"),
    ],
)  # fmt: skip
def test_an_operation_of_whole_numbers(function):
    compare(function, COUNTS)


@settings(max_examples=40)
@given(
    sides=st.tuples(st.integers(3, 9), st.integers(3, 9)),
    taps=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    # For (-1, 1) XLA itself reads beside the image, up to JAX 0.10.2 at least.
    padding=st.lists(
        st.tuples(st.integers(-1, 3), st.integers(-1, 3)).filter(lambda ends: ends != (-1, 1)),
        min_size=2,
        max_size=2,
    ),
    gaps=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    spread=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    n_groups=st.sampled_from([1, 2]),
    order=st.sampled_from([("NHWC", "HWIO", "NHWC"), ("HWNC", "HWOI", "HWNC"), ("NCHW", "OIHW", "NHWC")]),
)
def test_a_convolution_of_any_geometry(sides, taps, strides, padding, gaps, spread, n_groups, order):
    random = np.random.default_rng(0)
    sizes = {"N": 2, "C": 2 * n_groups, "H": sides[0], "W": sides[1]}
    kernel_sizes = {"H": taps[0], "W": taps[1], "I": 2, "O": 2 * n_groups}
    images = random.normal(size=[sizes[axis] for axis in order[0]]).astype(np.float32)
    kernel = random.normal(size=[kernel_sizes[axis] for axis in order[1]]).astype(np.float32)

    def function(images, kernel):
        return lax.conv_general_dilated(
            images, kernel, strides, padding, spread, gaps, order, feature_group_count=n_groups
        )

    expected = jax.eval_shape(function, images, kernel)
    if 0 not in expected.shape:
        compare(function, images, kernel)


def test_what_numpy_has_not_been_taught_is_named_before_anything_is_computed():
    with pytest.raises(UnknownPrimitiveError, match=r"^sort$"):
        numpy_program(jnp.sort, ROWS)


def test_a_program_is_of_its_arguments_not_of_those_it_was_traced_with():
    program = numpy_program(lambda x, y: x + 2 * y, ROWS, ROWS)
    for shift in (0.0, 1.0):
        np.testing.assert_array_equal(program([ROWS + shift, ROWS])[0], (ROWS + shift) + 2 * ROWS)


def test_every_pair_of_axes_meets():
    # dot_general with the summed axis anywhere, and a batch axis first or not.
    left, right = np.random.default_rng(2).normal(size=(2, 3, 4, 5)).astype(np.float32), None
    for axis, batch in itertools.permutations(range(3), 2):
        a, b = left[0], left[1]
        right = np.moveaxis(b, (0, 1, 2), (2, 0, 1))  # axes (0, 1, 2) lie at (2, 0, 1)
        places = {0: 2, 1: 0, 2: 1}
        numbers = (((axis,), (places[axis],)), ((batch,), (places[batch],)))
        compare(lambda a, b, numbers=numbers: lax.dot_general(a, b, numbers), a, right)
