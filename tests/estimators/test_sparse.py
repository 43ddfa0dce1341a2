"""The sparse autoencoder: that each of its three ways makes the code sparse, and by how much."""

import numpy as np
import pytest

from diabolo import SparseAutoencoder
from diabolo.errors import ParameterError

SMALL = {"batch_size": 64, "random_state": 0, "learning_rate": 0.01}
# With larger steps units run past a target before the running mean has seen it, and stay off.
SLOW = {"max_epochs": 60, "random_state": 0}


@pytest.fixture(scope="module", name="X")
def pixels(digits):
    return digits[0][:320]


@pytest.mark.parametrize("target", [0.05, 0.3])
def test_a_larger_weight_brings_mean_activations_nearer_their_target(X, target):
    def distance(weight):
        sparse = SparseAutoencoder(16, sparsity_weight=weight, sparsity_target=target, **SLOW)
        return np.abs(sparse.fit_transform(X).mean(axis=0) - target).mean()

    distances = [distance(weight) for weight in (0.0, 0.01, 1.0)]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.03


def test_a_tanh_code_is_mapped_into_the_unit_interval(X):
    settings = {"code_activation": "tanh", "sparsity_weight": 1.0, "sparsity_target": 0.1}
    codes = SparseAutoencoder(16, **settings, **SLOW).fit_transform(X)
    assert np.abs((1 + codes.mean(axis=0)) / 2 - 0.1).mean() < 0.03


def test_a_larger_weight_of_l1_makes_smaller_and_fewer_activations(X):
    sizes, shares = [], []
    for weight in (0.0, 0.01, 0.1):
        sparse = SparseAutoencoder(16, sparsity="l1", sparsity_weight=weight, max_epochs=20, **SMALL)
        codes = sparse.fit_transform(X)
        sizes.append(np.abs(codes).mean())
        shares.append((codes > 0).mean())
    assert sizes == sorted(sizes, reverse=True)
    assert shares[2] < shares[0] / 2


@pytest.mark.parametrize(("k", "kept"), [(1, 1), (5, 5), (None, 2), (16, 16)])
def test_topk_keeps_exactly_k(X, k, kept):
    sparse = SparseAutoencoder(16, sparsity="topk", k=k, max_epochs=1, **SMALL)
    codes = sparse.fit_transform(X)
    assert set((codes != 0).sum(axis=1)) == {kept}


def test_a_code_of_fewer_than_eight_keeps_one(rows):
    sparse = SparseAutoencoder(5, sparsity="topk", max_epochs=1, **SMALL)
    assert set((sparse.fit_transform(rows) != 0).sum(axis=1)) == {1}


def test_more_numbers_kept_rebuild_better(X):
    settings = {"sparsity": "topk", "max_epochs": 20, **SMALL}
    assert SparseAutoencoder(32, k=8, **settings).fit(X).score(X) > SparseAutoencoder(
        32, k=1, **settings
    ).fit(X).score(X)


def test_weight_decay_shrinks_the_matrices_and_leaves_the_biases(rows):
    """With matrices near 0 what is left to the output's bias is the least squares' constant: the mean."""
    X = rows + 5
    settings = {"sparsity": "l1", "sparsity_weight": 0.0, "max_epochs": 400, "random_state": 0}
    settings.update(learning_rate=0.05, batch_size=60)
    heavy = SparseAutoencoder(4, weight_decay=20.0, **settings).fit(X)
    light = SparseAutoencoder(4, weight_decay=1e-6, **settings).fit(X)

    def length(fitted):
        layers = (*fitted.network_.encoder, *fitted.network_.decoder)
        return sum(float((np.asarray(layer.weight) ** 2).sum()) for layer in layers)

    assert length(heavy) < 0.05 * length(light)
    np.testing.assert_allclose(heavy.reconstruct(X), np.broadcast_to(X.mean(axis=0), X.shape), atol=0.3)
    decay = heavy.history_["weight_decay"][-1]
    assert decay == pytest.approx(length(heavy) / 2, rel=0.5)


@pytest.mark.parametrize(("sparsity", "activation"), [("kl", "sigmoid"), ("l1", "relu"), ("topk", "linear")])
def test_the_codes_activation_follows_the_sparsity(rows, sparsity, activation):
    fitted = SparseAutoencoder(4, sparsity=sparsity, max_epochs=1, **SMALL).fit(rows)
    assert fitted.network_.network.code_activation == activation
    assert fitted.code_activation == "auto"
    terms = {"kl": "kl_sparsity", "l1": "l1_sparsity", "topk": "dead_unit_loss"}
    assert terms[sparsity] in fitted.history_


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sparsity": "l2"}, "sparsity='l2' is not possible; expected one of 'kl', 'l1', 'topk'"),
        ({"sparsity": "topk", "k": 9}, "k=9 numbers cannot be kept of a code of n_components=4."),
        ({"k": 0}, "k=0 is not possible; expected a whole number, 1 or more, or None."),
        ({"sparsity_weight": -1}, "sparsity_weight=-1 is not possible; expected a number, 0 or more."),
        ({"sparsity_target": 0}, "sparsity_target=0 is not possible; expected a number above 0 and below 1."),
        ({"sparsity_target": 1.0}, "sparsity_target=1.0 is not possible"),
        ({"weight_decay": -0.1}, "weight_decay=-0.1 is not possible"),
        ({"code_activation": "relu"}, "penalty 'kl_sparsity' compares mean activations .* got 'relu'"),
        ({"code_activation": "rellu"}, r"Did you mean 'relu'\?"),
    ],
)
def test_parameters_that_cannot_be(rows, settings, message):
    with pytest.raises(ParameterError, match=f"SparseAutoencoder: .*{message}"):
        SparseAutoencoder(4, **settings).fit(rows)
