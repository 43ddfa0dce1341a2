"""The digits on a map: two numbers each, by a plain, a denoising and a variational autoencoder."""

from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.manifold import trustworthiness
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from diabolo import Autoencoder, DenoisingAutoencoder, VariationalAutoencoder, plot_codes
from diabolo.datasets import load_digits
from examples import run_file
from examples.telling import told

# As the classical program has it: 64-32-2-32-64, sigmoids throughout, Adam at 0.001.
CLASSICAL = {
    "hidden_layer_sizes": (32,),
    "activation": "sigmoid",
    "code_activation": "sigmoid",
    "optimizer_params": {"epsilon": 1e-7},
    "batch_size": 8,
}


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Fit the classical network by three seeds, and draw the three maps beside each other."""
    X, y = load_digits()
    epochs = 500
    if quick:
        X, y, epochs = X[:200], y[:200], 1

    numbers: dict[str, list[float]] = {
        "mean squared error": [],
        "5-nearest-neighbor label accuracy": [],
        "trustworthiness": [],
    }
    for seed in range(1 if quick else 3):
        classical = Autoencoder(2, **CLASSICAL, max_epochs=epochs, random_state=seed)
        classical = told(f"64-32-2-32-64, seed {seed}", classical).fit(X)
        codes = classical.transform(X)
        votes = cross_val_score(KNeighborsClassifier(5), codes, y, cv=LeaveOneOut())
        numbers["mean squared error"].append(-classical.score(X))
        numbers["5-nearest-neighbor label accuracy"].append(votes.mean())
        numbers["trustworthiness"].append(trustworthiness(X, codes, n_neighbors=10))

    # The same waist in three kinds; a larger step and wider layers open the map.
    settings = {
        "hidden_layer_sizes": (128, 32),
        "learning_rate": 2e-3,
        "learning_rate_schedule": "cosine",
        "max_epochs": 1 if quick else 200,
        "random_state": 0,
    }
    maps = {
        "plain": Autoencoder(2, **settings),
        "denoising": DenoisingAutoencoder(2, noise=0.2, **settings),
        "variational": VariationalAutoencoder(2, beta=0.1, **settings),
    }
    figure, axes = plt.subplots(1, 3, figsize=(14, 4.6), layout="constrained")
    for ax, (kind, autoencoder) in zip(axes, maps.items(), strict=True):
        plot_codes(told(kind, autoencoder).fit_transform(X), y, ax=ax)
        ax.set_title(f"{kind}: mean squared error {-autoencoder.score(X):.4f}")
        if ax is not axes[-1]:
            ax.get_legend().remove()
    figure.savefig(out / "digits_map.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
