import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tests.reporting.conftest import unpacked

from diabolo.reporting.packing import packed, page_bytes

CELLS = st.one_of(
    st.floats(-3.4e38, 3.4e38, allow_subnormal=False),
    st.just(float("nan")),
    st.just(float("inf")),
    st.integers(-5, 5).map(float),
)


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=CELLS), st.booleans())
def test_no_number_is_off_by_more_than_half_a_step_and_missing_ones_stay_so(values, by_column):
    for kind in ("u1", "u2"):
        found = packed(values, kind, by_column=by_column)
        assert found["values"].dtype == kind
        back, finite = unpacked(found), np.isfinite(values)
        np.testing.assert_array_equal(np.isnan(back), ~finite)
        step = np.broadcast_to(found["step"], values.shape)
        rounding = 1e-12 * np.abs(np.where(finite, values, 0)).max(initial=0)
        apart = np.abs(back - values)[finite]
        assert (apart <= 0.5000001 * step[finite] + rounding + 1e-300).all()


def test_each_column_has_its_own_range_where_asked():
    values = np.array([[0.0, 1000.0], [1.0, 2000.0]])
    assert packed(values, "u1", by_column=True)["least"] == [0.0, 1000.0]
    whole = packed(values, "u1", by_column=False)
    assert (whole["least"], whole["step"]) == (0.0, 2000.0 / 254)


def test_constant_and_empty_columns_come_back_exactly():
    values = np.array([[7.25, np.nan], [7.25, np.nan]])
    found = packed(values, "u2", by_column=True)
    assert found["step"] == [0.0, 0.0]
    np.testing.assert_array_equal(unpacked(found), values)
    assert packed(np.empty((0, 3)), "u2", by_column=True)["values"].shape == (0, 3)


@pytest.mark.parametrize("n_levels", [2, 100])
def test_fewer_levels_are_fewer_values(n_levels):
    values = packed(np.linspace(0, 1, 1000), "u2", by_column=False, n_levels=n_levels)["values"]
    assert len(np.unique(values)) == n_levels


def test_the_size_on_a_page_is_that_of_its_base64():
    values = np.random.default_rng(0).integers(0, 50, 1000).astype(np.uint8)
    assert page_bytes(values) == len(base64.b64encode(zlib.compress(values.tobytes(), 6)))
