"""Held against scikit-learn's PCA, by singular values of the rows themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from diabolo.detection import linear
from diabolo.detection.linear import (
    code_widths,
    fit_linear_autoencoders,
    fitted_bytes,
    nested_residuals_and_codes,
)


@st.composite
def tables(draw):
    """Tall and wide tables of any rank, with constant and duplicated columns."""
    n_rows, n_features = draw(st.integers(2, 30)), draw(st.integers(1, 30))
    rank = draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    rows = random.normal(size=(n_rows, rank)) @ random.normal(size=(rank, n_features)) + 3
    if draw(st.booleans()):
        rows[:, random.integers(n_features)] = 0.1
    if draw(st.booleans()):
        rows[:, random.integers(n_features)] = rows[:, random.integers(n_features)]
    return rows


def new_rows(n_features):
    return np.random.default_rng(5).normal(size=(7, n_features)) * 3


def held_against_pca(rows, fitted, tolerance):
    for own in fitted:
        width = len(own.components)
        for seen in (rows, new_rows(rows.shape[1])):
            residuals, codes = own.residuals_and_codes(seen)
            if width == 0:
                np.testing.assert_allclose(residuals, seen - rows.mean(axis=0), atol=1e-12)
                continue
            pca = PCA(width, svd_solver="full").fit(rows)
            peer = pca.transform(seen)
            np.testing.assert_allclose(residuals, seen - pca.inverse_transform(peer), atol=tolerance)
            np.testing.assert_allclose(np.abs(codes), np.abs(peer), atol=tolerance)


@settings(max_examples=80)
@given(rows=tables())
def test_residuals_and_codes_are_those_of_principal_components(rows):
    held_against_pca(rows, fit_linear_autoencoders(rows), 1e-6)


@settings(max_examples=80)
@given(rows=tables())
def test_weights_are_at_right_angles_and_no_wider_than_the_rank(rows):
    centered = rows - rows.mean(axis=0)
    rank = np.linalg.matrix_rank(centered, tol=1e-9 * max(np.linalg.norm(centered), 1e-6))
    for own in fit_linear_autoencoders(rows):
        width = len(own.components)
        assert width <= min(rank, rows.shape[1] - 1)
        np.testing.assert_allclose(own.components @ own.components.T, np.eye(width), atol=1e-9)


@pytest.mark.parametrize("shape", [(40, 16), (60, 70)], ids=["tall", "wide"])
def test_widths_are_the_root_and_scikit_learns_ninety_percent(shape):
    random = np.random.default_rng(2)
    rows = random.normal(size=shape) * np.geomspace(4, 0.01, shape[1])
    ninety = PCA(0.9, svd_solver="full").fit(rows).n_components_
    assert ninety <= shape[0] // 4
    root = round(shape[1] ** 0.5)
    assert [len(own.components) for own in fit_linear_autoencoders(rows)] == sorted({root, ninety})


@pytest.mark.parametrize(("n_rows", "most"), [(3, 1), (7, 1), (40, 10), (61, 15)])
def test_a_code_is_at_most_as_wide_as_a_quarter_of_the_rows(n_rows, most):
    rows = np.random.default_rng(4).normal(size=(n_rows, 400))
    assert max(len(own.components) for own in fit_linear_autoencoders(rows)) == most


@pytest.mark.parametrize("shape", [(40, 8), (30, 300)], ids=["tall", "wide"])
def test_left_out_residuals_are_those_of_a_fit_without_the_row(shape):
    # Held against a fit of all other rows; the leverage is that of the row in the axes, which move little.
    random = np.random.default_rng(6)
    rows = random.normal(size=(shape[0], 2)) @ random.normal(size=(2, shape[1])) * 3
    rows += random.normal(size=shape)
    for place, own in enumerate(fit_linear_autoencoders(rows)):
        residuals, codes = own.residuals_and_codes(rows)
        found = own.left_out_residuals(residuals, codes, len(rows))
        truth, seen = [], []
        for row in range(len(rows)):
            without = fit_linear_autoencoders(np.delete(rows, row, axis=0))[place]
            if len(without.components) == len(own.components):
                truth.append(np.linalg.norm(without.residuals_and_codes(rows[row : row + 1])[0]))
                seen.append(row)
        assert len(seen) > shape[0] // 2
        lengths = np.linalg.norm(found[seen], axis=1)
        plain = np.linalg.norm(residuals[seen], axis=1)
        assert np.mean(lengths) == pytest.approx(np.mean(truth), rel=0.08)
        assert np.mean(plain) < 0.95 * np.mean(truth)
        assert np.corrcoef(lengths, truth)[0, 1] > 0.9


def test_a_row_with_an_axis_of_its_own_is_as_far_off_as_it_lies():
    rows = np.zeros((20, 5))
    rows[:, 0] = np.linspace(-1, 1, 20)
    rows[7, 3] = 1000.0
    own = fit_linear_autoencoders(rows)[0]
    residuals, codes = own.residuals_and_codes(rows)
    found = own.left_out_residuals(residuals, codes, 20)
    distance = np.linalg.norm(rows[7] - np.delete(rows, 7, axis=0).mean(axis=0))
    assert np.linalg.norm(found[7]) <= distance * (1 + 1e-9)


@pytest.mark.parametrize("shape", [(90, 60), (60, 90)], ids=["tall", "wide"])
def test_large_tables_are_solved_by_a_part_of_the_spectrum(shape, monkeypatch):
    monkeypatch.setattr(linear, "_LARGE", 50)
    monkeypatch.setattr(linear, "_SOUGHT", 20)
    random = np.random.default_rng(8)
    rows = random.normal(size=shape) * 0.7 ** np.arange(shape[1])
    fitted = fit_linear_autoencoders(rows)
    assert len(fitted) == 2
    held_against_pca(rows, fitted, 1e-3)


def test_one_feature_leaves_no_code():
    (own,) = fit_linear_autoencoders(np.array([[1.0], [2.0], [6.0]]))
    residuals, codes = own.residuals_and_codes(np.array([[5.0]]))
    assert (residuals.tolist(), codes.shape) == ([[2.0]], (1, 0))


@pytest.mark.parametrize("n_rows", [1, 3, 7, 60])
@pytest.mark.parametrize("value", [0.1, 1e5 + 0.1])
def test_equal_rows_leave_no_code(n_rows, value):
    (own,) = fit_linear_autoencoders(np.full((n_rows, 4), value))
    assert own.components.shape == (0, 4)
    np.testing.assert_allclose(own.residuals_and_codes(np.zeros((1, 4)))[0], -value, rtol=1e-12)


def test_an_axis_points_where_its_largest_part_is_positive():
    for rows in (np.diag([5.0, 3.0, 1.0, 0.5]), -np.diag([5.0, 3.0, 1.0, 0.5])[:3]):
        for own in fit_linear_autoencoders(rows):
            for axis in own.components:
                assert axis[np.argmax(np.abs(axis))] > 0


@settings(max_examples=60)
@given(
    spectrum=st.lists(st.floats(1e-6, 1e3), max_size=12).map(lambda numbers: np.sort(numbers)[::-1]),
    left_out=st.floats(0, 10),
    more_features=st.integers(0, 20),
)
def test_a_waist_keeps_ninety_percent_or_all_that_may_be_kept(spectrum, left_out, more_features):
    n_features, n_rows = max(len(spectrum) + more_features, 1), 1000
    total = float(spectrum.sum()) + left_out
    most = min(n_features - 1, len(spectrum))
    root = min(round(n_features**0.5), most)
    enough = [w for w in range(1, most + 1) if spectrum[:w].sum() >= 0.9 * total * (1 - 1e-9)]
    widths = code_widths(spectrum, total, n_features, n_rows)
    assert widths == tuple(sorted({root, min(enough, default=most)}))
    assert all(0 <= width < n_features for width in widths)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_nested_networks_are_what_each_is_alone(share):
    """The first is held to its own method, which the tests above hold to scikit-learn."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(80, 30)) * np.arange(1, 31)
    rows[:40][random.random((40, 30)) < share] = np.nan
    members = fit_linear_autoencoders(rows)
    assert len(members) == 2
    for member, found in zip(
        members, nested_residuals_and_codes(members, rows, np.isnan(rows) if share else None), strict=True
    ):
        for one, own in zip(found, member.residuals_and_codes(rows), strict=True):
            np.testing.assert_allclose(one, own, rtol=1e-9, atol=1e-9)


def test_what_nested_networks_make_of_a_row_depends_on_no_row_beside_it():
    random = np.random.default_rng(0)
    rows = random.normal(size=(80, 30)) * np.arange(1, 31)
    members = fit_linear_autoencoders(rows)
    beside = rows.copy()
    beside[::2, 3] = np.nan
    for one, other in zip(
        nested_residuals_and_codes(members, rows, None),
        nested_residuals_and_codes(members, beside, np.isnan(beside)),
        strict=True,
    ):
        for whole, with_gaps in zip(one, other, strict=True):
            np.testing.assert_array_equal(whole[1::2], with_gaps[1::2])


@pytest.mark.parametrize("shape", [(400, 30), (40, 900), (2100, 2050)])
def test_axes_take_no_more_than_is_said(shape):
    rows = np.random.default_rng(0).normal(size=shape)
    held, on_the_way = fitted_bytes(*shape)
    assert fit_linear_autoencoders(rows)[-1].components.nbytes <= held < on_the_way
    assert held <= 8 * shape[1] * min(shape[1], shape[0] // 4, 256 if min(shape) > 2000 else shape[1])
