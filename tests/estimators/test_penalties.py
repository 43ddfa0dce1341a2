"""Penalties as a user sets them: that each moves a fit its own way, and how a history adds up."""

import numpy as np
import pytest

from diabolo import Autoencoder
from diabolo.core.penalties import PENALTIES
from diabolo.errors import ParameterError

SMALL = {"hidden_layer_sizes": (8,), "random_state": 0, "batch_size": 60, "learning_rate": 0.01}


def squared_slopes(fitted, X):
    """The squared norm of the code's derivatives, a mean over rows, by central differences."""
    step, total = 1e-2, 0.0
    for column in range(X.shape[1]):
        shift = np.zeros(X.shape[1], np.float32)
        shift[column] = step
        slope = (fitted.transform(X + shift) - fitted.transform(X - shift)) / (2 * step)
        total += (slope**2).sum(axis=1).mean()
    return total


@pytest.mark.parametrize("hidden", [(), (8,)])
def test_a_larger_contractive_weight_flattens_the_code(rows, hidden):
    settings = {**SMALL, "hidden_layer_sizes": hidden, "activation": "tanh", "code_activation": "tanh"}
    slopes, told = [], []
    for weight in (1e-6, 0.1, 3.0):
        fitted = Autoencoder(2, penalty={"contractive": weight}, max_epochs=150, **settings).fit(rows)
        slopes.append(squared_slopes(fitted, rows))
        told.append(fitted.history_["contractive"][-1])
    assert slopes == sorted(slopes, reverse=True)
    assert slopes[-1] < slopes[0] / 5
    # The last epoch's figure is of the parameters before its one step.
    np.testing.assert_allclose(told, slopes, rtol=0.1)


def test_l1_makes_codes_smaller(rows):
    sizes = [
        np.abs(Autoencoder(2, penalty={"l1_sparsity": w}, max_epochs=60, **SMALL).fit_transform(rows)).mean()
        for w in (0.0, 0.1, 1.0)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] / 2


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({"penalty": {"weight_decay": 0.01, "l1_sparsity": 0.2}}, {"weight_decay": 0.01, "l1_sparsity": 0.2}),
        ({"penalty": {"contractive": 0.3}}, {"contractive": 0.3}),
        (
            {"penalty": {"kl_sparsity": 0.3}, "code_activation": "sigmoid", "sparsity_target": 0.2},
            {"kl_sparsity": 0.3},
        ),
        (
            {"bottleneck": "gaussian", "bottleneck_params": {"beta": 0.6}, "penalty": {"weight_decay": 0.01}},
            {"kl_divergence": 0.6 / 6, "weight_decay": 0.01},
        ),
        ({"bottleneck": "topk", "bottleneck_params": {"k": 1}}, {"dead_unit_loss": 1 / 32}),
        ({"supervision_weight": 0.7}, {"supervised_loss": 0.7}),
    ],
)
def test_a_loss_is_the_sum_of_its_terms_by_their_weights(rows, settings, weights):
    fitted = Autoencoder(2, max_epochs=3, **settings, **{**SMALL, "batch_size": 16})
    fitted.fit(rows, rows[:, 0], X_validation=rows[:10], y_validation=rows[:10, 0])
    for prefix in ("", "validation_"):
        total = np.array(fitted.history_[f"{prefix}reconstruction_loss"])
        for name, weight in weights.items():
            total = total + weight * np.array(fitted.history_[prefix + name])
        np.testing.assert_allclose(fitted.history_[f"{prefix}loss"], total, rtol=1e-5)
    terms = {name for name in fitted.history_ if not name.startswith("validation_")}
    usual = {"loss", "mean_absolute_error", "learning_rate", "seconds", "reconstruction_loss"}
    assert terms == {*usual, *weights}


def test_a_weight_of_nothing_is_no_term(rows):
    fits = [
        Autoencoder(penalty=penalty, max_epochs=2, **SMALL).fit(rows)
        for penalty in (None, {}, {"contractive": 0})
    ]
    assert len({tuple(fitted.history_) for fitted in fits}) == 1
    assert "reconstruction_loss" not in fits[0].history_
    assert np.array_equal(fits[0].transform(rows), fits[2].transform(rows))


@pytest.mark.parametrize(
    ("penalty", "message"),
    [
        (
            0.1,
            "penalty=0.1 is not possible; expected None or a dictionary of weights by name, the names being",
        ),
        (
            "contractive",
            "penalty='contractive' is not possible; .* such as .'weight_decay': 1e-4., "
            "or a function of your own in the place of a name\\.",
        ),
        (
            {"weight_decay": -1},
            r"penalty\['weight_decay'\]=-1 is not possible; expected a number, 0 or more.",
        ),
        ({"contractive": "x"}, r"penalty\['contractive'\]='x' is not possible"),
        ({"l1": 1}, r"penalty has 'l1', which is none of .*\. Did you mean 'l1_sparsity'\?"),
        ({"l2": 1}, r"Did you mean 'weight_decay'\?"),
        ({"jacobian": 1}, r"Did you mean 'contractive'\?"),
        ({"KL": 1}, r"Did you mean 'kl_sparsity'\?"),
        ({3: 1}, "penalty has 3, which is none of " + ", ".join(f"'{name}'" for name in PENALTIES)),
    ],
)
def test_penalties_that_cannot_be(rows, penalty, message):
    with pytest.raises(ParameterError, match=f"Autoencoder: .*{message}"):
        Autoencoder(penalty=penalty).fit(rows)
