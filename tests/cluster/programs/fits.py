"""Fit models to a table, in memory or on disk, in one process of a cluster; write down what came of it."""

import sys
import threading

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import optax

import diabolo
from diabolo.data.source import View


def made():
    """Make rows of low rank, with noise."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(600, 5)) @ random.normal(size=(5, 24)) + 0.3 * random.normal(size=(600, 24))
    return rows.astype(np.float32)


class Counted(View):
    """A table that counts how many of each row's cells were read."""

    def __init__(self, parent):
        super().__init__(parent, parent.shape)
        self.counts, self.lock = np.zeros(parent.shape[0], np.int64), threading.Lock()

    def _read(self, rows, columns, out):
        with self.lock:
            np.add.at(self.counts, np.arange(self.shape[0])[rows], columns.stop - columns.start)
        self.parent.read(rows, columns, out)

    _take = _read


def normalizing(key, shape):
    """Make a layer that drops units, and learns of each batch its means and variances."""

    def make():
        return equinox.nn.Sequential(
            [
                # Its mean is taken off again: a bias would have no gradient but rounding.
                equinox.nn.Linear(*shape, use_bias=False, key=key),
                equinox.nn.BatchNorm(shape[1], "batch", mode="batch"),
                equinox.nn.Dropout(0.2),
            ]
        )

    return equinox.nn.make_with_state(make)()


def linear(key, shape):
    """Make a layer without a state."""
    return equinox.nn.Linear(*shape, key=key)


def log_cosh(output, target):
    """Charge each feature for its distance."""
    return jnp.log(jnp.cosh(output - target))


def spread(code, weights):
    """Charge the variance of a batch's codes."""
    return jnp.sum(weights @ (code - weights @ code) ** 2)


def second(epoch):
    """End a training after two epochs, if the first process is asked."""
    return epoch.number == 2 and jax.process_index() == 0


def kinds(X):
    """List models of every kind: who makes one, with what, and what its fit is given beside the rows."""
    y = X[:, 0] + 2 * X[:, 1]
    deep = {"n_components": 3, "hidden_layer_sizes": (16,), "activation": "tanh", "batch_size": 50}
    deep |= {"early_stopping": True, "max_gradient_norm": 1.0, "penalty": {"weight_decay": 1e-3}}
    guided = {"n_components": 3, "supervision_weight": 0.5}
    few, dense = {"n_components": 3}, diabolo.Autoencoder
    return {
        "dense": (dense, few, {}),
        "deep": (dense, deep, {}),
        "tied": (dense, {**few, "tied_weights": True}, {}),
        "layer by layer": (dense, {**few, "hidden_layer_sizes": (12, 6), "pretrain": "layerwise"}, {}),
        "guided": (dense, guided, {"y": y}),
        "classes": (dense, {**guided, "activation": "tanh"}, {"y": np.where(y > 0, "high", "low")}),
        "denoising": (diabolo.DenoisingAutoencoder, few, {}),
        "masking": (
            diabolo.DenoisingAutoencoder,
            {**few, "noise": {"kind": "masking", "fraction": 0.25}},
            {},
        ),
        "variational": (diabolo.VariationalAutoencoder, few, {}),
        "sparse": (diabolo.SparseAutoencoder, {"n_components": 40}, {}),
        "weighted": (dense, few, {"sample_weight": np.linspace(0.0, 2.0, len(X))}),
        "own functions": (
            dense,
            {**few, "loss": log_cosh, "penalty": {spread: 0.1}, "optimizer": optax.adam(1e-3)},
            {},
        ),
        "stopped": (dense, {**few, "callbacks": [second]}, {}),
        "own network": (dense, {**few, "encoder": normalizing, "decoder": linear, "batch_size": 50}, {}),
        "convolutional": (
            diabolo.ConvolutionalAutoencoder,
            {"n_components": 4, "filters": (4,), "kernel_size": 3},
            {},
        ),
    }


DETECTORS = {
    "detector": {},
    "own detector": {"autoencoder": diabolo.Autoencoder(3, max_epochs=2), "cv": 2},
}


def main(address, n_processes, index, table, device, chosen, out):
    """Fit those chosen, or "every" one, to "memory" or a table at a path, on "all" devices or its "own"."""
    if int(n_processes) > 1:
        diabolo.initialize_cluster(address, int(n_processes), int(index))
    X, found = made(), {}

    def rows():
        return X if table == "memory" else Counted(diabolo.open(table))

    def keep(name, given, **results):
        found.update({f"{name}.{key}": np.asarray(value) for key, value in results.items()})
        if table != "memory":
            found[f"{name}.counts"] = given.counts

    def is_chosen(name):
        return chosen == "every" or name in chosen.split(",")

    for name, (make, settings, beside) in kinds(X).items():
        if not is_chosen(name):
            continue
        given = X.reshape(-1, 6, 4) if name == "convolutional" else rows()
        settings = {**settings, "max_epochs": 3, "random_state": 0}
        model = make(**settings, device="all" if device == "all" else None).fit(given, **beside)
        leaves = {str(number): leaf for number, leaf in enumerate(jax.tree.leaves(model.network_.network))}
        codes = model.transform(X[:50].reshape(-1, *given.shape[1:]))
        keep(name, given, loss=model.history_["loss"], codes=codes, **leaves)
    for name, settings in DETECTORS.items():
        if not is_chosen(name):
            continue
        given = rows()
        model = diabolo.AutoencoderDetector(**settings, random_state=0).fit(given)
        keep(name, given, scores=model.training_scores_, threshold=model.threshold_)
    np.savez(f"{out}-{index}.npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
