"""MNIST through a dense code of 32 numbers, by the cross-entropy of its pixels: 784-32-784."""

from pathlib import Path

from diabolo import Autoencoder, plot_reconstructions
from diabolo.datasets import load_mnist
from examples import run_file
from examples.telling import told


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train by three seeds and draw ten test digits over what came back."""
    X, _ = load_mnist("train")
    X_test, _ = load_mnist("test")
    seeds, epochs = range(3), 5
    if quick:
        X, X_test, seeds, epochs = X[:512], X_test[:100], range(1), 1

    numbers: dict[str, list[float]] = {"test cross-entropy": [], "test mean squared error": []}
    for seed in seeds:
        autoencoder = Autoencoder(
            32,
            hidden_layer_sizes=(),
            code_activation="relu",
            loss="binary_cross_entropy",
            optimizer_params={"epsilon": 1e-7},
            batch_size=256,
            max_epochs=epochs,
            random_state=seed,
        )
        told(f"seed {seed} of {len(seeds)}", autoencoder).fit(X, X_validation=X_test)
        numbers["test cross-entropy"].append(autoencoder.history_["validation_loss"][-1])
        numbers["test mean squared error"].append(-autoencoder.score(X_test))

    ax = plot_reconstructions(X_test, autoencoder.reconstruct(X_test))
    ax.set_title("MNIST through 32 numbers: 784-32-784")
    ax.figure.savefig(out / "mnist_dense.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
