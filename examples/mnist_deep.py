"""MNIST through a deep network, 784-128-64-32-64-128-784, and the digits between two digits."""

from pathlib import Path

import numpy as np

from diabolo import Autoencoder, plot_reconstructions
from diabolo.datasets import load_mnist
from examples import run_file
from examples.image_rows import draw_image_rows
from examples.telling import told


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train by three seeds; draw what came back, and walk from digit to digit in the code."""
    X, _ = load_mnist("train")
    X_test, y_test = load_mnist("test")
    seeds, epochs = range(3), 5
    if quick:
        X, X_test, y_test, seeds, epochs = X[:512], X_test[:100], y_test[:100], range(1), 1

    numbers: dict[str, list[float]] = {"test cross-entropy": [], "test mean squared error": []}
    for seed in seeds:
        autoencoder = Autoencoder(
            32,
            hidden_layer_sizes=(128, 64),
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
    ax.set_title("MNIST through 784-128-64-32-64-128-784")
    ax.figure.savefig(out / "mnist_deep.png", dpi=120)

    walks = {}
    for start, end in ((0, 6), (1, 7), (3, 8)):
        ends = [X_test[y_test == digit][:1] for digit in (start, end)]
        codes = np.linspace(*(autoencoder.transform(row)[0] for row in ends), 10)
        walks[f"{start} to {end}"] = autoencoder.inverse_transform(codes).reshape(-1, 28, 28)
    figure = draw_image_rows(walks, "Ten points on the line between two codes, decoded")
    figure.savefig(out / "mnist_deep_between.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
