"""Parts of one's own with layers that draw and remember, in every family, and what a summary says of them."""

import pickle
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.base import clone

from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.errors import ParameterError

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-own-network.md"
X = np.random.default_rng(0).uniform(size=(30, 6)).astype(np.float32)
QUICK = {"max_epochs": 2, "batch_size": 8, "random_state": 0, "learning_rate": 0.01}


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Layer:
    """A layer with dropout, then batch normalization, in the way of Equinox's."""

    weight: Any
    p: float = field(default=0.5, metadata={"static": True})
    axis: str = field(default="batch", metadata={"static": True})

    def __call__(self, row, state, *, key=None, inference=False):
        sums = row @ self.weight
        if inference:
            return (sums - state["mean"]) / jnp.sqrt(state["variance"] + 1e-3), state
        kept = jax.random.bernoulli(key, 1 - self.p, sums.shape)
        sums = jnp.where(kept, sums / (1 - self.p), 0.0)
        mean = jax.lax.pmean(sums, self.axis)
        variance = jax.lax.pmean((sums - mean) ** 2, self.axis)
        after = {"mean": mean, "variance": variance, "batches": state["batches"] + 1}
        return (sums - mean) / jnp.sqrt(variance + 1e-3), after


def layer(key, shape, **settings):
    state = {"mean": jnp.zeros(shape[1]), "variance": jnp.ones(shape[1]), "batches": jnp.array(0)}
    return Layer(jax.random.normal(key, shape), **settings), state


def still(key, shape):
    return layer(key, shape, p=0.0)


def linear(key, shape):
    return equinox.nn.Linear(*shape, key=key)


def dropping(key, shape):
    return equinox.nn.Sequential([linear(key, shape), equinox.nn.Dropout(0.5)])


def n_batches(fitted):
    return float(fitted.network_.encoder.named_state()["['batches']"][0])


def test_layers_that_draw_and_remember_train_and_rebuild_the_same_each_time():
    fitted = Autoencoder(2, encoder=layer, decoder=linear, **QUICK).fit(X)
    assert n_batches(fitted) == 2 * 4  # epochs of four batches
    assert np.array_equal(fitted.reconstruct(X), fitted.reconstruct(X))
    assert np.array_equal(fitted.transform(X)[3:4], fitted.transform(X[3:4]))
    assert fitted.score(X) == fitted.score(X)
    again = Autoencoder(2, encoder=layer, decoder=linear, **QUICK).fit(X)
    assert np.array_equal(again.transform(X), fitted.transform(X))
    other = Autoencoder(2, encoder=layer, decoder=linear, **{**QUICK, "random_state": 1}).fit(X)
    assert not np.array_equal(other.transform(X), fitted.transform(X))
    assert fitted.n_parameters_ == 6 * 2 + 2 * 6 + 6  # the state is not trained


def test_dropout_has_a_say_in_training():
    fits = [Autoencoder(2, encoder=make, decoder=linear, **QUICK).fit(X) for make in (linear, dropping)]
    assert fits[0].history_["loss"][0] < fits[1].history_["loss"][0]
    assert not np.array_equal(*(fit.transform(X) for fit in fits))


def test_the_memory_is_that_of_the_last_batch_as_training_saw_it():
    """All rows in one batch, a step too small to move: the state is the statistics of that batch."""
    settings = {**QUICK, "max_epochs": 1, "batch_size": 30, "learning_rate": 1e-30}
    fitted = Autoencoder(2, encoder=still, decoder=linear, scale="standard", **settings).fit(X)
    rows = (X - X.mean(axis=0)) / X.std(axis=0)
    sums = rows @ np.asarray(fitted.network_.encoder.named_arrays()[".weight"])
    named = fitted.network_.encoder.named_state()
    np.testing.assert_allclose(named["['mean']"], sums.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(named["['variance']"], sums.var(axis=0), rtol=1e-4)
    np.testing.assert_allclose(
        fitted.transform(X), (sums - sums.mean(axis=0)) / np.sqrt(sums.var(axis=0) + 1e-3), atol=1e-4
    )


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_no_optimizer_and_no_penalty_touches_the_memory(optimizer):
    settings = {**QUICK, "optimizer": optimizer, "penalty": {"weight_decay": 1.0}, "max_gradient_norm": 1.0}
    fitted = Autoencoder(2, encoder=layer, decoder=linear, **settings).fit(X)
    assert n_batches(fitted) == 8
    weights = [
        np.asarray(leaf) for leaf in (*fitted.network_.encoder.arrays, *fitted.network_.decoder.arrays)
    ]
    halved = 0.5 * sum((leaf**2).sum() for leaf in weights if leaf.ndim == 2)
    # Measured before each step; two epochs move it little.
    assert fitted.history_["weight_decay"][-1] == pytest.approx(halved, rel=0.2)


def test_it_goes_on_with_its_memory():
    fitted = Autoencoder(2, encoder=layer, decoder=linear, **QUICK).fit(X)
    copied = pickle.loads(pickle.dumps(fitted)).partial_fit(X)
    assert n_batches(copied) == 12
    assert n_batches(copied.partial_fit(X)) == 16
    assert n_batches(clone(fitted).fit(X)) == 8


def test_early_stopping_keeps_the_memory_of_the_best_epoch():
    settings = {**QUICK, "max_epochs": 6, "early_stopping": True, "validation_fraction": 0.3, "tol": 0.0}
    fitted = Autoencoder(2, encoder=layer, decoder=linear, **{**settings, "learning_rate": 1.0}).fit(X)
    assert n_batches(fitted) == 3 * fitted.best_epoch_
    assert fitted.best_epoch_ < fitted.n_epochs_


def test_a_pair_is_a_module_with_its_state():
    module, state = layer(jax.random.key(0), (6, 2))
    estimator = Autoencoder(2, encoder=(module, {**state, "batches": 100}), decoder=linear, **QUICK)
    assert n_batches(estimator.fit(X)) == 108
    assert n_batches(clone(estimator).fit(X)) == 108
    assert n_batches(pickle.loads(pickle.dumps(estimator)).fit(X)) == 108


def test_partial_fit_goes_on_with_the_same_module_alone():
    pair = layer(jax.random.key(0), (6, 2))
    fitted = Autoencoder(2, encoder=pair, decoder=linear, **QUICK).fit(X)
    fitted.set_params(encoder=(*pair,)).partial_fit(X)  # the same two in another tuple
    with pytest.raises(ParameterError, match=r"cannot go on with what was trained with encoder=\("):
        fitted.set_params(encoder=layer(jax.random.key(0), (6, 2))).partial_fit(X)


def test_equinoxs_own_modules_with_a_state_can_be_made():
    def make(key, shape):
        layers = [
            linear(key, shape),
            equinox.nn.BatchNorm(shape[1], "batch", mode="batch"),
            equinox.nn.Dropout(),
        ]
        return equinox.nn.Sequential(layers)

    fitted = Autoencoder(2, encoder=equinox.nn.make_with_state(make), decoder=linear, **QUICK).fit(X)
    counter, mean, _ = fitted.network_.encoder.named_state().values()
    assert counter.tolist() == [8.0]
    assert (np.asarray(mean) != 0).all()
    assert np.array_equal(fitted.transform(X), fitted.transform(X))


IN_TRAINING = (
    "in training it is handed a row of a batch, whose rows are the axis 'batch', and a state that it takes "
    "must be the same for all of them."
)


def without_state(key, shape):
    return layer(key, shape)[0]


def of_another_axis(key, shape):
    return layer(key, shape, axis="rows")


def without_key(key, shape):
    return equinox.nn.Lambda(dropping(key, shape))


def centered(key, shape):
    return jax.tree_util.Partial(
        lambda weight, row: (row - jax.lax.pmean(row, "batch")) @ weight, jnp.ones(shape)
    )


def with_a_state_a_row(key, shape):
    def call(weight, row, state):
        return row @ weight, row[0]

    return jax.tree_util.Partial(call, jnp.ones(shape)), jnp.zeros(())


def of_two_answers(key, shape):
    return jax.tree_util.Partial(lambda weight, row: (row @ weight, 0.0), jnp.ones(shape))


@pytest.mark.parametrize(
    ("encoder", "start", "end"),
    [
        (
            without_state,
            "cannot be used: it takes a state and was given none; pass a pair (module, state).",
            "",
        ),
        (of_another_axis, "cannot be trained (Found an unbound axis name: rows", IN_TRAINING),
        (without_key, "cannot be trained (Dropout requires a key", IN_TRAINING),
        (with_a_state_a_row, "cannot be trained (", IN_TRAINING),
        (
            centered,
            "cannot be applied to a row, an array of shape (6,): Found an unbound axis name: batch",
            "When it is applied, a row is by itself: what a layer learns of a batch it keeps in a state.",
        ),
        (
            of_two_answers,
            "cannot be applied to a row, an array of shape (6,): it gives tuple; expected one array.",
            "",
        ),
    ],
)
def test_what_cannot_be_trained_is_said_before_it_is(encoder, start, end):
    with pytest.raises(ParameterError) as caught:
        Autoencoder(2, encoder=encoder, decoder=linear, **QUICK).fit(X)
    assert str(caught.value).startswith(f"Autoencoder: the encoder of your own {start}")
    assert str(caught.value).endswith(end)


@pytest.mark.parametrize(
    "estimator",
    [
        DenoisingAutoencoder(3, noise=0.5),
        SparseAutoencoder(3, sparsity="l1"),
        SparseAutoencoder(3, sparsity="topk", k=1),
        VariationalAutoencoder(3, supervision_weight=1.0),
    ],
    ids=["denoising", "l1", "topk", "variational"],
)
def test_every_family_takes_parts_of_ones_own(estimator):
    estimator.set_params(encoder=layer, decoder=linear, **QUICK).fit(X, X[:, 0])
    assert estimator.transform(X).shape == (30, 3)
    assert n_batches(estimator) == 8
    np.testing.assert_allclose(
        estimator.inverse_transform(estimator.transform(X)), estimator.reconstruct(X), rtol=1e-4, atol=1e-5
    )
    if hasattr(estimator, "sample"):
        assert estimator.sample(4, random_state=0).shape == (4, 6)


def test_a_variational_encoder_gives_two_numbers_for_each_of_the_code():
    with pytest.raises(ParameterError) as caught:
        VariationalAutoencoder(2, encoder=linear(jax.random.key(0), (6, 2)), decoder=linear, **QUICK).fit(X)
    assert str(caught.value) == (
        "VariationalAutoencoder: the encoder gives an array of shape (2,) for a row; expected (4,), the "
        "means and log-variances of n_components=2."
    )


def flat(weight, image):
    assert image.shape == (2, 3, 1)
    return image.reshape(-1) @ weight


def unflat(weight, code):
    return (code @ weight).reshape(2, 3, 1)


def on_images(key, shape):
    assert shape[0] == (2, 3, 1)
    return jax.tree_util.Partial(flat, jax.random.normal(key, (6, shape[1] or 4)))


def to_images(key, shape):
    assert shape[1] == (2, 3, 1)
    return jax.tree_util.Partial(unflat, jax.random.normal(key, (shape[0], 6)))


@pytest.mark.parametrize(("n_components", "width"), [(None, 4), (3, 3)])
def test_a_convolutional_one_hands_on_images(n_components, width):
    images = X.reshape(-1, 2, 3)
    fitted = ConvolutionalAutoencoder(n_components, encoder=on_images, decoder=to_images, **QUICK).fit(images)
    assert fitted.transform(images).shape == (30, width)
    assert fitted.reconstruct(images).shape == (30, 2, 3)
    assert fitted.inverse_transform(fitted.transform(images)).shape == (30, 2, 3)
    assert fitted.history_["loss"][-1] < fitted.history_["loss"][0]
    lines = fitted.summary().splitlines()
    assert lines[2].split() == ["encoder", "(flat)", "2x3x1", "->", str(width), "-", str(6 * width)]


@pytest.mark.parametrize(
    ("encoder", "decoder", "settings", "sentence"),
    [
        (
            on_images,
            lambda key, shape: linear(key, (4, 6)),
            {},
            "the decoder gives an array of shape (6,) for a code; expected (2, 3, 1), an image.",
        ),
        (
            lambda key, shape: jax.tree_util.Partial(jnp.multiply, jnp.ones(())),
            to_images,
            {},
            "the encoder gives an array of shape (2, 3, 1) for a row; expected one of one dimension.",
        ),
        (
            lambda key, shape: jax.tree_util.Partial(flat, jnp.ones((6, 3))),
            to_images,
            {"bottleneck": "gaussian"},
            "the encoder gives an array of shape (3,) for a row; expected one of one dimension, the means "
            "and log-variances of the code.",
        ),
    ],
)
def test_images_that_do_not_fit(encoder, decoder, settings, sentence):
    with pytest.raises(ParameterError) as caught:
        ConvolutionalAutoencoder(encoder=encoder, decoder=decoder, **settings, **QUICK).fit(
            X.reshape(-1, 2, 3)
        )
    assert str(caught.value) == f"ConvolutionalAutoencoder: {sentence}"


def test_a_detector_takes_an_autoencoder_of_parts_of_ones_own():
    kind = Autoencoder(2, encoder=layer, decoder=linear, **QUICK)
    detector = AutoencoderDetector(kind, n_members=2, cv=0, random_state=0).fit(X)
    assert np.array_equal(detector.score_samples(X), detector.score_samples(X))
    assert [n_batches(member) for member in detector.members_] == [8.0, 8.0]


def test_the_summary_and_other_ways_to_look_at_it():
    fitted = Autoencoder(2, encoder=layer, decoder=linear, supervision_weight=1.0, **QUICK).fit(X, X[:, 0])
    assert fitted.summary() == (
        "layer             shape   activation  parameters\n"
        "----------------  ------  ----------  ----------\n"
        "encoder (Layer)   6 -> 2  -           12\n"
        "  .weight         6x2                 12\n"
        "decoder (Linear)  2 -> 6  sigmoid     18\n"
        "  .weight         6x2                 12\n"
        "  .bias           6                   6\n"
        "head              2 -> 1  linear      3\n"
        "33 parameters, 0.00 MB in float32\n"
        "starts at random weights\n"
        "guided by the target of 30 rows"
    )
    assert repr(fitted).startswith("Autoencoder(")
    assert "Autoencoder" in fitted._repr_html_()
    assert repr(Autoencoder(encoder=linear(jax.random.key(0), (6, 2)))).startswith(
        "Autoencoder(encoder=Linear("
    )


def test_the_page_runs_as_it_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text, space = PAGE.read_text(), {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        # What is learned does not matter here.
        exec(compile(block.replace("max_epochs=20", "max_epochs=1"), PAGE.name, "exec"), space)
    printed = capsys.readouterr().out
    summary = re.search(r"```text\n(.*?)```", text, re.DOTALL)[1]
    assert printed == f"{summary}(1797, 64)\nTrue\n"
