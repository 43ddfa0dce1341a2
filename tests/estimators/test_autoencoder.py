"""The dense autoencoder: what it learns, and that each knob moves it."""

import pickle
import subprocess
import sys

import jax
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.linalg import subspace_angles
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from diabolo import Autoencoder
from diabolo.core.randomness import random_for
from diabolo.data.hold_out import split_rows
from diabolo.errors import ConstantFeatureWarning, TrainingDivergedError
from diabolo.estimators._preparation import seed_of

QUICK = {"hidden_layer_sizes": (8,), "max_epochs": 4, "random_state": 0}


def same_parameters(one, other):
    pairs = zip(jax.tree.leaves(one.network_), jax.tree.leaves(other.network_), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_linear_tied_autoencoder_spans_the_subspace_of_pca(digits):
    X = digits[0] - digits[0].mean(axis=0)
    settings = {"hidden_layer_sizes": (), "activation": "linear", "tied_weights": True, "random_state": 0}
    settings["initializer"] = "glorot_uniform"
    autoencoder = Autoencoder(
        5, batch_size=64, max_epochs=250, learning_rate=1e-2, learning_rate_schedule="cosine", **settings
    ).fit(X)
    pca = PCA(5).fit(X)

    def largest_angle(fitted):
        weight = np.asarray(fitted.network_.encoder[0].weight)
        return np.degrees(subspace_angles(weight, pca.components_.T)).max()

    assert largest_angle(autoencoder) < 2.0
    # PCA's reconstruction is the best there is (Eckart and Young, 1936).
    best = np.mean((X - pca.inverse_transform(pca.transform(X))) ** 2)
    assert best * 0.9999 < -autoencoder.score(X) < best * 1.001
    assert largest_angle(Autoencoder(5, max_epochs=1, batch_size=256, **settings).fit(X)) > 45


def test_digits_are_rebuilt_better_than_by_pca(digits):
    X, _ = digits
    autoencoder = Autoencoder(n_components=2, max_epochs=60, random_state=0).fit(X)
    pca = PCA(2).fit(X)
    assert -autoencoder.score(X) < np.mean((X - pca.inverse_transform(pca.transform(X))) ** 2)
    assert autoencoder.history_["loss"][-1] < 0.9 * autoencoder.history_["loss"][0]


def test_fitted_attributes(digits):
    X, _ = digits
    autoencoder = Autoencoder(3, **QUICK).fit(X[:200])
    assert autoencoder.n_components_ == 3
    assert autoencoder.n_features_in_ == 64
    assert autoencoder.n_epochs_ == autoencoder.best_epoch_ == 4
    assert autoencoder.n_parameters_ == 64 * 8 + 8 + 8 * 3 + 3 + 3 * 8 + 8 + 8 * 64 + 64
    assert set(autoencoder.history_) == {"loss", "mean_absolute_error", "learning_rate", "seconds"}
    assert all(len(column) == 4 for column in autoencoder.history_.values())


@pytest.mark.parametrize(
    ("settings", "shift", "expected"),
    [
        ({}, 0.0, "linear"),
        ({"scale": "minmax"}, 0.0, "linear"),
        ({"initializer": "glorot_uniform"}, 0.0, "sigmoid"),
        ({"initializer": "glorot_uniform"}, 5.0, "linear"),
        ({"activation": "tanh", "scale": "minmax"}, 5.0, "sigmoid"),
        ({"activation": "tanh", "scale": "standard"}, 0.0, "linear"),
        ({"activation": "linear"}, 0.0, "linear"),
        ({"loss": "binary_cross_entropy"}, 0.0, "sigmoid"),
        ({"output_activation": "tanh"}, 0.0, "tanh"),
    ],
)
def test_output_activation_follows_loss_and_range(settings, shift, expected):
    X = np.random.default_rng(0).uniform(size=(40, 6)) + shift
    autoencoder = Autoencoder(**{**QUICK, **settings}).fit(X)
    assert autoencoder.output_activation_ == expected
    assert autoencoder.output_activation == settings.get("output_activation", "auto")


KNOBS = {
    "n_components": 3,
    "hidden_layer_sizes": (5,),
    "activation": "tanh",
    "code_activation": "sigmoid",
    "output_activation": "tanh",
    "tied_weights": True,
    "initializer": "he_normal",
    "loss": "absolute_error",
    "scale": "standard",
    "optimizer": "rmsprop",
    "optimizer_params": {"beta_1": 0.5},
    "learning_rate": 1e-2,
    "learning_rate_schedule": "cosine",
    "max_gradient_norm": 1e-9,
    "batch_size": 16,
    "max_epochs": 5,
    "shuffle": False,
    "validation_fraction": 0.2,
    "random_state": 1,
}


@pytest.mark.parametrize("name", KNOBS)
def test_each_knob_moves_the_result(name, rows):
    base = {**QUICK, "batch_size": 8}
    plain = Autoencoder(**base).fit(rows).reconstruct(rows)
    moved = Autoencoder(**{**base, name: KNOBS[name]}).fit(rows).reconstruct(rows)
    assert not np.allclose(plain, moved, rtol=1e-3)


def test_huber_delta_moves_the_result(rows):
    fits = [Autoencoder(loss="huber", huber_delta=delta, **QUICK).fit(rows) for delta in (0.1, 2.0)]
    assert fits[0].history_["loss"][0] < fits[1].history_["loss"][0]


@pytest.mark.parametrize(
    ("schedule", "settings", "expected"),
    [
        ("step", {"epochs": 2, "factor": 0.5}, [1e-3, 1e-3, 5e-4, 5e-4]),
        ("constant", None, [1e-3] * 4),
        ("cosine", {"final_fraction": 1.0}, [1e-3] * 4),
    ],
)
def test_history_tells_the_learning_rate(schedule, settings, expected, rows):
    fitted = Autoencoder(learning_rate_schedule=schedule, schedule_params=settings, **QUICK).fit(rows)
    np.testing.assert_allclose(fitted.history_["learning_rate"], expected)


def test_same_seed_same_bits_and_another_seed_others(rows):
    one, same, other = (Autoencoder(**{**QUICK, "random_state": seed}).fit(rows) for seed in (3, 3, 4))
    assert same_parameters(one, same)
    assert not same_parameters(one, other)


def test_same_seed_same_bits_in_two_processes():
    code = (
        "import hashlib, jax, numpy as np\nfrom diabolo import Autoencoder\n"
        "from diabolo.datasets import load_digits\n"
        "fitted = Autoencoder(max_epochs=2, validation_fraction=0.1, random_state=5)\n"
        "fitted.fit(load_digits()[0])\n"
        "print(hashlib.sha256(b''.join(np.asarray(leaf).tobytes()"
        " for leaf in jax.tree.leaves(fitted.network_))).hexdigest())"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second


def test_fit_leaves_the_global_generator_alone(rows):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    Autoencoder(**QUICK).fit(rows)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_validation_rows_are_never_trained_on(rows):
    held = {**QUICK, "validation_fraction": 0.25}
    autoencoder = Autoencoder(**held).fit(rows)
    seed = int(random_for(seed_of(autoencoder), "split").integers(2**31))
    _, held_out = split_rows(60, 0.25, seed)
    spoilt = rows.copy()
    spoilt[held_out] = 100.0
    other = Autoencoder(**held).fit(spoilt)
    assert same_parameters(autoencoder, other)
    assert other.history_["validation_loss"][0] > 100 * autoencoder.history_["validation_loss"][0]
    assert same_parameters(*(Autoencoder(scale="minmax", **held).fit(X) for X in (rows, spoilt)))


def test_given_validation_rows_are_measured(rows):
    fitted = Autoencoder(scale=None, **QUICK).fit(rows, X_validation=rows[:10])
    expected = np.mean((rows[:10].astype(np.float64) - fitted.reconstruct(rows[:10])) ** 2)
    assert fitted.history_["validation_loss"][-1] == pytest.approx(expected, rel=1e-5)
    mean_absolute = fitted.reconstruction_error(rows[:10], metric="absolute_error").mean()
    assert fitted.history_["validation_mean_absolute_error"][-1] == pytest.approx(mean_absolute, rel=1e-5)


def test_early_stopping_restores_the_best_epoch(rows):
    settings = {**QUICK, "max_epochs": 200, "learning_rate": 0.05, "batch_size": 8}
    settings["initializer"] = "glorot_uniform"
    stopped = Autoencoder(early_stopping=True, n_iter_no_change=5, **settings).fit(rows)
    validation = stopped.history_["validation_loss"]
    assert stopped.n_epochs_ == len(validation) < 200
    assert stopped.best_epoch_ == int(np.argmin(validation)) + 1
    again = Autoencoder(validation_fraction=0.1, **{**settings, "max_epochs": stopped.best_epoch_}).fit(rows)
    assert same_parameters(stopped, again)


def test_patience_and_tolerance_move_the_stop(rows):
    settings = {**QUICK, "max_epochs": 60, "early_stopping": True, "initializer": "glorot_uniform"}
    short, long = (Autoencoder(n_iter_no_change=n, tol=0.9, **settings).fit(rows) for n in (2, 6))
    assert long.n_epochs_ - short.n_epochs_ == 4
    assert Autoencoder(n_iter_no_change=2, tol=0.0, **settings).fit(rows).n_epochs_ > short.n_epochs_


@pytest.mark.parametrize("scale", ["minmax", "standard", "maxabs"])
def test_scale_is_learned_and_undone(scale, rows):
    X = rows * 1000 + 50
    settings = {**QUICK, "max_epochs": 150, "learning_rate": 1e-2, "activation": "tanh"}
    autoencoder = Autoencoder(3, scale=scale, **settings).fit(X)
    assert -autoencoder.score(X) < 0.2 * X.var()
    there_and_back = autoencoder.inverse_transform(autoencoder.transform(X))
    np.testing.assert_allclose(there_and_back, autoencoder.reconstruct(X), rtol=1e-4, atol=1e-2)


def test_constant_column_with_a_scaler_is_named(rows):
    frame = pd.DataFrame(rows, columns=list("abcdef"))
    frame["c"] = 3.0
    with pytest.warns(ConstantFeatureWarning, match="'c'"):
        fitted = Autoencoder(scale="standard", **QUICK).fit(frame)
    assert np.isfinite(fitted.reconstruct(frame)).all()


def test_sample_weights_count_as_repetition(rows):
    X, weights = rows[:12], np.array([0, 1, 2, 1, 3, 1, 1, 1, 2, 1, 1, 0])
    repeated = np.repeat(X, weights, axis=0)[::-1]
    random = Autoencoder(initializer="glorot_uniform", **QUICK)
    assert same_parameters(clone(random).fit(X, sample_weight=weights), random.fit(repeated))
    # The principal components of weighted rows are those of repeated ones but for their rounding.
    for settings in (QUICK, {**QUICK, "max_epochs": "auto"}):
        one = Autoencoder(**settings).fit(X, sample_weight=weights)
        other = Autoencoder(**settings).fit(repeated)
        np.testing.assert_allclose(one.reconstruct(X), other.reconstruct(X), rtol=1e-3, atol=1e-3)


def test_sample_weights_pull_the_fit_in_small_batches(rows):
    weights = np.where(np.arange(60) < 30, 20.0, 0.05)
    settings = {**QUICK, "max_epochs": 100, "batch_size": 8}
    errors = Autoencoder(1, **settings).fit(rows, sample_weight=weights).reconstruction_error(rows)
    plain = Autoencoder(1, **settings).fit(rows).reconstruction_error(rows)
    assert errors[:30].mean() < plain[:30].mean()
    assert errors[30:].mean() > plain[30:].mean()


def test_reconstruction_error_is_the_mean_over_features(rows):
    autoencoder = Autoencoder(scale="standard", **QUICK).fit(rows)
    rebuilt = autoencoder.reconstruct(rows).astype(np.float64)
    cells = autoencoder.reconstruction_error(rows, per_feature=True)
    np.testing.assert_allclose(cells, (rows - rebuilt) ** 2, atol=1e-6)
    np.testing.assert_allclose(autoencoder.reconstruction_error(rows), cells.mean(axis=1))
    absolute = autoencoder.reconstruction_error(rows, metric="absolute_error", per_feature=True)
    np.testing.assert_allclose(absolute**2, cells, rtol=1e-9)
    assert autoencoder.score(rows) == pytest.approx(-cells.mean())


def test_results_do_not_depend_on_neighboring_rows(digits):
    X, _ = digits
    autoencoder = Autoencoder(**QUICK).fit(X[:300])
    whole = autoencoder.reconstruct(X)
    assert np.array_equal(autoencoder.reconstruct(X[777:778]), whole[777:778])
    assert np.array_equal(autoencoder.transform(X[::-1])[::-1], autoencoder.transform(X))


def test_partial_fit_continues(rows):
    autoencoder = Autoencoder(**QUICK)
    losses = [autoencoder.partial_fit(rows).history_["loss"][-1] for _ in range(30)]
    assert autoencoder.n_epochs_ == 30
    assert losses[-1] < losses[0]
    assert same_parameters(autoencoder, Autoencoder(**{**QUICK, "max_epochs": 30}).fit(rows))


def test_partial_fit_after_fit_and_after_pickling(rows):
    fitted = Autoencoder(validation_fraction=0.2, **QUICK).fit(rows)
    before = fitted.reconstruct(rows)
    copy = pickle.loads(pickle.dumps(fitted))
    fitted.partial_fit(rows)
    copy.partial_fit(rows)
    assert same_parameters(fitted, copy)
    assert not np.array_equal(before, fitted.reconstruct(rows))
    assert len(fitted.history_["loss"]) == len(fitted.history_["validation_loss"]) == 5
    assert np.isnan(fitted.history_["validation_loss"][-1])


def test_a_fit_after_partial_fit_starts_anew(rows):
    autoencoder = Autoencoder(**QUICK).partial_fit(rows).fit(rows)
    assert same_parameters(autoencoder, Autoencoder(**QUICK).fit(rows))


def test_divergence_says_where_and_what_to_try(rows):
    autoencoder = Autoencoder(optimizer="sgd", learning_rate=1e6, batch_size=8, **QUICK)
    with pytest.raises(TrainingDivergedError) as caught:
        autoencoder.fit(rows)
    message = str(caught.value)
    assert "in epoch 1, batch" in message
    assert (
        "of 8; try a lower learning_rate (now 1e+06), or max_gradient_norm=1.0, or scale='standard'"
        in message
    )
    assert np.isfinite(autoencoder.network_.encoder[0].weight).all()


def test_pipeline_grid_search_and_clone_with_two_jobs():
    X = load_iris().data
    random = Autoencoder(initializer="glorot_uniform", **{**QUICK, "max_epochs": 60})
    pipeline = make_pipeline(StandardScaler(), random)
    grid = {"autoencoder__n_components": [1, 3], "autoencoder__learning_rate": [1e-3, 1e-2]}
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2).fit(X)
    assert search.best_params_ == {"autoencoder__n_components": 3, "autoencoder__learning_rate": 1e-2}
    assert clone(pipeline).get_params()["autoencoder__hidden_layer_sizes"] == (8,)


def test_set_output_gives_data_frames(rows):
    frame = pd.DataFrame(rows, columns=list("abcdef"), index=range(100, 160))
    codes = Autoencoder(**QUICK).set_output(transform="pandas").fit_transform(frame)
    assert list(codes.columns) == ["autoencoder0", "autoencoder1"]
    assert list(codes.index) == list(frame.index)
    fitted = Autoencoder(**QUICK).set_output(transform="polars").fit(pl.DataFrame(rows))
    assert isinstance(fitted.transform(pl.DataFrame(rows)), pl.DataFrame)
    assert list(fitted.get_feature_names_out()) == ["autoencoder0", "autoencoder1"]


def test_integers_booleans_and_half_floats_are_numbers():
    X = np.random.default_rng(0).integers(0, 2, size=(40, 6))
    expected = Autoencoder(**QUICK).fit(X.astype(np.float32)).transform(X)
    for dtype in (bool, np.uint8, np.int64, np.float16, np.float64):
        assert np.array_equal(Autoencoder(**QUICK).fit(X.astype(dtype)).transform(X.astype(dtype)), expected)


def test_fit_does_not_change_the_rows():
    X = np.random.default_rng(0).normal(size=(5000, 256)).astype(np.float32)
    before = X.copy()
    Autoencoder(scale="standard", **{**QUICK, "max_epochs": 1}).fit(X)
    Autoencoder(**{**QUICK, "max_epochs": 1}).fit(X)
    assert np.array_equal(X, before)


def test_summary_counts_parameters(rows):
    fitted = Autoencoder(3, tied_weights=True, **QUICK).fit(rows)
    text = fitted.summary()
    assert "6 -> 8" in text
    assert "(matrix tied)" in text
    assert text.splitlines()[-2].startswith(f"{fitted.n_parameters_} parameters")
    assert text.splitlines()[-1] == "starts at principal components"
    assert fitted.n_parameters_ == 6 * 8 + 8 + 8 * 3 + 3 + 8 + 6


def test_verbose_prints_every_n_epochs(rows, capsys):
    Autoencoder(verbose=2, **{**QUICK, "max_epochs": 5}).fit(rows)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["1/5", "2/5", "4/5", "5/5"]
    assert "rows/s" in lines[0]
    Autoencoder(verbose="bar", **QUICK).fit(rows)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
