"""MNIST through convolutions with max-pooling: 32 and 32 channels down to 7 x 7, and back."""

from pathlib import Path

from diabolo import ConvolutionalAutoencoder
from diabolo.datasets import load_mnist
from examples import run_file
from examples.image_rows import draw_image_rows
from examples.telling import told


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train by three seeds; draw test digits, what came back, and a few maps of the code."""
    X, _ = load_mnist("train", images=True)
    X_test, y_test = load_mnist("test", images=True)
    seeds, epochs = range(3), 5
    if quick:
        X, X_test, seeds, epochs = X[:64], X_test[:20], range(1), 1

    numbers: dict[str, list[float]] = {"test cross-entropy": [], "test mean squared error": []}
    for seed in seeds:
        # A code of 7 x 7 x 32 = 1,568 numbers is wider than the image: it rebuilds, it does not compress.
        autoencoder = ConvolutionalAutoencoder(
            filters=(32, 32),
            downsample="maxpool",
            upsample="nearest",
            loss="binary_cross_entropy",
            optimizer_params={"epsilon": 1e-7},
            batch_size=256,
            max_epochs=epochs,
            random_state=seed,
        )
        told(f"seed {seed} of {len(seeds)}", autoencoder).fit(X, X_validation=X_test)
        numbers["test cross-entropy"].append(autoencoder.history_["validation_loss"][-1])
        numbers["test mean squared error"].append(-autoencoder.score(X_test))

    rows = {"original": X_test[:10], "reconstruction": autoencoder.reconstruct(X_test[:10])}
    figure = draw_image_rows(rows, "MNIST through convolutions and max-pooling")
    figure.savefig(out / "mnist_convolutional.png", dpi=120)

    maps = autoencoder.transform(X_test[:3]).reshape(3, 7, 7, 32)
    liveliest = maps.std(axis=(0, 1, 2)).argsort()[::-1][:10]
    shown = maps[..., liveliest] / (maps.max() or 1)
    stacks = {f"of a {y_test[row]}": shown[row].transpose(2, 0, 1) for row in range(3)}
    figure = draw_image_rows(stacks, "Ten of the 32 maps in the codes of three digits")
    figure.savefig(out / "mnist_convolutional_code.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
