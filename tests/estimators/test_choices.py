"""The warning about a code that is free to copy; what cannot go together is in tests/contracts."""

import warnings

import numpy as np
import pytest

import diabolo
from diabolo import Autoencoder
from diabolo.errors import OvercompleteWarning
from diabolo.estimators._choices import choices_of, warn_about_width

X = np.random.default_rng(0).uniform(size=(12, 3)).astype(np.float32)
QUICK = {"hidden_layer_sizes": (), "max_epochs": 1, "random_state": 0}


def test_a_code_wider_than_its_rows_is_warned_about_in_every_word():
    with pytest.warns(OvercompleteWarning) as caught:
        Autoencoder(5, **QUICK).fit(X)
    assert str(caught[0].message) == (
        "Autoencoder: a code of n_components=5 is wider than the n_features = 3 of X and can copy its input, "
        "learning nothing. Ask for fewer, or give it something that forbids copying: noise, "
        "penalty={'kl_sparsity': ...}, 'l1_sparsity' or 'contractive', or a 'topk' bottleneck."
    )
    assert caught[0].filename == __file__
    with pytest.warns(OvercompleteWarning) as caught:
        Autoencoder(5, **QUICK).partial_fit(X)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("estimator", "warned"),
    [
        (Autoencoder(3), False),
        (Autoencoder(4), True),
        (Autoencoder(4, penalty={"weight_decay": 1.0}), True),
        (Autoencoder(4, penalty={"contractive": 0.0}), True),
        (Autoencoder(4, supervision_weight=1.0), True),
        (Autoencoder(4, noise=0.1), False),
        (Autoencoder(4, penalty={"contractive": 1.0}), False),
        (Autoencoder(4, penalty={"l1_sparsity": 1.0}), False),
        (Autoencoder(4, penalty={"kl_sparsity": 1.0}, code_activation="sigmoid"), False),
        (Autoencoder(4, bottleneck="topk", bottleneck_params={"k": 2}), False),
        (Autoencoder(4, bottleneck="gaussian"), False),
        (diabolo.DenoisingAutoencoder(4), False),
        (diabolo.DenoisingAutoencoder(4, noise=None), True),
        (diabolo.SparseAutoencoder(4), False),
        (diabolo.SparseAutoencoder(4, sparsity_weight=0.0), True),
        (diabolo.VariationalAutoencoder(4), False),
        (diabolo.ConvolutionalAutoencoder(4), True),
        (diabolo.ConvolutionalAutoencoder(None, filters=(9,)), False),
    ],
)
def test_what_restrains_a_code(estimator, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_about_width(choices_of(estimator), estimator.n_components or 18, 3)
    assert [entry.category for entry in caught] == [OvercompleteWarning] * warned
