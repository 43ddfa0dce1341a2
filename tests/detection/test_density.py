"""Held against scikit-learn's nearest neighbors."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from diabolo.detection.density import fit_code_density

shapes = st.tuples(st.integers(1, 300), st.integers(1, 5), st.integers(0, 99))


@settings(max_examples=60)
@given(shape=shapes)
@example(shape=(1, 2, 0))
def test_it_is_the_distance_to_the_last_of_the_nearest_quarter(shape):
    n_rows, width, seed = shape
    random = np.random.default_rng(seed)
    codes, others = random.normal(size=(n_rows, width)) + 50, random.normal(size=(20, width)) * 3 + 50
    density = fit_code_density(codes)
    assert len(density.codes) == min(n_rows, 128)
    assert np.isin(density.codes[:, 0], codes[:, 0]).all()
    nearest = max(round(len(density.codes) / 4), 1)
    # A tree takes differences; by products of rows, a code of one would lie 1e-6 from itself.
    peer = NearestNeighbors(algorithm="kd_tree").fit(density.codes)
    own = peer.kneighbors(density.codes, min(nearest + 1, n_rows))[0][:, -1] ** 2
    typical = np.median(own) if np.median(own) > 1e-9 * own.mean() else 1.0
    expected = peer.kneighbors(others, nearest)[0][:, -1] ** 2
    np.testing.assert_allclose(density.typical, typical, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        density.sparsity(others), np.log2(1 + expected / typical), rtol=1e-6, atol=1e-8
    )


def test_a_code_as_far_off_as_is_typical_has_one():
    random = np.random.default_rng(0)
    codes = random.normal(size=(128, 2))
    assert np.median(fit_code_density(codes).sparsity(random.normal(size=(4000, 2)))) == pytest.approx(
        1, abs=0.15
    )


def test_a_group_of_anomalies_among_the_known_rows_does_not_stand_for_its_like():
    random = np.random.default_rng(0)
    codes = np.append(random.normal(size=(180, 2)), random.normal(size=(20, 2)) * 0.1 + 8, axis=0)
    density = fit_code_density(codes)
    normal, odd = density.sparsity(codes[:180]), density.sparsity(codes[180:])
    assert odd.min() > np.quantile(normal, 0.99)


def test_the_bits_of_a_code_are_its_own():
    random = np.random.default_rng(0)
    density, codes = fit_code_density(random.normal(size=(200, 7))), random.normal(size=(50, 7))
    alone = [density.sparsity(codes[[row]])[0] for row in range(50)]
    np.testing.assert_array_equal(density.sparsity(codes), alone)


@pytest.mark.parametrize("codes", [np.zeros((5, 0)), np.ones((5, 3)), np.ones((1, 2))])
def test_codes_that_say_nothing_add_nothing(codes):
    assert (fit_code_density(codes).sparsity(codes) == 0).all()
