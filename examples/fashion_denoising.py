"""Fashion-MNIST cleaned of noise: convolutions of stride 2 down to 7 x 7 x 8, transposed ones back."""

from pathlib import Path

from diabolo import ConvolutionalAutoencoder, add_noise
from diabolo.datasets import load_fashion_mnist
from examples import run_file
from examples.image_rows import draw_image_rows
from examples.measures import peak_signal_to_noise
from examples.telling import told

NOISE = {"kind": "gaussian", "standard_deviation": 0.2, "clip": (0, 1)}


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train by three seeds on noise that is new at each step; clean test images under noise of their own."""
    X, _ = load_fashion_mnist("train", images=True)
    X_test, _ = load_fashion_mnist("test", images=True)
    seeds, epochs = range(3), 10
    if quick:
        X, X_test, seeds, epochs = X[:64], X_test[:20], range(1), 1

    X_noisy = add_noise(X_test, NOISE, random_state=1)
    numbers: dict[str, list[float]] = {
        "mean squared error of the noisy images": [float(((X_noisy - X_test) ** 2).mean())],
        "mean squared error after denoising": [],
        "peak signal-to-noise after denoising, dB": [],
        "mean squared error on clean input": [],
    }
    for seed in seeds:
        denoiser = ConvolutionalAutoencoder(
            filters=(16, 8),
            downsample="stride",
            upsample="transposed",
            noise=NOISE,
            optimizer_params={"epsilon": 1e-7},
            # With 0.001 ten epochs end well short of the minimum.
            learning_rate=0.003,
            learning_rate_schedule="cosine",
            batch_size=32,
            max_epochs=epochs,
            random_state=seed,
        )
        told(f"seed {seed} of {len(seeds)}", denoiser).fit(X)
        # What is cleaned is the noisy images; the clean ones only judge the result.
        X_denoised = denoiser.reconstruct(X_noisy)
        numbers["mean squared error after denoising"].append(float(((X_denoised - X_test) ** 2).mean()))
        numbers["peak signal-to-noise after denoising, dB"].append(peak_signal_to_noise(X_test, X_denoised))
        numbers["mean squared error on clean input"].append(-denoiser.score(X_test))

    rows = {"noisy": X_noisy[:10], "denoised": X_denoised[:10], "clean": X_test[:10]}
    figure = draw_image_rows(rows, "Fashion-MNIST, noise of standard deviation 0.2")
    figure.savefig(out / "fashion_denoising.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
