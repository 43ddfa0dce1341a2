"""Losses, penalties, optimizers and schedules of one's own in every estimator, beside Diabolo's own."""

import functools
import pickle
import re
from pathlib import Path

import cloudpickle
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import diabolo
from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    Checkpoint,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.cli import main
from diabolo.errors import CheckpointError, InterruptedWarning, ParameterError, TrainingDivergedError
from diabolo.training.engine import Engine
from diabolo.training.epoch import TRACES

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-loss.md"
RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(size=(30, 6)).astype(np.float32)
GAPS = np.where(RANDOM.uniform(size=X.shape) < 0.2, np.nan, X)
WEIGHTS = RANDOM.uniform(size=30)
TEXT = pandas.DataFrame(X, columns=list("abcdef")).assign(g=list("xyz" * 10))
QUICK = {"max_epochs": 2, "batch_size": 8, "random_state": 0, "learning_rate": 0.01}
OWN = {name: value for name, value in QUICK.items() if name != "learning_rate"}


def squared(output, target):
    return (output - target) ** 2


def absolute(code):
    return jnp.sum(jax.lax.max(code, -code))


def sparse(code, weights):
    return weights @ jnp.sum(jax.lax.max(code, -code), axis=1)


def half_of_squares(code, weights, network):
    return 0.5 * sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(network) if leaf.ndim >= 2)


def largest_difference(one, other):
    pairs = zip(jax.tree.leaves(one.network_), jax.tree.leaves(other.network_), strict=True)
    return max(np.abs(np.asarray(first) - np.asarray(second)).max() for first, second in pairs)


slow = pytest.mark.slow


def others_slow(names, *quick):
    """Mark as slow all that are not among those to be run always."""
    return [name if name in quick else pytest.param(name, marks=slow) for name in names]


def fitted(make, changes, *given, **named):
    return make(**changes).fit(*given, **named)


AE = functools.partial(Autoencoder, 2, **QUICK)
KINDS = {
    "dense": (AE, (X,), {}),
    "tied": (functools.partial(AE, tied_weights=True), (X,), {}),
    "deep, from a random start": (
        functools.partial(AE, hidden_layer_sizes=(8, 4), initializer="glorot_uniform"),
        (X,),
        {},
    ),
    "denoising": (functools.partial(DenoisingAutoencoder, 2, **QUICK), (X,), {}),
    "sparse": (functools.partial(SparseAutoencoder, 8, **QUICK), (X,), {}),
    "top-k": (functools.partial(SparseAutoencoder, 8, sparsity="topk", **QUICK), (X,), {}),
    "variational": (functools.partial(VariationalAutoencoder, 2, **QUICK), (X,), {}),
    "convolutional": (
        functools.partial(ConvolutionalAutoencoder, 3, filters=(2,), **QUICK),
        (X.reshape(-1, 2, 3),),
        {},
    ),
    "guided": (functools.partial(AE, supervision_weight=1.0), (X, X[:, 0]), {}),
    "early": (functools.partial(AE, early_stopping=True, n_iter_no_change=1), (X,), {}),
    "length": (functools.partial(Autoencoder, 2, batch_size=8, random_state=0, n_iter_no_change=1), (X,), {}),
    "validated": (AE, (X,), {"X_validation": X[:5]}),
    "weighted": (AE, (X,), {"sample_weight": WEIGHTS}),
    "missing": (functools.partial(AE, missing="mask"), (GAPS,), {}),
    "categories": (functools.partial(AE, categories=["g"]), (TEXT,), {}),
    "clipped": (functools.partial(AE, max_gradient_norm=0.1, optimizer="sgd"), (X,), {}),
}


@pytest.mark.parametrize("kind", others_slow(KINDS, "dense"))
def test_a_loss_like_a_named_one_trains_the_same_network(kind):
    make, given, named = KINDS[kind]
    expected, own = (fitted(make, {"loss": loss}, *given, **named) for loss in ("squared_error", squared))
    assert largest_difference(expected, own) < 5e-6
    assert own.history_["loss"] == pytest.approx(expected.history_["loss"], rel=1e-5)
    assert own.get_params()["loss"] is squared


@slow
def test_another_loss_trains_another_network():
    def quartic(output, target):
        return (output - target) ** 4

    fits = [fitted(AE, {"loss": loss}, X) for loss in (squared, quartic)]
    assert largest_difference(*fits) > 1e-3
    assert fits[1].score(X) == -np.mean(fits[1].reconstruction_error(X))


@slow
def test_features_of_no_weight_cost_nothing():
    def first_alone(output, target):
        return jnp.array([6.0, 0, 0, 0, 0, 0]) * (output - target) ** 2

    changes = {"max_epochs": 60, "learning_rate": 0.01, "initializer": "glorot_uniform", "scale": "standard"}
    errors = (
        Autoencoder(1, **{**QUICK, **changes}, loss=first_alone)
        .fit(X)
        .reconstruction_error(X, per_feature=True)
    )
    means = errors.mean(axis=0) / X.var(axis=0)
    assert means[0] < 0.05
    assert means[1:].min() > 0.5


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("dense", "l1_sparsity"),
        pytest.param("dense", "weight_decay", marks=slow),
        *(pytest.param(kind, "l1_sparsity", marks=slow) for kind in ("guided", "weighted", "early")),
        *(pytest.param(kind, "weight_decay", marks=slow) for kind in ("weighted", "early")),
    ],
)
def test_a_penalty_like_a_named_one_trains_the_same_network(kind, named):
    make, given, more = KINDS[kind]
    expected = fitted(make, {"penalty": {named: 0.1}}, *given, **more)
    for own in (absolute, sparse) if named == "l1_sparsity" else (half_of_squares,):
        found = fitted(make, {"penalty": {own: 0.1}}, *given, **more)
        assert largest_difference(expected, found) < 1e-5
        assert found.history_["own_penalty"] == pytest.approx(expected.history_[named], rel=1e-4)
    assert largest_difference(expected, fitted(make, {"penalty": {own: 0.2}}, *given, **more)) > 1e-6
    assert "own_penalty" not in fitted(make, {"penalty": {own: 0.0}}, *given, **more).history_


@pytest.mark.parametrize(
    "kind", others_slow(("dense", "convolutional", "guided", "missing", "clipped"), "dense")
)
def test_optax_trains_what_the_optimizer_of_its_name_does(kind):
    make, given, named = KINDS[kind]
    name = make.keywords.get("optimizer", "adam")
    expected = fitted(make, {}, *given, **named)
    keywords = {
        key: value for key, value in make.keywords.items() if key not in ("optimizer", "learning_rate")
    }
    settings = {"momentum": 0.9} if name == "sgd" else {}
    made = functools.partial(getattr(optax, name), 0.01, **settings)
    for optimizer in (made(), made):
        found = make.func(*make.args, **keywords, optimizer=optimizer).fit(*given, **named)
        assert largest_difference(expected, found) < 1e-5
    assert found.history_["learning_rate"] == [1.0, 1.0]


@slow
def test_an_optimizer_goes_through_the_choice_of_a_length():
    own = Autoencoder(2, batch_size=8, random_state=0, n_iter_no_change=1, optimizer=optax.adam(1e-3)).fit(X)
    expected = Autoencoder(2, batch_size=8, random_state=0, n_iter_no_change=1).fit(X)
    assert own.n_epochs_ == expected.n_epochs_
    assert own.history_["loss"] == pytest.approx(expected.history_["loss"], rel=1e-2)
    assert set(own.history_["learning_rate"]) <= {1.0, 0.1}


@slow
def test_optimizers_that_ask_for_more_than_gradients_get_it():
    for optimizer in (optax.polyak_sgd(0.1), optax.lbfgs(memory_size=2)):
        found = Autoencoder(
            2, optimizer=optimizer, initializer="glorot_uniform", **{**OWN, "batch_size": 30}
        ).fit(X)
        assert found.history_["loss"][-1] < found.history_["loss"][0]


def test_a_schedule_gives_the_rate_of_each_step():
    schedule = optax.linear_schedule(0.01, 0.0, 8)
    found = Autoencoder(2, learning_rate_schedule=schedule, **OWN).fit(X)
    assert found.history_["learning_rate"] == pytest.approx([0.01 * (1 - 3 / 8), 0.01 * (1 - 7 / 8)])
    constant = Autoencoder(2, learning_rate_schedule=lambda step: 0.01, **OWN).fit(X)
    assert largest_difference(constant, AE().fit(X)) < 1e-6
    assert largest_difference(constant, found) > 1e-4
    warm = Autoencoder(2, learning_rate_schedule=lambda step: 0.0 if step < 4 else 0.01, **OWN)
    assert warm.partial_fit(X).partial_fit(X).history_["learning_rate"] == [0.0, 0.01]


def test_functions_are_traced_once_whatever_the_number_of_epochs_and_fits():
    calls = []

    def loss(output, target):
        calls.append("loss")
        return (output - target) ** 2

    def penalty(code, weights):
        calls.append("penalty")
        return jnp.sum(weights @ code**2)

    settings = {"loss": loss, "penalty": {penalty: 0.1}, "optimizer": optax.sgd(0.01), "batch_size": 8}
    before = TRACES["epoch"]
    fits = Autoencoder(2, random_state=0, max_epochs=2, validation_fraction=0.2, **settings).fit(X)
    n_traced, n_calls = TRACES["epoch"], len(calls)
    assert n_traced == before + 1
    again = Autoencoder(2, random_state=0, max_epochs=7, validation_fraction=0.2, **settings).fit(X)
    # Shapes are looked at once a fit, before it.
    assert TRACES["epoch"] == n_traced
    assert len(calls) - n_calls < n_calls
    n_calls = len(calls)
    fits.partial_fit(X)
    n_calls = len(calls)
    for _ in range(3):
        fits.partial_fit(X)
    assert len(calls) == n_calls
    assert again.n_epochs_ == 7


@slow
def test_a_detector_takes_them():
    kind = {"loss": squared, "penalty": {absolute: 0.01}}
    own = AutoencoderDetector(Autoencoder(2, **kind, **QUICK), n_members=2, cv=0, random_state=0).fit(X)
    named = Autoencoder(2, penalty={"l1_sparsity": 0.01}, **QUICK)
    expected = AutoencoderDetector(named, n_members=2, cv=0, random_state=0).fit(X)
    np.testing.assert_allclose(own.score_samples(X), expected.score_samples(X), rtol=1e-4)
    by_optax = Autoencoder(2, optimizer=optax.adam(0.01), **kind, **OWN)
    found = AutoencoderDetector(by_optax, n_members=2, cv=0, random_state=0).fit(X)
    assert len(found.members_) == 2  # one after the other, so in batches of their own
    assert np.isfinite(found.score_samples(X)).all()


@slow
def test_rows_of_a_file_are_learned_from_alike(tmp_path):
    np.save(tmp_path / "x.npy", np.tile(X, (20, 1)))
    with diabolo.open(tmp_path / "x.npy") as rows:
        fits = [Autoencoder(2, loss=loss, **QUICK).fit(rows) for loss in ("squared_error", squared)]
    assert largest_difference(*fits) < 1e-5


@slow
def test_pretraining_has_it_for_the_outermost_pair():
    def weighed(output, target):
        return jnp.arange(6.0) * (output - target) ** 2

    changes = {"hidden_layer_sizes": (5, 4), "pretrain": "layerwise", "pretrain_epochs": 1}
    found = fitted(AE, {"loss": weighed, "penalty": {absolute: 0.1}, **changes}, X)
    outer, middle, inner = found.pretrain_history_
    assert "own_penalty" not in {*outer, *middle}
    assert inner["own_penalty"][0] > 0
    named = fitted(AE, changes, X)
    assert outer["loss"] != pytest.approx(named.pretrain_history_[0]["loss"], rel=1e-3)


def wide(**changes):
    rows = np.random.default_rng(3).normal(size=(8, 16_400)).astype(np.float32)
    settings = {"hidden_layer_sizes": (128,), "initializer": "glorot_uniform", "scale": None}
    return Autoencoder(2, **settings, **{**QUICK, "max_epochs": 1}, **changes).fit(rows)


@slow
def test_wide_rows_go_by_blocks_or_as_a_whole():
    def weighed(output, target):
        return jnp.ones(16_400) * (output - target) ** 2

    expected = wide()
    for loss in (squared, weighed):
        assert largest_difference(expected, wide(loss=loss)) < 1e-4


def refused(**changes):
    with pytest.raises(ParameterError) as caught:
        Autoencoder(2, **{**QUICK, **changes}).fit(X)
    return str(caught.value).removeprefix("Autoencoder: ")


CURE = (
    "; output_activation and scale keep them where it is defined, and a small number added helps where it "
    "divides, or takes a root or a logarithm."
)


def test_what_is_not_finite_at_the_start_is_said_before_a_step():
    rows = f"and rows from {X.min():.4g} to {X.max():.4g}{CURE}"
    said = refused(loss=lambda output, target: jnp.log(target - 1), scale=None)
    assert said.startswith(
        "the loss of your own gives nan for the first rows before the first step: outputs run "
    )
    assert said.endswith(CURE)
    said = refused(loss=lambda output, target: jnp.sqrt(output - output), scale=None)
    assert said.startswith(
        "the loss of your own has a derivative of nan for the first rows before the first step: "
    )
    assert re.search(r"outputs run from [-\d.e]+ to [-\d.e]+ there, and rows from", said)
    assert rows.split()[0] in said
    said = refused(penalty={lambda code: jnp.log(-jnp.abs(code[0])): 1.0})
    assert said.startswith(
        "the penalty of your own gives nan for the first rows before the first step: codes run "
    )
    assert said.endswith(
        " there; a small number added helps where it divides, or takes a root or a logarithm."
    )


def test_what_cannot_be_used_is_said_before_a_step():
    assert refused(loss=lambda output, target: jnp.mean(output - target)).startswith(
        "the loss of your own cannot be used: it gives one number for an output and a target of shape (6,); "
    )
    assert refused(penalty={lambda code: code: 1.0}) == (
        "the penalty of your own cannot be used: it gives an array of shape (2,) for a code of shape (2,); "
        "expected one number."
    )
    usual = {"learning_rate": 1e-3}
    assert refused(optimizer=lambda: 3, **usual) == (
        "the optimizer of your own cannot be used: called without arguments it makes int; expected a pair of "
        "functions init and update, as optax.adamw(1e-3) is."
    )
    assert refused(optimizer=optax.masked(optax.sgd(0.1), {"a": True}), **usual).startswith(
        "the optimizer of your own cannot be used: of its init, handed the network: it raises "
    )
    assert refused(learning_rate_schedule=lambda step: -1.0, **usual) == (
        "the schedule of your own, learning_rate_schedule, called with step 0, gives -1; expected a learning "
        "rate, 0 or more."
    )
    own = {"optimizer": optax.sgd(0.1)}
    assert refused(**own) == (
        "learning_rate=0.01 does not reach an optimizer of your own, which has its learning rate in itself, "
        "such as optax.lion(1e-4); leave learning_rate out."
    )
    for name, value in {
        "learning_rate_schedule": "cosine",
        "optimizer_params": {"momentum": 0.5},
    }.items():
        assert refused(**usual, **own, **{name: value}).startswith(
            f"{name}={value!r} does not reach an optimizer"
        )
    assert refused(learning_rate_schedule=optax.constant_schedule(0.1)) == (
        "learning_rate=0.01 does not reach a schedule of your own, which gives the rate of each step; leave "
        "learning_rate out."
    )
    assert refused(penalty={absolute: 1.0, sparse: 1.0}) == (
        "penalty has 2 functions of your own; add them up in one."
    )
    assert refused(penalty={absolute: -1.0}) == (
        f"penalty has -1.0 as the weight of {__name__}.absolute; expected a number, 0 or more."
    )
    assert refused(penalty=absolute).endswith(", or a function of your own in the place of a name.")
    assert refused(loss=3).endswith(", or a function (output, target) of one row.")
    assert refused(optimizer=3).endswith(", or an optimizer of optax, such as optax.lion(1e-4).")
    assert refused(learning_rate_schedule=3).endswith(", or a function (step) that gives the learning rate.")


@slow
def test_a_schedule_that_fails_later_and_a_divergence_speak_of_what_is_ones_own():
    assert "called with step 5, gives nan" in refused(
        learning_rate_schedule=lambda step: 0.1 if step < 5 else np.nan, learning_rate=1e-3
    )
    with pytest.raises(
        TrainingDivergedError, match="try a lower rate of the optimizer or the schedule of your own"
    ):
        Autoencoder(2, optimizer=optax.sgd(1e30), **{**OWN, "max_epochs": 9}).fit(X)


def test_a_code_that_a_penalty_of_ones_own_restrains_may_be_wide(recwarn):
    Autoencoder(8, penalty={absolute: 0.1}, **QUICK).fit(X)
    assert not recwarn.list


@slow
def test_copies_pickles_and_a_grid_search():
    settings = {"loss": squared, "penalty": {absolute: 0.1}, "optimizer": functools.partial(optax.sgd, 0.1)}
    estimator = Autoencoder(2, **settings, **OWN)
    expected = estimator.fit(X)
    for copied in (clone(estimator), pickle.loads(pickle.dumps(estimator)), clone(expected)):
        n_traced = TRACES["epoch"]
        assert np.array_equal(copied.fit(X).transform(X), expected.transform(X))
        assert TRACES["epoch"] == n_traced
    goes_on = pickle.loads(pickle.dumps(expected)).partial_fit(X)
    assert np.array_equal(goes_on.transform(X), clone(estimator).fit(X).partial_fit(X).transform(X))
    local = Autoencoder(2, loss=lambda output, target: (output - target) ** 2, **QUICK)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(local)
    assert np.isfinite(cloudpickle.loads(cloudpickle.dumps(local)).fit(X).score(X))
    search = GridSearchCV(AE(), {"loss": ["huber", squared], "penalty": [None, {absolute: 0.1}]}, cv=2).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_partial_fit_goes_on_with_the_same_loss_alone():
    estimator = AE(loss=squared).fit(X)
    with pytest.raises(
        ParameterError, match=r"loss=<function .*> cannot go on with what was trained with loss="
    ):
        clone(estimator).fit(X).set_params(loss=lambda output, target: output - target).partial_fit(X)
    estimator.set_params(penalty={absolute: 0.1}).partial_fit(X)
    assert len(estimator.history_["own_penalty"]) == 3


def test_a_model_file_names_them_and_is_applied_without(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    settings = {"loss": squared, "penalty": {absolute: 0.1}, "optimizer": optax.sgd(0.1)}
    estimator = Autoencoder(2, **settings, **OWN).fit(X)
    diabolo.save(estimator, "m.diabolo")
    loaded = diabolo.load("m.diabolo")
    assert np.array_equal(loaded.transform(X), estimator.transform(X))
    assert loaded.score(X) == estimator.score(X)
    assert loaded.history_ == estimator.history_
    assert repr(loaded.loss) == f"<{__name__}.squared, not in the file>"
    diabolo.save(loaded, "again.diabolo")
    assert repr(diabolo.load("again.diabolo")) == repr(loaded)
    places = {"loss": "squared", "optimizer": ".init_fn", "penalty": "absolute"}
    for name, path in places.items():  # in the order in which they are asked for
        call = f"{name}={{{__name__}.absolute: ...}}" if name == "penalty" else f"{name}=..."
        said = (
            rf"Autoencoder: {name} was \S+{path}, a function of your own\. It is code, and a model file "
            r"never holds code: encoding, rebuilding and scoring do not need it, training does\. Give it "
            r"back by set_params\(" + re.escape(call) + r"\)\."
        )
        for train in (loaded.partial_fit, clone(loaded).fit):
            with pytest.raises(ParameterError) as caught:
                train(X)
            assert re.fullmatch(said, str(caught.value))
        loaded.set_params(**{name: settings[name]})
    assert np.array_equal(loaded.partial_fit(X).transform(X), estimator.partial_fit(X).transform(X))
    np.save("x.npy", X)
    main(["encode", "m.diabolo", "x.npy", "-o", "codes.npy"])
    main(["inspect", "m.diabolo"])
    main(["inspect", "m.diabolo", "--json"])
    assert np.array_equal(np.load("codes.npy"), diabolo.load("m.diabolo").transform(X))
    assert f"<{__name__}.squared, not in the file>" in capsys.readouterr().out


@slow
def test_a_detectors_file_names_them(tmp_path):
    kind = Autoencoder(2, loss=squared, optimizer=functools.partial(optax.sgd, 0.1), **OWN)
    detector = AutoencoderDetector(kind, cv=2, random_state=0).fit(X)
    diabolo.save(detector, tmp_path / "d.diabolo")
    loaded = diabolo.load(tmp_path / "d.diabolo")
    assert np.array_equal(loaded.score_samples(X), detector.score_samples(X))
    with pytest.raises(ParameterError, match=r"loss was \S+squared, a function of your own"):
        clone(loaded).fit(X)
    loaded.set_params(autoencoder__loss=squared, autoencoder__optimizer=kind.optimizer).fit(X)
    assert np.array_equal(loaded.score_samples(X), detector.score_samples(X))


@slow
def test_a_checkpoint_goes_on_with_the_same_functions_alone(tmp_path):
    def made(loss, rate):
        return Autoencoder(2, loss=loss, penalty={absolute: 0.1}, optimizer=optax.adam(rate), **OWN)

    whole = made(squared, 0.01).fit(X, checkpoint=tmp_path / "kept")
    assert np.array_equal(
        made(squared, 0.01).fit(X, checkpoint=tmp_path / "kept").transform(X), whole.transform(X)
    )
    for other in (made(lambda output, target: (output - target) ** 2, 0.01), made(squared, 0.02)):
        with pytest.raises(CheckpointError, match=r"(loss|optimizer)\S* was "):
            other.fit(X, checkpoint=tmp_path / "kept")


@slow
def test_an_interrupted_fit_goes_on_with_the_optimizers_arrays(tmp_path, monkeypatch):
    rows = np.tile(X, (10, 1))

    def made():
        settings = {"max_epochs": 5, "batch_size": 2, "random_state": 0, "initializer": "glorot_uniform"}
        return Autoencoder(2, loss=squared, optimizer=optax.adam(0.01), **settings)

    expected, folder, run, calls = made().fit(rows), Checkpoint(tmp_path, every="1 epoch"), Engine.run, []

    def interrupted(engine, *given):
        calls.append(engine.n_epochs)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run(engine, *given)

    monkeypatch.setattr(Engine, "run", interrupted)
    with pytest.raises(KeyboardInterrupt), pytest.warns(InterruptedWarning):
        made().fit(rows, checkpoint=folder)
    again = made().fit(rows, checkpoint=folder)
    assert calls == [0, 1, 2, 2, 3, 4]
    assert np.array_equal(again.transform(rows), expected.transform(rows))


@slow
def test_the_page_runs_as_it_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text, space = PAGE.read_text(), {"__name__": "__main__"}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        # What is learned does not matter here.
        exec(compile(block.replace("max_epochs=20", "max_epochs=1"), PAGE.name, "exec"), space)
    printed = capsys.readouterr().out
    assert printed == "".join(re.findall(r"```text\n(.*?)```", text, re.DOTALL))
