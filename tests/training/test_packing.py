import math

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.training.packing import LARGE, layout_of

SMALL_SHAPES = st.lists(st.integers(1, 7), min_size=1, max_size=3).map(tuple)
LARGE_SHAPES = st.sampled_from([(LARGE,), (128, 128), (2, LARGE // 2 + 1)])
TREES = st.lists(SMALL_SHAPES | LARGE_SHAPES, min_size=1, max_size=6)


def numbered(shapes, start=0):
    """Arrays of these shapes that hold 0, 1, 2, ..., so that no two cells are alike."""
    arrays = []
    for shape in shapes:
        size = math.prod(shape)
        arrays.append(np.arange(start, start + size, dtype=np.float32).reshape(shape))
        start += size
    return {"first": arrays[0], "rest": tuple(arrays[1:])}


@settings(max_examples=40)
@given(shapes=TREES)
def test_unpacking_gives_back_what_was_packed(shapes):
    tree = numbered(shapes)
    layout = layout_of(tree)
    back = layout.unpack(layout.pack(tree))
    assert jax.tree.structure(back) == jax.tree.structure(tree)
    for got, expected in zip(jax.tree.leaves(back), jax.tree.leaves(tree), strict=True):
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


@settings(max_examples=40)
@given(shapes=TREES)
def test_small_arrays_share_one_vector_and_large_ones_stay_by_themselves(shapes):
    tree = numbered(shapes)
    vector, *large = layout_of(tree).pack(tree)
    sizes = [math.prod(shape) for shape in shapes]
    assert vector.shape == (sum(size for size in sizes if size < LARGE),)
    assert [part.size for part in large] == [size for size in sizes if size >= LARGE]
    leaves = [leaf for leaf in jax.tree.leaves(tree) if leaf.size >= LARGE]
    assert all(part is leaf for part, leaf in zip(large, leaves, strict=True))
    assert layout_of(tree).n_parameters == sum(sizes)


@settings(max_examples=40)
@given(shapes=TREES)
def test_matrix_mask_marks_matrices_and_no_biases(shapes):
    tree = numbered(shapes)
    layout = layout_of(tree)
    # Pack a tree of ones in matrices and zeros in biases: the mask must be that.
    marked = jax.tree.map(lambda leaf: np.full_like(leaf, float(leaf.ndim > 1)), tree)
    for mask, expected in zip(layout.matrix_mask(), layout.pack(marked), strict=True):
        np.testing.assert_array_equal(np.broadcast_to(mask, expected.shape), expected)


def test_arrays_on_a_device_pack_to_the_same_numbers(make_network):
    network = make_network()
    layout = layout_of(network)
    (host,) = layout.pack(network)
    (device,) = layout.pack(jax.tree.map(jnp.asarray, network))
    assert isinstance(host, np.ndarray)
    assert isinstance(device, jax.Array)
    np.testing.assert_array_equal(host, device)


def test_networks_of_one_shape_share_a_layout(make_network):
    first, same, other = (layout_of(make_network(sizes)) for sizes in [(6, 5, 2), (6, 5, 2), (6, 4, 2)])
    assert first == same
    assert hash(first) == hash(same)
    assert first != other
