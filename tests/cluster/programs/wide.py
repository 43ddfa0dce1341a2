"""Fit networks with wide ends, of which each process has some of the features; write down what came of it."""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import diabolo

N_FEATURES = 16_385  # an odd number, so that the last process has a feature less
# So small steps that rounding is not blown up: each moves the sum of all features.
RATE, STEPS = 1e-6, 6


def made():
    """Make few rows of many features, some cells missing in a copy."""
    random = np.random.default_rng(0)
    rows = (random.normal(size=(90, 4)) @ random.normal(size=(4, N_FEATURES))).astype(np.float32)
    gaps = np.where(random.random(rows.shape) < 0.05, np.float32(np.nan), rows)
    return rows, gaps


def not_defined_at_zero(output, target):
    """Give no number where both are 0, as they are for features that are not there."""
    return (output - target) ** 2 / jnp.sqrt(output**2 + target**2)


def main(address, n_processes, index, device, out, chosen="usual"):
    """Fit each usual kind once, or one with a loss of its own."""
    if int(n_processes) > 1:
        diabolo.initialize_cluster(address, int(n_processes), int(index))
    rows, gaps = made()
    usual = {"n_components": 3, "hidden_layer_sizes": (128,), "activation": "tanh", "batch_size": 32}
    usual |= {"learning_rate": RATE, "max_epochs": 2, "random_state": 0, "device": device}
    usual["device"] = None if device == "own" else device
    kinds = {
        "noise": (rows, {"noise": 0.3, "output_activation": "linear"}, None),
        "held out": (rows, {"validation_fraction": 0.2, "early_stopping": True}, None),
        "tied": (rows, {"tied_weights": True}, None),
        "sigmoid": (rows, {"scale": "minmax", "output_activation": "sigmoid"}, None),
        "missing": (gaps, {"missing": "mask"}, None),
        "guided": (rows, {"supervision_weight": 0.5}, rows[:, 0]),
    }
    if chosen == "own loss":
        kinds = {chosen: (rows, {"loss": not_defined_at_zero}, None)}
    found = {}
    for name, (X, settings, y) in kinds.items():
        model = diabolo.Autoencoder(**{**usual, **settings}).fit(X, y)
        for number, leaf in enumerate(jax.tree.leaves(model.network_.network)):
            found[f"{name}.{number}"] = np.asarray(leaf)
        found[f"{name}.loss"] = np.array(model.history_["loss"])
    np.savez(f"{out}-{index}.npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
