"""Fashion-MNIST cleaned of noise: convolutions of stride 2 down to 7 x 7 x 8, transposed ones back."""

from pathlib import Path

from diabolo import ConvolutionalAutoencoder, add_noise
from diabolo.datasets import load_fashion_mnist
from examples.image_rows import draw_image_rows
from examples.measures import peak_signal_to_noise

NOISE = {"kind": "gaussian", "standard_deviation": 0.2, "clip": (0, 1)}


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train on noise that is new at each step; clean test images whose noise the network has never met."""
    X, _ = load_fashion_mnist("train", images=True)
    X_test, _ = load_fashion_mnist("test", images=True)
    epochs = 10
    if quick:
        X, X_test, epochs = X[:64], X_test[:20], 1

    denoiser = ConvolutionalAutoencoder(
        filters=(16, 8),
        downsample="stride",
        upsample="transposed",
        noise=NOISE,
        optimizer_params={"epsilon": 1e-7},
        learning_rate_schedule="cosine",
        batch_size=32,
        max_epochs=epochs,
        random_state=0,
    ).fit(X)

    X_noisy = add_noise(X_test, NOISE, random_state=1)
    # What is cleaned is the noisy images; the clean ones only judge the result.
    X_denoised = denoiser.reconstruct(X_noisy)

    rows = {"noisy": X_noisy[:10], "denoised": X_denoised[:10], "clean": X_test[:10]}
    figure = draw_image_rows(rows, "Fashion-MNIST, noise of standard deviation 0.2")
    figure.savefig(out / "fashion_denoising.png", dpi=120)
    return {
        "mean squared error of the noisy images": [float(((X_noisy - X_test) ** 2).mean())],
        "mean squared error after denoising": [float(((X_denoised - X_test) ** 2).mean())],
        "peak signal-to-noise after denoising, dB": [peak_signal_to_noise(X_test, X_denoised)],
        "mean squared error on clean input": [-denoiser.score(X_test)],
    }
