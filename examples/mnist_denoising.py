"""MNIST cleaned of noise so strong that the eye hardly finds the digit: convolutions with max-pooling."""

from pathlib import Path

from diabolo import ConvolutionalAutoencoder, add_noise
from diabolo.datasets import load_mnist
from examples import run_file
from examples.image_rows import draw_image_rows
from examples.measures import binary_cross_entropy, peak_signal_to_noise
from examples.telling import told

NOISE = {"kind": "gaussian", "standard_deviation": 1.0, "clip": (0, 1)}


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train by three seeds on noise that is new at each step; clean test digits under noise of their own."""
    X, _ = load_mnist("train", images=True)
    X_test, _ = load_mnist("test", images=True)
    seeds, epochs = range(3), 5
    if quick:
        X, X_test, seeds, epochs = X[:64], X_test[:20], range(1), 1

    X_noisy = add_noise(X_test, NOISE, random_state=1)
    numbers: dict[str, list[float]] = {
        "mean squared error of the noisy images": [float(((X_noisy - X_test) ** 2).mean())],
        "cross-entropy after denoising": [],
        "mean squared error after denoising": [],
        "peak signal-to-noise after denoising, dB": [],
    }
    for seed in seeds:
        denoiser = ConvolutionalAutoencoder(
            filters=(32, 32),
            downsample="maxpool",
            upsample="nearest",
            noise=NOISE,
            loss="binary_cross_entropy",
            optimizer_params={"epsilon": 1e-7},
            batch_size=256,
            max_epochs=epochs,
            random_state=seed,
        )
        told(f"seed {seed} of {len(seeds)}", denoiser).fit(X)
        # What is cleaned is the noisy images; the clean ones only judge the result.
        X_denoised = denoiser.reconstruct(X_noisy)
        numbers["cross-entropy after denoising"].append(binary_cross_entropy(X_test, X_denoised))
        numbers["mean squared error after denoising"].append(float(((X_denoised - X_test) ** 2).mean()))
        numbers["peak signal-to-noise after denoising, dB"].append(peak_signal_to_noise(X_test, X_denoised))

    rows = {"noisy": X_noisy[:10], "denoised": X_denoised[:10], "clean": X_test[:10]}
    figure = draw_image_rows(rows, "MNIST, noise of standard deviation 1, clipped to 0 and 1")
    figure.savefig(out / "mnist_denoising.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
