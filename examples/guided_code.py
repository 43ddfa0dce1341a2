"""A target that lies in a faint direction: a plain code drops it, a guided code keeps it.

The rows are made, not measured: forty readings of a body, which six loud things move (posture, light and
the like) and age only a little. Two numbers a row are to be kept, and age is to be read from them.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from diabolo import Autoencoder, plot_codes
from examples import run_file
from examples.telling import told


def made_rows(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Make rows of 40 columns and their ages in years: a hundredth of a loud direction's variance."""
    random = np.random.default_rng(0)
    directions = np.linalg.qr(random.normal(size=(40, 7)))[0].T
    age = random.uniform(20, 80, n_rows)
    loud = random.normal(scale=5.0, size=(n_rows, 6))
    faint = (age[:, np.newaxis] - 50) / np.std(age) * 0.5
    noise = random.normal(scale=0.05, size=(n_rows, 40))
    return (np.hstack([loud, faint]) @ directions + noise).astype(np.float32), age


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Read age from held-out codes of principal components, a plain and a guided autoencoder."""
    X, age = made_rows(200 if quick else 3000)
    X_train, X_test, age_train, age_test = train_test_split(X, age, test_size=0.3, random_state=0)
    settings = {
        "hidden_layer_sizes": (32,),
        "scale": "standard",
        "learning_rate_schedule": "cosine",
        "max_epochs": 1 if quick else 200,
    }
    numbers: dict[str, list[float]] = {}
    figure, axes = plt.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    for seed in range(1 if quick else 3):
        models = {
            "principal components": make_pipeline(StandardScaler(), PCA(2)),
            "plain code": Autoencoder(2, **settings, random_state=seed),
            "guided code": Autoencoder(2, **settings, supervision_weight=1.0, random_state=seed),
        }
        for ax, (kind, model) in zip(axes, models.items(), strict=True):
            told(f"{kind}, seed {seed}", model)
            codes, codes_test = model.fit(X_train, age_train).transform(X_train), model.transform(X_test)
            kept = Ridge().fit(codes, age_train).score(codes_test, age_test)
            lost = np.mean((model.inverse_transform(codes_test) - X_test) ** 2) / X_test.var(axis=0).mean()
            numbers.setdefault(f"R² of age, {kind}", []).append(kept)
            numbers.setdefault(f"share of variance lost, {kind}", []).append(lost)
            if seed == 0:
                plot_codes(codes_test, age_test, ax=ax)
                ax.set_title(f"{kind}: R² of age {kept:z.2f}")
    # One color bar is enough for the three.
    *spare, bar = figure.axes[3:]
    for axes_of_bar in spare:
        axes_of_bar.set_visible(False)
    bar.set_ylabel("age in years")
    figure.savefig(out / "guided_code.png", dpi=120)
    return numbers


if __name__ == "__main__":
    run_file(__file__)
