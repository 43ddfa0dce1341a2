"""A code three times as wide as the digits, kept sparse: each unit has a mean activation of 0.1."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from diabolo import SparseAutoencoder
from diabolo.datasets import load_digits
from examples import run_file
from examples.image_rows import draw_image_rows
from examples.telling import told

# Ng's weights are meant for half the squared error summed over pixels; Diabolo's loss is a mean over them.
LAMBDA, BETA = 1e-4, 3.0
SCALE = 2 / 64


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Fit 191 units of mean activation 0.1, then 25 of 0.01; draw the code and what its units look for."""
    X, _ = load_digits()
    numbers: dict[str, list[float]] = {}
    for n_components, rho, learning_rate in ((191, 0.1, 3e-3), (25, 0.01, 1e-2)):
        for seed in range(1 if quick else 3):
            sparse = SparseAutoencoder(
                n_components,
                sparsity="kl",
                sparsity_weight=BETA * SCALE,
                sparsity_target=rho,
                weight_decay=LAMBDA * SCALE,
                learning_rate=learning_rate,
                learning_rate_schedule="cosine",
                batch_size=100,
                max_epochs=1 if quick else 2000,
                random_state=seed,
            )
            told(f"{n_components} units, seed {seed}", sparse).fit(X)
            for name, number in objective_of_ng(sparse, X, rho).items():
                numbers.setdefault(f"{n_components} units: {name}", []).append(number)
        if n_components == 191:
            draw(sparse, X, out)
    return numbers


def objective_of_ng(sparse: SparseAutoencoder, X: np.ndarray, rho: float) -> dict[str, float]:
    """Work out J of the CS294A notes in float64, from the weights alone."""
    (encoder,), (decoder,) = sparse.network_.encoder, sparse.network_.decoder
    W1, b1, W2, b2 = (
        np.asarray(array, np.float64) for layer in (encoder, decoder) for array in (layer.weight, layer.bias)
    )
    code = 1 / (1 + np.exp(-(X @ W1 + b1)))
    squares = (1 / (1 + np.exp(-(code @ W2 + b2))) - X) ** 2
    mean = code.mean(axis=0)
    divergence = rho * np.log(rho / mean) + (1 - rho) * np.log((1 - rho) / (1 - mean))
    decay = LAMBDA / 2 * ((W1**2).sum() + (W2**2).sum())
    return {
        "J": squares.sum(axis=1).mean() / 2 + decay + BETA * divergence.sum(),
        "mean squared error": squares.mean(),
        "mean activation": mean.mean(),
        "least mean activation of a unit": mean.min(),
        "largest mean activation of a unit": mean.max(),
    }


def draw(sparse: SparseAutoencoder, X: np.ndarray, out: Path) -> None:
    """Draw the activations of a hundred digits, and what single units look for."""
    codes = sparse.transform(X)
    figure, axes = plt.subplots(1, 2, figsize=(12, 4.4), width_ratios=(2, 1), layout="constrained")
    picture = axes[0].imshow(
        codes[:100], cmap="gray_r", vmin=0, vmax=1, aspect="auto", interpolation="nearest"
    )
    axes[0].set(xlabel="unit of the code", ylabel="digit", title="Activations of the code, 100 digits")
    figure.colorbar(picture, ax=axes[0], label="activation")
    axes[1].hist(codes.ravel(), bins=40, range=(0, 1), color="0.4")
    axes[1].set(
        xlabel="activation", ylabel="cells of the code", yscale="log", title="How active the cells are"
    )
    figure.savefig(out / "sparse_activations.png", dpi=120)

    # The input of unit length that excites a unit most is its weights, scaled to unit length.
    weights = np.asarray(sparse.network_.encoder[0].weight).T[:40].reshape(4, 10, 8, 8)
    shown = 0.5 + 0.5 * weights / np.abs(weights).max(axis=(2, 3), keepdims=True)
    rows = {f"units {10 * row} to {10 * row + 9}": shown[row] for row in range(4)}
    figure = draw_image_rows(rows, "What excites (white) and what silences (black) a unit")
    figure.savefig(out / "sparse_features.png", dpi=120)


if __name__ == "__main__":
    run_file(__file__)
