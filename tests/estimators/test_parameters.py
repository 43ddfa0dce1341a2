"""What a wrong parameter is told."""

import numpy as np
import pandas as pd
import pytest

from diabolo import Autoencoder
from diabolo.errors import ParameterError

X = np.random.default_rng(0).normal(size=(20, 4))
QUICK = {"hidden_layer_sizes": (4,), "max_epochs": 1, "random_state": 0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_components": 0}, "n_components=0 is not possible; expected a whole number, 1 or more."),
        ({"n_components": 2.5}, "n_components=2.5 is not possible"),
        ({"n_components": True}, "n_components=True is not possible"),
        ({"hidden_layer_sizes": 32}, r"hidden_layer_sizes=32 is not possible; expected a tuple"),
        ({"hidden_layer_sizes": (8, 0)}, r"hidden_layer_sizes=\(8, 0\) is not possible"),
        ({"learning_rate": -1e-3}, "learning_rate=-0.001 is not possible; expected a number above 0."),
        ({"learning_rate": float("nan")}, "learning_rate=nan is not possible"),
        ({"activation": "rellu"}, r"activation='rellu' is not possible; .* Did you mean 'relu'\?"),
        ({"code_activation": "logistic"}, r"Did you mean 'sigmoid'\?"),
        ({"output_activation": "Sigmoid"}, r"Did you mean 'sigmoid'\?"),
        ({"loss": "l2"}, r"loss='l2' is not possible; .* Did you mean 'squared_error'\?"),
        ({"loss": 3}, "loss=3 is not possible; expected one of 'squared_error'"),
        ({"optimizer": "Adam"}, r"Did you mean 'adam'\?"),
        ({"initializer": "xavier"}, r"Did you mean 'glorot_uniform'\?"),
        ({"scale": "zscore"}, r"scale='zscore' is not possible; .* Did you mean 'standard'\?"),
        ({"learning_rate_schedule": "cosin"}, r"Did you mean 'cosine'\?"),
        ({"optimizer_params": {"beta1": 0.5}}, r"does not know; its settings: 'beta_1'.* mean 'beta_1'\?"),
        ({"optimizer_params": {"beta_1": 1.5}}, r"optimizer_params\['beta_1'\]=1.5 is not possible"),
        ({"optimizer_params": 3}, "optimizer_params=3 is not possible; expected a dictionary"),
        (
            {"schedule_params": {"factor": 0.5}},
            "'factor', which 'constant' does not know; its settings: none",
        ),
        ({"max_gradient_norm": 0}, "max_gradient_norm=0 is not possible"),
        ({"batch_size": 0}, "batch_size=0 is not possible"),
        ({"max_epochs": 0}, "max_epochs=0 is not possible"),
        ({"validation_fraction": 1.0}, "validation_fraction=1.0 is not possible"),
        ({"tol": -1}, "tol=-1 is not possible"),
        ({"tied_weights": "yes"}, "tied_weights='yes' is not possible; expected True or False"),
        ({"verbose": -1}, "verbose=-1 is not possible"),
        ({"device": "gpu:7"}, "device='gpu:7' is not present on this machine; JAX sees cpu:0"),
        ({"huber_delta": 0}, "huber_delta=0 is not possible"),
        (
            {"loss": "binary_cross_entropy", "output_activation": "tanh"},
            "needs output_activation='sigmoid'",
        ),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_parameters_that_cannot_be(settings, message, method):
    with pytest.raises(ParameterError, match=message):
        getattr(Autoencoder(**{**QUICK, **settings}), method)(X)


def test_early_stopping_without_held_out_rows():
    with pytest.raises(ParameterError, match="early_stopping=True needs held-out rows"):
        Autoencoder(early_stopping=True, validation_fraction=0.0, **QUICK).fit(X)


def test_unknown_metric():
    fitted = Autoencoder(**QUICK).fit(pd.DataFrame(X, columns=list("abcd")))
    with pytest.raises(ParameterError, match=r"metric='mse' is not possible; .* mean 'squared_error'\?"):
        fitted.reconstruction_error(pd.DataFrame(X, columns=list("abcd")), metric="mse")
