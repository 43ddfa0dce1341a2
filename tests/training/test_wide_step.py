"""Steps in blocks of features, held against the same steps by automatic differentiation of the whole."""

import jax
import numpy as np
import pytest

from diabolo import Autoencoder
from diabolo.core import wide_network
from diabolo.training import engine, program
from diabolo.training.epoch import compiled_epoch

N_FEATURES = 16_500  # no multiple of a block


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    return random.random((40, N_FEATURES), dtype=np.float32), random.random(40)


def fitted(monkeypatch, rows, in_blocks, **parameters):
    X, y = rows
    if parameters.pop("is_partly", False):
        y = np.where(np.arange(len(y)) % 3, y, np.nan)
    monkeypatch.setattr(wide_network, "_LEAST_CELLS", 0 if in_blocks else 2**62)
    found = [None]

    def noted(network, objective):
        found.append(wide_network.wide_ends(network, objective))
        return found[-1]

    monkeypatch.setattr(program, "wide_ends", noted)
    settings = {
        "n_components": 4,
        "hidden_layer_sizes": (16,),
        # At the linear answer slopes are so small that Adam makes steps of their rounding.
        "initializer": "glorot_uniform",
        "batch_size": 16,
        "max_epochs": 2,
        "validation_fraction": 0.2,
        "random_state": 0,
    }
    autoencoder = Autoencoder(**{**settings, **parameters}).fit(X, y)
    return autoencoder, found[-1] is not None


CASES = {
    "plain": {},
    "tied": {"tied_weights": True},
    "cross-entropy, adamw": {"loss": "binary_cross_entropy", "optimizer": "adamw"},
    "noise, absolute": {"noise": 0.1, "loss": "absolute_error", "optimizer": "rmsprop"},
    "gaussian": {"bottleneck": "gaussian"},
    "one layer, gaussian, tied": {"bottleneck": "gaussian", "hidden_layer_sizes": (), "tied_weights": True},
    "one layer, sgd, huber": {"hidden_layer_sizes": (), "optimizer": "sgd", "loss": "huber"},
    "guided, sparse": {
        "supervision_weight": 1.0,
        "penalty": {"l1_sparsity": 1e-3, "kl_sparsity": 1e-3},
        "code_activation": "sigmoid",
    },
    "partly guided": {"supervision_weight": 1.0, "is_partly": True},
    "scaled, adagrad": {"scale": "standard", "optimizer": "adagrad"},
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_in_blocks_is_the_step_of_the_whole(monkeypatch, rows, case):
    blocks, is_wide = fitted(monkeypatch, rows, True, **CASES[case])
    whole, is_whole_wide = fitted(monkeypatch, rows, False, **CASES[case])
    assert (is_wide, is_whole_wide) == (True, False)
    for one, other in zip(jax.tree.leaves(blocks.network_), jax.tree.leaves(whole.network_), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)
    for name in set(blocks.history_) - {"seconds"}:
        np.testing.assert_allclose(blocks.history_[name], whole.history_[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_gradient_norm": 1.0},
        {"penalty": {"weight_decay": 1e-4}},
        {"penalty": {"contractive": 1e-4}},
        {"bottleneck": "topk", "bottleneck_params": {"k": 2}},
    ],
)
def test_what_needs_a_whole_gradient_stays_whole(monkeypatch, rows, parameters):
    assert not fitted(monkeypatch, rows, True, max_epochs=1, **parameters)[1]


def test_neither_output_nor_gradient_exists_as_a_whole(monkeypatch, rows):
    """What the compiled epoch takes beside its arguments is less than one wide matrix."""
    taken = []

    def watched(options):
        program = compiled_epoch(options)

        def run(*arguments):
            taken.append(program.lower(*arguments).compile().memory_analysis().temp_size_in_bytes)
            return program(*arguments)

        return run

    monkeypatch.setattr(engine, "compiled_epoch", watched)
    width, batch = 64, 8
    parameters = {"hidden_layer_sizes": (width,), "batch_size": batch, "max_epochs": 1}
    fitted(monkeypatch, rows, True, **parameters)
    blocks = taken.pop()
    fitted(monkeypatch, rows, False, **parameters)
    # The batch once, blocks of a megabyte, and little else; as a whole, gradients and the output too.
    assert blocks < 4 * N_FEATURES * width
    assert taken.pop() > 4 * N_FEATURES * width


def test_a_loss_that_is_not_finite_leaves_finite_parameters(monkeypatch, rows):
    from diabolo.errors import TrainingDivergedError

    monkeypatch.setattr(wide_network, "_LEAST_CELLS", 0)
    X, _ = rows
    autoencoder = Autoencoder(4, hidden_layer_sizes=(16,), learning_rate=1e30, max_epochs=3, random_state=0)
    with pytest.raises(TrainingDivergedError, match="learning_rate"):
        autoencoder.set_params(output_activation="linear").fit(X)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(autoencoder.network_))
