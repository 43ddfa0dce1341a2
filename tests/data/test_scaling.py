import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

from diabolo.data.array_source import ArraySource, ColumnsSource
from diabolo.data.scaling import Scaler, overflow, scale_rows, scaler_of, unscale_rows
from diabolo.data.statistics import table_statistics
from diabolo.errors import ConstantFeatureWarning, InputError, ParameterError
from diabolo.parameters.training import SCALERS

PEERS = {
    "minmax": MinMaxScaler,
    "standard": StandardScaler,
    "maxabs": MaxAbsScaler,
    "center": lambda: StandardScaler(with_std=False),
    "common": lambda: CommonScaler(),
}


class CommonScaler(StandardScaler):
    """scikit-learn's with the root of the mean variance for every column's deviation."""

    def fit(self, X, y=None, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.scale_ = np.full(X.shape[1], np.sqrt(self.var_.mean()) or 1.0)
        return self


RNG = np.random.default_rng(0)
# Columns of very different place and width, and more rows than a block holds.
X = (RNG.normal(size=(3000, 60)) * 10.0 ** RNG.integers(-3, 4, 60) + RNG.normal(size=60) * 100).astype(
    np.float32
)


def scaled(scaler, rows):
    out = np.full(rows.shape, np.nan, np.float32)
    assert scale_rows(scaler, rows, out, allows_missing=True)
    return out


def fit_scaler(kind, rows, chosen=None, weights=None):
    return scaler_of(kind, table_statistics(ArraySource(rows), chosen, weights))


def peer(kind, rows, weights=None):
    fitting = {"sample_weight": weights} if kind in ("standard", "center", "common") else {}
    return PEERS[kind]().fit(rows.astype(np.float64), **fitting)


@pytest.mark.parametrize("kind", SCALERS.names)
def test_agrees_with_scikit_learn(kind):
    expected = peer(kind, X)
    scaler = fit_scaler(kind, X)
    np.testing.assert_allclose(
        scaled(scaler, X), expected.transform(X.astype(np.float64)), rtol=1e-6, atol=1e-6
    )
    back = unscale_rows(scaler, np.clip(X, -1, 1))
    np.testing.assert_allclose(
        back, expected.inverse_transform(np.clip(X, -1, 1).astype(np.float64)), rtol=1e-6
    )


@pytest.mark.parametrize("kind", SCALERS.names)
def test_looks_at_the_chosen_rows_and_their_weights_only(kind):
    chosen = np.sort(RNG.permutation(len(X))[:2500])
    weights = RNG.random(len(X)) * (RNG.random(len(X)) < 0.7)
    used = chosen[weights[chosen] > 0]
    assert 0 < len(used) < len(chosen)
    expected = peer(kind, X[used], weights[used])
    spoiled = X.copy()
    spoiled[np.setdiff1d(np.arange(len(X)), used)] = 1e30
    scaler = fit_scaler(kind, spoiled, chosen, weights)
    np.testing.assert_allclose(
        scaled(scaler, X), expected.transform(X.astype(np.float64)), rtol=1e-6, atol=1e-6
    )


def test_columns_beyond_the_first_block():
    wide = RNG.normal(size=(5, 40_000)).astype(np.float32)
    scaler = fit_scaler("standard", wide)
    np.testing.assert_allclose(scaler.offset, wide.mean(axis=0, dtype=np.float64), atol=1e-12)
    np.testing.assert_allclose(1 / scaler.factor, wide.std(axis=0, dtype=np.float64), rtol=1e-12)


def test_a_large_mean_does_not_spoil_a_small_deviation():
    column = 1e6 + np.tile([-0.25, 0.25], 100_000)[:, None]
    scaler = fit_scaler("standard", column)
    np.testing.assert_allclose([scaler.offset[0], 1 / scaler.factor[0]], [1e6, 0.25], rtol=1e-12)


def test_none_leaves_every_bit():
    scaler = fit_scaler(None, X)
    assert scaler.kind is None
    np.testing.assert_array_equal(scaled(scaler, X), X)
    negative_zero = np.array([[-0.0]], np.float32)
    assert np.signbit(unscale_rows(fit_scaler(None, negative_zero), negative_zero)).all()


columns = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
)


@pytest.mark.filterwarnings("ignore::diabolo.errors.ConstantFeatureWarning")
@settings(max_examples=200)
@given(columns, st.sampled_from(SCALERS.names))
def test_unscaling_undoes_scaling(rows, kind):
    scaler = fit_scaler(kind, rows)
    between = scaled(scaler, rows)
    assert np.isfinite(between).all()
    back = unscale_rows(scaler, between)
    # What float32 can keep of a scaled value, in the units of the column, and of the value itself.
    kept = 2.0**-23 * (np.abs(between) / scaler.factor + np.abs(rows) + 1e-30)
    assert (np.abs(back - rows.astype(np.float64)) <= kept).all()


@pytest.mark.filterwarnings("ignore::diabolo.errors.ConstantFeatureWarning")
@settings(max_examples=200)
@given(columns, st.sampled_from(["minmax", "maxabs"]))
def test_the_range_is_kept(rows, kind):
    result = scaled(fit_scaler(kind, rows), rows)
    assert result.min() >= (0 if kind == "minmax" else -1)
    assert result.max() <= 1
    spread = rows.max(axis=0) > rows.min(axis=0)
    if kind == "minmax":
        assert (result.max(axis=0) == spread).all()
        assert (result.min(axis=0) == 0).all()


@settings(max_examples=50)
@given(columns, st.data())
def test_a_whole_weight_is_as_many_rows(rows, data):
    assume((np.ptp(rows.astype(np.float64), axis=0) > 0).all())
    weights = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows))))
    weighted = fit_scaler("standard", rows, weights=weights)
    repeated = fit_scaler("standard", np.repeat(rows, weights, axis=0))
    np.testing.assert_allclose(weighted.offset, repeated.offset, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(weighted.factor, repeated.factor, rtol=1e-9)


def test_out_may_be_the_rows_themselves():
    scaler = fit_scaler("standard", X)
    expected = scaled(scaler, X)
    rows = X.copy()
    assert scale_rows(scaler, rows, rows)
    np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize("kind", ["minmax", "standard"])
def test_constant_columns_become_zero_with_a_warning_that_names_them(kind):
    rows = np.tile(np.float32([0.1, 3, 0.1, -2, 0, 7, 8, 9]), (3, 1))
    rows[:, 1] = [1, 2, 3]
    names = list("abcdefgh")
    found = table_statistics(ArraySource(rows))
    with pytest.warns(ConstantFeatureWarning) as caught:
        scaler = scaler_of(kind, found, feature_names=names)
    assert [str(each.message) for each in caught] == [
        f"7 column(s) hold one value only, so '{kind}' cannot spread them and they become 0: "
        "'a', 'c', 'd', 'e', 'f' and 2 more."
    ]
    assert caught[0].filename == __file__
    constant = np.arange(8) != 1
    np.testing.assert_array_equal(scaler.factor[constant], 1)
    assert (scaled(scaler, rows)[:, constant] == 0).all()
    np.testing.assert_array_equal(unscale_rows(scaler, scaled(scaler, rows))[:, constant], rows[:, constant])
    with pytest.warns(
        ConstantFeatureWarning, match=r"become 0: 0, 2, 3, 4, 5 and 2 more \(counted from 0\)\.$"
    ):
        fit_scaler(kind, rows)


def test_a_constant_column_is_found_though_its_mean_rounds():
    rows = np.tile(np.float32([0.1, 1e7 / 3]), (5000, 1))
    weights = np.random.default_rng(3).random(5000)
    with pytest.warns(ConstantFeatureWarning, match=r"^2 column\(s\)"):
        scaler = fit_scaler("standard", rows, weights=weights)
    np.testing.assert_array_equal(scaler.offset, rows[0])
    np.testing.assert_array_equal(scaler.factor, 1)


def test_constant_among_the_chosen_rows_is_enough():
    rows = np.float32([[1, 1], [1, 2], [5, 3]])
    with pytest.warns(ConstantFeatureWarning, match=r"^1 column\(s\) hold one value only"):
        scaler = fit_scaler("minmax", rows, np.array([0, 1]))
    np.testing.assert_array_equal(scaled(scaler, rows), [[0, 0], [0, 1], [4, 2]])


def test_maxabs_warns_of_zeros_only():
    np.testing.assert_array_equal(fit_scaler("maxabs", np.float32([[-5], [-5]])).factor, [0.2])
    with pytest.warns(ConstantFeatureWarning) as caught:
        scaler = fit_scaler("maxabs", np.float32([[0, 1]]))
    assert str(caught[0].message) == (
        "1 column(s) hold only zeros, so 'maxabs' cannot spread them and they stay 0: 0 (counted from 0)."
    )
    np.testing.assert_array_equal(scaler.factor, [1, 1])


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("min-max", "minmax"),
        ("min_max", "minmax"),
        ("MinMaxScaler", "minmax"),
        ("zscore", "standard"),
        ("z-score", "standard"),
        ("standardize", "standard"),
        ("max-abs", "maxabs"),
        ("standart", "standard"),
    ],
)
def test_unknown_kind(kind, meant):
    with pytest.raises(ParameterError) as caught:
        fit_scaler(kind, X)
    assert str(caught.value) == (
        f"scale must be one of 'minmax', 'standard', 'maxabs', 'center', 'common' or None; got {kind!r}. "
        f"Did you mean '{meant}'?"
    )


def test_no_rows():
    with pytest.raises(InputError, match=r"^The scaler has no row to look at"):
        fit_scaler("standard", X, np.array([], np.int64))
    with pytest.raises(InputError, match=r"of a weight above 0\.$"):
        fit_scaler("minmax", X, weights=np.zeros(len(X)))


def test_wrong_shapes():
    scaler = fit_scaler("minmax", X)
    with pytest.raises(InputError) as caught:
        unscale_rows(scaler, X[:, :3])
    assert str(caught.value) == (
        "The scaler was fitted to 60 columns; got rows of shape (3000, 3) for an array of shape (3000, 3)."
    )
    with pytest.raises(InputError, match=r"^The scaler was fitted to 60 columns"):
        scale_rows(scaler, X, np.empty((2, 60), np.float32))


def test_what_does_not_fit_float32_is_said_and_not_made_infinite():
    scaler = Scaler("minmax", np.zeros(2), np.array([1.0, 1e30]))
    rows = np.zeros((200_000, 2), np.float32)
    rows[150_000, 1] = 1e20
    assert not scale_rows(scaler, rows, np.empty_like(rows))
    chosen = np.array([3, 150_000, 7])
    assert str(overflow(scaler, ArraySource(rows, name="x.h5"), chosen)) == (
        "x.h5 contains 1.0000000200408773e+20, which becomes too large for float32 when scaled by 'minmax', "
        "in row 150000, column 1, both counted from 0. Remove that row, or fit on rows that reach as far."
    )
    with pytest.raises(InputError, match=r"when scaled back by 'minmax'"):
        unscale_rows(Scaler("minmax", np.zeros(1), np.array([1e-30])), np.float32([[1e20]]))


@pytest.mark.parametrize("shape", [(20_000, 300), (12, 300_000)])
@pytest.mark.parametrize("kind", SCALERS.names)
def test_extra_memory_stays_small(shape, kind):
    rows = RNG.random(shape, np.float32)  # 24 MB and 14 MB
    out = np.empty_like(rows)
    indices, weights = np.arange(0, len(rows), 2), np.ones(len(rows))
    tracemalloc.start()
    scaler = fit_scaler(kind, rows, indices, weights)
    scale_rows(scaler, rows, out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A tile, and a dozen numbers a column, which is what a fit plans for them.
    assert peak < max(8e6, 12 * 8 * shape[1] + 2e6)


def gappy(share=0.1):
    rows = X[:200].astype(np.float64)
    rows[np.random.default_rng(9).random(rows.shape) < share] = np.nan
    return rows


@pytest.mark.parametrize("kind", SCALERS.names)
def test_cells_that_are_there_scale_as_in_scikit_learn(kind):
    rows = gappy()
    scaler = scaler_of(kind, table_statistics(ArraySource(rows)), fills=False)
    result = scaled(scaler, rows)
    np.testing.assert_allclose(result, PEERS[kind]().fit_transform(rows), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(np.isnan(result), np.isnan(rows))  # what is missing stays so


@pytest.mark.parametrize("kind", [*SCALERS.names, None])
def test_a_missing_cell_is_taken_for_its_columns_mean(kind):
    rows = gappy()
    scaler = scaler_of(kind, table_statistics(ArraySource(rows)), fills=True)
    np.testing.assert_allclose(scaler.fill, np.nanmean(rows, axis=0), rtol=1e-11)
    filled = np.where(np.isnan(rows), scaler.fill, rows)
    np.testing.assert_array_equal(scaled(scaler, rows), scaled(scaler, filled))
    in_place = rows.astype(np.float32)
    expected = scaled(scaler, in_place)
    assert not np.isnan(expected).any()
    assert scale_rows(scaler, in_place, in_place, allows_missing=True)
    np.testing.assert_array_equal(in_place, expected)
    if kind == "standard":
        assert (np.abs(expected[np.isnan(rows)]) < 1e-6).all()
    # On the way back there is nothing to fill.
    np.testing.assert_array_equal(np.isnan(unscale_rows(scaler, rows[:5])), np.isnan(rows[:5]))


def test_a_column_without_cells_is_constant():
    rows = np.array([[np.nan, 1.0], [np.nan, 2.0]])
    with pytest.warns(ConstantFeatureWarning, match=r"^1 column\(s\) hold one value only.* become 0: 'a'\."):
        scaler = scaler_of(
            "standard", table_statistics(ArraySource(rows)), fills=True, feature_names=["a", "b"]
        )
    assert scaler.fill.tolist() == [0.0, 1.5]
    np.testing.assert_array_equal(scaled(scaler, rows), [[0, -1], [0, 1]])


def test_integers_have_nothing_to_fill():
    scaler = Scaler(None, np.zeros(1), np.ones(1), np.array([9.0]))
    np.testing.assert_array_equal(scaled(scaler, np.array([[3], [4]])), [[3], [4]])


@given(columns, st.sampled_from([*SCALERS.names, None]), st.booleans())
def test_every_kind_of_table_gives_the_bits_of_float64(rows, kind, fills):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = fit_scaler(kind, rows)
    scaler = Scaler(kind, fitted.offset, fitted.factor, np.ones(rows.shape[1]) if fills else None)
    expected = ((rows.astype(np.float64) - scaler.offset) * scaler.factor).astype(np.float32)
    in_place = rows.copy()
    assert scale_rows(scaler, in_place, in_place)
    between = np.zeros((len(rows), rows.shape[1] + 2), np.float32)
    assert scale_rows(scaler, rows, between[:, 1:-1])
    for found in (scaled(scaler, rows), scaled(scaler, rows.astype(np.float64)), in_place, between[:, 1:-1]):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(scaled(scaler, np.asfortranarray(rows)), expected)


# Of 4,096 rows the columns of a table by columns share places in the cache.
@pytest.mark.parametrize("shape", [(300, 1000), (7, 40_000), (20_000, 7), (4096, 130)])
@pytest.mark.parametrize("kind", [*SCALERS.names, None])
def test_tables_of_many_tiles_are_scaled_as_by_the_formula(shape, kind):
    rows = RNG.normal(3, 2, shape).astype(np.float32)
    scaler = fit_scaler(kind, rows)
    expected = ((rows.astype(np.float64) - scaler.offset) * scaler.factor).astype(np.float32)
    columns = [*rows.T]
    columns[3] = columns[3].astype(np.float64)
    for table in (rows, np.asfortranarray(rows), np.asfortranarray(rows.astype(np.float64))):
        np.testing.assert_array_equal(scaled(scaler, table), expected)
    for source in (
        ArraySource(rows),
        ArraySource(np.asfortranarray(rows)),
        ColumnsSource(dict(enumerate(columns)), len(rows), "the table"),
        ArraySource(rows[::-1]).rows(np.arange(len(rows))[::-1]),
        ColumnsSource(dict(enumerate(columns[::-1])), len(rows), "").columns(np.arange(shape[1])[::-1]),
    ):
        out = np.full(rows.shape, np.nan, np.float32)
        assert scale_rows(scaler, source, out)
        np.testing.assert_array_equal(out, expected)
        for chosen in (slice(2, 5), slice(1, len(rows) - 1)):
            part = np.full(expected[chosen].shape, np.nan, np.float32)
            assert scale_rows(scaler, source, part, chosen)
            np.testing.assert_array_equal(part, expected[chosen])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["standard", None])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 4e38])
@pytest.mark.parametrize("place", [(0, 0), (2551, 49), (2552, 0), (2999, 59)])
def test_a_cell_that_cannot_be_used_is_told_wherever_it_is(order, kind, bad, place):
    rows = np.asarray(X, np.float64, order=order)
    scaler = fit_scaler(kind, X)
    out, filled = np.empty(X.shape, np.float32), Scaler(kind, scaler.offset, scaler.factor, np.ones(60))
    rows = rows.copy(order)
    rows[place] = bad
    for table in (rows, ArraySource(rows)):
        assert not scale_rows(scaler, table, out)
        assert scale_rows(filled, table, out, allows_missing=True) == np.isnan(bad)
    if np.isnan(bad):
        rows[place] = 1.0
        np.testing.assert_array_equal(out, scaled(scaler, rows))


@pytest.mark.parametrize("order", ["C", "F"])
def test_whole_numbers_are_rounded_once(order):
    """float64 would round 2**60 + 2**36 + 1 to a number half way between two of float32."""
    rows = np.full((100, 8), 2**60 + 2**36 + 1, np.int64, order)
    result = scaled(Scaler(None, np.zeros(8), np.ones(8)), rows)
    np.testing.assert_array_equal(result, np.float32(2**60 + 2**37))


def test_numpys_buffer_is_left_as_it_was():
    before = np.getbufsize()
    scaled(fit_scaler("standard", X), X)
    assert np.getbufsize() == before


def test_an_offset_that_float32_cannot_hold_is_taken_off_whole():
    """1e6 + 0.03 is no float32; the cells are, and lie within 1 of it."""
    rows = (1e6 + np.array([[-0.5], [0.0], [0.5]])).astype(np.float32)
    scaler = Scaler("standard", np.array([1e6 + 0.03]), np.array([2.0]))
    in_place = rows.copy()
    assert scale_rows(scaler, in_place, in_place)
    np.testing.assert_allclose(in_place, (rows.astype(np.float64) - (1e6 + 0.03)) * 2, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_cell_that_cannot_be_used_is_told(dtype, in_place):
    def scales(scaler, cells, allows_missing):
        rows = np.array(cells, np.float32 if in_place else dtype)
        out = rows if in_place else np.empty(rows.shape, np.float32)
        return scale_rows(scaler, rows, out, allows_missing=allows_missing) and out.tolist()

    scaler = Scaler("center", np.zeros(2), np.ones(2))
    filling = Scaler("center", np.ones(2), np.ones(2), np.full(2, 3.0))
    assert not scales(scaler, [[1.0, np.nan]], allows_missing=False)
    assert scales(filling, [[1.0, np.nan]], allows_missing=True) == [[0.0, 2.0]]
    for allowed in (False, True):
        for cell in (np.inf, -np.inf):
            for each in (scaler, filling, Scaler(None, np.zeros(2), np.ones(2))):
                assert not scales(each, [[cell, 0.0]], allows_missing=allowed)
    kept = scales(scaler, [[np.nan, 5.0]], allows_missing=True)
    assert np.isnan(kept[0][0])
    assert kept[0][1] == 5.0
    assert not scales(Scaler("minmax", np.zeros(1), np.full(1, 1e30)), [[1e30]], allows_missing=False)


@pytest.mark.parametrize("factor", [1.0, 1e-30])
def test_a_cell_that_float32_cannot_hold_is_told_though_it_fits_once_scaled(factor):
    scaler = Scaler("minmax", np.zeros(1), np.full(1, factor))
    for cell in (4e38, -1e300):
        assert not scale_rows(scaler, np.array([[cell]]), np.empty((1, 1), np.float32))
    assert scale_rows(scaler, np.array([[3e38]]), np.empty((1, 1), np.float32))


def test_many_large_cells_may_add_up_to_more_than_a_float():
    rows = np.full((100, 100), 3e38, np.float32)
    for kind in (None, "maxabs"):
        np.testing.assert_array_equal(scaled(Scaler(kind, np.zeros(100), np.ones(100)), rows), rows)


def test_columns_that_cannot_be_divided_by_are_told():
    rows = np.array([[0.0, 1.0], [1e-310, 2.0]])
    with pytest.warns(
        ConstantFeatureWarning, match=r"hold one value only, or such as differ by less than 1e-"
    ):
        scaler = scaler_of("standard", table_statistics(ArraySource(rows)))
    assert scaler.factor[0] == 1.0


@pytest.mark.parametrize("kind", ["minmax", "standard", "common"])
def test_numbers_whose_squares_are_none_are_scaled(kind):
    small = np.array([[0.0], [2.0], [4.0]])
    scalers = [scaler_of(kind, table_statistics(ArraySource(rows))) for rows in (small, small * 1e-200)]
    # The deviation of such numbers is taken for half their range, which is 2 for 0, 2 and 4 and not 1.63.
    ratio = scalers[1].factor[0] * 1e-200 / scalers[0].factor[0]
    assert ratio == pytest.approx(1.0 if kind == "minmax" else np.sqrt(8 / 3) / 2)


def test_what_does_not_fit_float64_is_said():
    scaler = Scaler("standard", np.zeros(1), np.array([1e-300]), dtype=np.dtype(np.float64))
    assert unscale_rows(scaler, np.array([[1.0]]))[0, 0] == pytest.approx(1e300)
    with pytest.raises(InputError, match="too large for float64 when scaled back by 'standard'"):
        unscale_rows(scaler, np.array([[1e9]]))
