"""What was fitted never changes by ``set_params``: memory and file act by what they were fitted with."""

import copy

import jax
import numpy as np
import pytest

import diabolo
from diabolo.errors import DiaboloWarning, ParameterError
from diabolo.parameters.detector import DetectorParameters
from diabolo.parameters.families import FAMILIES
from diabolo.persistence import describe

RNG = np.random.default_rng(0)
X = RNG.uniform(0.1, 0.9, (40, 6))
GAPS = np.where(RNG.random(X.shape) < 0.05, np.nan, X)
Y = X[:, 0] * 2 + X[:, 1]
QUICK = {"max_epochs": 2, "random_state": 0}

# How each estimator is fitted: with as many of its words in use as go together.
FITS = {
    "dense": (
        diabolo.Autoencoder(
            3, hidden_layer_sizes=(5,), supervision_weight=1.0, missing="mean", noise=0.1, **QUICK
        ),
        Y,
    ),
    "denoising": (diabolo.DenoisingAutoencoder(3, hidden_layer_sizes=(5,), missing="mask", **QUICK), None),
    "sparse": (diabolo.SparseAutoencoder(8, sparsity="topk", k=2, missing="mean", **QUICK), None),
    "variational": (
        diabolo.VariationalAutoencoder(2, hidden_layer_sizes=(5,), missing="mean", scale="standard", **QUICK),
        None,
    ),
    "convolutional": (
        diabolo.ConvolutionalAutoencoder(filters=(3,), image_shape=(2, 3), missing="mean", **QUICK),
        None,
    ),
    "detector": (
        diabolo.AutoencoderDetector(normal_label=1, missing="mean", random_state=0),
        np.repeat([1, 1, 1, 0], 10),
    ),
    "deep detector": (
        diabolo.AutoencoderDetector(
            diabolo.Autoencoder(2, max_epochs=2), missing="mask", score_kind="mse", random_state=0
        ),
        None,
    ),
}

# A legal value for each parameter, unlike the one that was fitted.
OTHER = {
    "n_components": 4,
    "hidden_layer_sizes": (7, 5),
    "tied_weights": True,
    "activation": "tanh",
    "code_activation": "tanh",
    "output_activation": "tanh",
    "initializer": "he_normal",
    "encoder": jax.nn.relu,
    "decoder": jax.nn.relu,
    "callbacks": [print],
    "filters": (2, 2),
    "kernel_size": 5,
    "downsample": "stride",
    "upsample": "transposed",
    "image_shape": (3, 2),
    "bottleneck": "gaussian",
    "bottleneck_params": {},
    "beta": 2.0,
    "warmup_epochs": 3.0,
    "noise": {"kind": "masking"},
    "loss": "mae",
    "huber_delta": 2.0,
    "penalty": {"weight_decay": 0.1},
    "sparsity": "l1",
    "sparsity_weight": 0.5,
    "sparsity_target": 0.2,
    "k": 3,
    "weight_decay": 0.1,
    "supervision_weight": 0.0,
    "supervision": "classification",
    "pretrain": "layerwise",
    "pretrain_epochs": 2,
    "scale": "maxabs",
    "missing": "error",
    "optimizer": "sgd",
    "optimizer_params": {},
    "learning_rate": 0.5,
    "learning_rate_schedule": "cosine",
    "schedule_params": {},
    "max_gradient_norm": 1.0,
    "batch_size": 7,
    "max_epochs": 9,
    "shuffle": False,
    "validation_fraction": 0.2,
    "early_stopping": True,
    "n_iter_no_change": 2,
    "tol": 0.1,
    "random_state": 5,
    "device": "cpu",
    "precision": "high",
    "max_memory": "1GB",
    "verbose": 1,
    "autoencoder": "deep",
    "n_members": 2,
    "score_kind": "mahalanobis",
    "score_params": {},
    "threshold": "median+mad",
    "threshold_params": {"k": 1.0},
    "contamination": 0.2,
    "normal_label": 0,
    "unknown": "leave",
    "cv": 2,
    "held_out_fraction": 0.3,
}


def table_of(kind):
    return DetectorParameters.PARAMETERS if "detector" in kind else FAMILIES[kind].PARAMETERS


CASES = [(kind, name) for kind in FITS for name in table_of(kind)]


@pytest.fixture(scope="module")
def fitted():
    made = {}

    def of(kind):
        if kind not in made:
            estimator, y = FITS[kind]
            rows = GAPS if getattr(estimator, "missing", "error") != "error" else X
            made[kind] = copy.deepcopy(estimator).fit(rows, y)
        return copy.deepcopy(made[kind])

    return of


def answers(kind, estimator):
    """Everything that a fitted estimator says of rows."""
    if "detector" in kind:
        said = [estimator.anomaly_score(X), estimator.predict(X), estimator.feature_contributions(X)]
        said += [estimator.reconstruct(X), np.array([estimator.threshold_])]
        if kind == "detector":
            report = estimator.evaluate(X, FITS[kind][1])
            said += [estimator.anomaly_pvalue(X), np.array([report.accuracy, report.roc_auc])]
        return said
    codes = estimator.transform(GAPS)
    said = [codes, estimator.reconstruct(GAPS), estimator.inverse_transform(codes)]
    said += [estimator.reconstruction_error(GAPS), np.array([estimator.score(GAPS)])]
    said += [np.asarray(list(estimator.get_feature_names_out()))]
    if kind == "dense":
        said += [estimator.predict(GAPS), estimator.feature_importances_]
    if kind == "variational":
        said.append(estimator.sample(3, random_state=0))
    return said


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def other(kind, name):
    """Return a legal value unlike the one that was fitted: one chosen above, or the first that may be."""
    if name in OTHER:
        return OTHER[name]
    each = table_of(kind)[name]
    candidates = [*each.kind.names, True, False, 3, 0.3, 2.5, (7, 5), {}]
    return next(value for value in candidates if each.kind.holds(value) and value != each.default)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_set_params_reaches_the_next_fit_alone(fitted, tmp_path, kind, name):
    estimator = fitted(kind)
    before = estimator.get_params(deep=False)
    assert before[name] is not other(kind, name)
    expected = answers(kind, estimator)
    diabolo.save(estimator, tmp_path / "before.diabolo")
    estimator.set_params(**{name: other(kind, name)})
    assert_same(answers(kind, estimator), expected)
    diabolo.save(estimator, tmp_path / "after.diabolo")
    loaded = diabolo.load(tmp_path / "after.diabolo")
    assert_same(answers(kind, loaded), expected)
    if name != "verbose":  # which is no property of a model
        assert describe(tmp_path / "after.diabolo") == describe(tmp_path / "before.diabolo")
    assert estimator.get_params(deep=False)[name] == other(kind, name)


def test_a_nested_estimator_is_kept_too(fitted):
    detector = fitted("deep detector")
    expected = answers("deep detector", detector)
    detector.set_params(autoencoder__activation="tanh", autoencoder__scale="standard")
    assert_same(answers("deep detector", detector), expected)


# The examples of what used to go wrong, each by itself.


def test_an_activation_set_after_a_fit_does_not_reach_the_file(tmp_path):
    autoencoder = diabolo.Autoencoder(2, **QUICK).fit(X)
    codes = autoencoder.transform(X)
    diabolo.save(autoencoder.set_params(activation="tanh"), tmp_path / "m.diabolo")
    loaded = diabolo.load(tmp_path / "m.diabolo")
    np.testing.assert_array_equal(loaded.transform(X), codes)
    assert loaded.activation == "relu"


def test_missing_set_after_a_fit_lets_no_gap_in():
    autoencoder = diabolo.Autoencoder(2, **QUICK).fit(X)
    autoencoder.set_params(missing="mean")
    with pytest.raises(diabolo.errors.InputError, match="contains NaN"):
        autoencoder.transform(GAPS)


def test_a_score_set_after_a_fit_leaves_scores_under_their_line():
    detector = diabolo.AutoencoderDetector(random_state=0).fit(X)
    scores = detector.anomaly_score(X)
    detector.set_params(score_kind="squared_error")
    np.testing.assert_array_equal(detector.anomaly_score(X), scores)


# Between two calls of partial_fit


def trained(**changes):
    """Train for two epochs with a change before the second, and return the second's network."""
    autoencoder = diabolo.Autoencoder(
        3, hidden_layer_sizes=(5,), noise=0.1, penalty={"weight_decay": 0.01}, random_state=0
    )
    autoencoder.partial_fit(X)
    autoencoder.set_params(**changes).partial_fit(X)
    return jax.tree.leaves(autoencoder.network_)


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.1},
        {"batch_size": 5},
        {"noise": 0.8},
        {"noise": None},
        {"noise": {"kind": "masking", "fraction": 0.5}},
        {"penalty": {"weight_decay": 5.0}},
        {"penalty": {"l1_sparsity": 1.0}},
        {"penalty": None},
        {"learning_rate_schedule": "step", "schedule_params": {"epochs": 1}},
        {"max_gradient_norm": 1e-3},
    ],
    ids=str,
)
def test_what_partial_fit_heeds_moves_the_result(changes):
    plain, moved = trained(), trained(**changes)
    assert any(np.abs(np.asarray(a) - np.asarray(b)).max() > 1e-7 for a, b in zip(plain, moved, strict=True))


@pytest.mark.parametrize("changes", [{"verbose": 0}, {"n_iter_no_change": 3}, {"max_epochs": 200}], ids=str)
def test_what_does_not_matter_to_an_epoch_changes_nothing(changes):
    for one, other in zip(trained(), trained(**changes), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_optimizers_arrays_live_on_through_a_change():
    # A velocity of two steps and one of a single step differ by nearly twice, with a momentum of 0.9.
    autoencoder = diabolo.Autoencoder(
        2,
        hidden_layer_sizes=(),
        initializer="glorot_uniform",
        optimizer="sgd",
        learning_rate=1e-3,
        batch_size=40,
        shuffle=False,
        random_state=0,
    )
    autoencoder.partial_fit(X)
    again = copy.deepcopy(autoencoder)  # whose optimizer starts anew
    autoencoder.partial_fit(X)
    first = np.asarray(autoencoder.network_.encoder[0].weight)
    autoencoder.set_params(learning_rate=2e-3).partial_fit(X)
    kept = np.asarray(autoencoder.network_.encoder[0].weight) - first
    again.partial_fit(X)
    anew = copy.deepcopy(again)
    start = np.asarray(anew.network_.encoder[0].weight)
    anew.set_params(learning_rate=2e-3).partial_fit(X)
    fresh = np.asarray(anew.network_.encoder[0].weight) - start
    assert np.linalg.norm(kept) > 1.5 * np.linalg.norm(fresh)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loss", "absolute_error"),
        ("activation", "tanh"),
        ("n_components", 2),
        ("scale", "standard"),
        ("optimizer", "sgd"),
        ("bottleneck", "gaussian"),
        ("missing", "mean"),
        ("device", "cpu"),
        ("precision", "high"),
        ("max_memory", "1GB"),
        ("supervision_weight", 1.0),
    ],
)
def test_what_partial_fit_cannot_heed_is_refused(name, value):
    autoencoder = diabolo.Autoencoder(3, random_state=0).partial_fit(X)
    fitted = autoencoder.get_params()[name]
    autoencoder.set_params(**{name: value})
    with pytest.raises(ParameterError) as raised:
        autoencoder.partial_fit(X)
    assert str(raised.value) == (
        f"Autoencoder: {name}={value!r} cannot go on with what was trained with {name}={fitted!r}; set it "
        "back, or call fit, which starts anew."
    )
    autoencoder.set_params(**{name: fitted}).partial_fit(X)
    assert autoencoder.n_epochs_ == 2


def test_another_name_of_the_same_value_is_no_change():
    autoencoder = diabolo.Autoencoder(2, hidden_layer_sizes=(5,), loss="mse", random_state=0).partial_fit(X)
    autoencoder.set_params(
        n_components=np.int64(2), hidden_layer_sizes=[5], loss="squared_error"
    ).partial_fit(X)
    assert autoencoder.n_epochs_ == 2


def test_a_schedule_that_has_come_to_nothing_says_so():
    autoencoder = diabolo.Autoencoder(2, learning_rate_schedule="cosine", max_epochs=2, random_state=0)
    autoencoder.partial_fit(X).partial_fit(X)
    with pytest.raises(ParameterError, match="the step size is 0 after max_epochs=2, and nothing more would"):
        autoencoder.partial_fit(X)
    autoencoder.set_params(max_epochs=10).partial_fit(X)
    assert autoencoder.history_["learning_rate"][-1] > 0


def test_a_cosine_at_its_end_says_how_large_its_steps_stay():
    autoencoder = diabolo.Autoencoder(
        2,
        learning_rate=0.01,
        learning_rate_schedule="cosine",
        schedule_params={"final_fraction": 0.1},
        max_epochs=2,
        random_state=0,
    )
    autoencoder.partial_fit(X).partial_fit(X)
    with pytest.warns(DiaboloWarning) as caught:
        autoencoder.partial_fit(X)
    assert [str(each.message) for each in caught] == [
        "Autoencoder: learning_rate_schedule='cosine' has come to its end after max_epochs=2, and the step "
        "size stays 0.001; set a larger max_epochs or another schedule."
    ]
    assert autoencoder.history_["learning_rate"][-1] == pytest.approx(0.001)
    autoencoder.set_params(max_epochs=10).partial_fit(X)
