"""Held against numpy's product, and rows of one table against themselves among others."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.detection.row_products import row_products

shapes = st.tuples(st.integers(0, 70), st.integers(0, 40), st.integers(0, 40))


@settings(max_examples=80)
@given(shape=shapes, seed=st.integers(0, 9))
def test_it_is_the_product(shape, seed):
    n_rows, inner, columns = shape
    random = np.random.default_rng(seed)
    rows, matrix = random.normal(size=(n_rows, inner)), random.normal(size=(inner, columns))
    np.testing.assert_allclose(row_products(rows, matrix), rows @ matrix, rtol=1e-10, atol=1e-10)


@settings(max_examples=80)
@given(
    shape=shapes,
    start=st.integers(0, 69),
    count=st.integers(1, 40),
    layout=st.sampled_from("CF"),
    seed=st.integers(0, 9),
)
def test_a_rows_product_is_the_same_to_the_bit_whatever_stands_beside_it(shape, start, count, layout, seed):
    n_rows, inner, columns = shape
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n_rows, inner))
    matrix = np.asarray(random.normal(size=(inner, columns)), order=layout)
    whole, order = row_products(rows, matrix), random.permutation(n_rows)
    some = slice(start, start + count)
    np.testing.assert_array_equal(row_products(rows[some], matrix), whole[some])
    np.testing.assert_array_equal(row_products(rows[order], matrix), whole[order])
    np.testing.assert_array_equal(row_products(np.asfortranarray(rows), matrix), whole)
