"""Quality on real digits, against what Keras reaches with the same network and the same training.

The figures are those of Keras 3.15.1 over three seeds: mean squared error 0.0329 (0.0325 to 0.0334),
label accuracy of five neighbors on the map 0.828 (0.821 to 0.834), trustworthiness 0.943 (0.942 to 0.944).
"""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from diabolo import Autoencoder
from diabolo.cli.demo import SETTINGS

CLASSICAL = {
    "n_components": 2,
    "hidden_layer_sizes": (32,),
    "activation": "sigmoid",
    "code_activation": "sigmoid",
    "optimizer_params": {"epsilon": 1e-7},
    "batch_size": 8,
    "max_epochs": 500,
}


def measured(autoencoder, X, y):
    codes = autoencoder.transform(X)
    accuracy = cross_val_score(KNeighborsClassifier(5), codes, y, cv=LeaveOneOut()).mean()
    return -autoencoder.score(X), accuracy, trustworthiness(X, codes, n_neighbors=10)


@pytest.mark.slow
def test_the_classical_network_is_as_good_as_in_keras(digits):
    X, y = digits
    figures = [measured(Autoencoder(**CLASSICAL, random_state=seed).fit(X), X, y) for seed in range(3)]
    error, accuracy, trust = np.mean(figures, axis=0)
    assert error <= 0.0334
    assert accuracy >= 0.821
    assert trust >= 0.942


@pytest.mark.slow
def test_the_demo_is_better(digits):
    X, y = digits
    error, accuracy, trust = measured(Autoencoder(**{**SETTINGS, "verbose": 0}).fit(X), X, y)
    assert error < 0.0325
    assert accuracy > 0.834
    assert trust > 0.944
