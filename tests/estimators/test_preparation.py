"""What is settled before the first step, by fit, by partial_fit and for members, in one place."""

import jax
import numpy as np
import pytest

from diabolo import Autoencoder, DenoisingAutoencoder
from diabolo.errors import InputError, ParameterError
from diabolo.estimators import _preparation
from diabolo.estimators._members import train_members
from diabolo.estimators._preparation import prepared, seed_of

X = np.random.default_rng(0).random((30, 5))
QUICK = {"hidden_layer_sizes": (4,), "max_epochs": 1, "random_state": 0}


def test_a_fit_and_a_first_partial_fit_settle_the_same():
    whole = prepared(Autoencoder(scale="standard", **QUICK), X, None, None)
    partial = prepared(Autoencoder(scale="standard", **QUICK), X, None, None, is_partial=True)
    for one, other in zip(jax.tree.leaves(whole.network), jax.tree.leaves(partial.network), strict=True):
        np.testing.assert_array_equal(one, other)
    for name in ("seed", "n_components", "bottleneck", "output_activation", "objective"):
        assert getattr(whole, name) == getattr(partial, name)
    np.testing.assert_array_equal(whole.training.table.scaler.factor, partial.training.table.scaler.factor)


def test_nothing_is_left_on_the_estimator():
    autoencoder = Autoencoder(**QUICK)
    preparation = prepared(autoencoder, X, None, None)
    assert {name for name in vars(autoencoder) if name not in autoencoder.get_params()} == {"n_features_in_"}
    assert preparation.seed == seed_of(autoencoder)


def test_rows_are_parted_and_those_of_no_weight_are_not_trained_on():
    weights = np.ones(30)
    weights[:20] = 0
    preparation = prepared(Autoencoder(validation_fraction=0.5, **QUICK), X, None, weights)
    training, held_out = preparation.training.chosen, preparation.validation.chosen
    assert len(held_out) == 15
    assert set(training) == set(range(20, 30)) - set(held_out)
    assert preparation.validation.table is preparation.training.table
    source, measured = preparation.sources()
    assert (source.n_rows, measured.n_rows) == (len(training), 15)
    apart = prepared(Autoencoder(**QUICK), X, None, weights, X[:7])
    assert apart.validation.table is not apart.training.table
    assert (len(apart.training.chosen), len(apart.validation.chosen)) == (10, 7)
    assert apart.validation.sample_weight is None


def test_later_calls_settle_nothing_anew(monkeypatch):
    autoencoder = DenoisingAutoencoder(noise={"kind": "masking", "fill": "mean"}, **QUICK).partial_fit(X)
    engine = autoencoder._engine
    for name in ("planned_memory", "new_model", "new_objective", "fit_placement"):
        monkeypatch.setattr(_preparation, name, None)
    preparation = prepared(autoencoder, X, None, None, is_partial=True)
    assert preparation.network is autoencoder.network_.network
    assert preparation.objective is engine.objective
    assert preparation.placement is engine.placement
    assert preparation.training.table.scaler is autoencoder.scaler_
    autoencoder.partial_fit(X)
    assert autoencoder._engine is engine


def test_a_device_that_is_not_there_leaves_nothing_half_made():
    autoencoder = Autoencoder(device="quantum", **QUICK)
    with pytest.raises(ParameterError, match="device='quantum' is not present"):
        autoencoder.partial_fit(X)
    assert not hasattr(autoencoder, "network_")
    autoencoder.set_params(device=None).partial_fit(X * 2)
    np.testing.assert_array_equal(
        autoencoder.transform(X), Autoencoder(**QUICK).partial_fit(X * 2).transform(X)
    )


def test_members_are_refused_what_one_is_refused():
    weights = np.ones(30)
    held_out = prepared(Autoencoder(validation_fraction=0.2, **QUICK), X, None, None).validation.chosen
    weights[held_out] = 0
    members = [Autoencoder(validation_fraction=0.2, **QUICK) for _ in range(2)]
    with pytest.raises(InputError, match="every row left to validate on has sample weight zero"):
        train_members(members, X, weights)
