"""Age from the DNA methylation of 472 brains: what a code keeps of it, beside linear methods.

The rows are measured: 7,503 sites of GEO's GSE74193 (Jaffe et al., Nature Neuroscience, 2016), chosen since
they go with age, so that screening for false discoveries leaves none out. The clocks of Hannum and Horvath
(2013) are elastic nets; Horvath's fits a logarithm of age below 20, here everything fits years.
"""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNetCV, RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from diabolo import Autoencoder, FTestSelector
from diabolo.datasets.catalog import CATALOG
from diabolo.datasets.files import required_files
from examples import run_file
from examples.telling import told


def brains() -> tuple[np.ndarray, np.ndarray]:
    """Load the methylated share of every site, and ages in years: from before birth to 97."""
    (path,) = required_files(CATALOG["gse74193"])
    if path.suffix == ".npz":
        with np.load(path) as held:
            return held["X"], held["y"]
    # As the package has it: a site a line, a person a column, ages in the last line.
    cells = np.loadtxt(path, np.float32, delimiter="\t", skiprows=1, usecols=range(1, 473))
    return cells[:-1].T, cells[-1]


def by_ridge(*steps: object) -> object:
    """Make a ridge of standardized columns, its strength by leave-one-out, after other steps."""
    return make_pipeline(*steps, StandardScaler(), RidgeCV(np.logspace(-2, 6, 33)))


def draw(ages: np.ndarray, predictions: dict[str, np.ndarray], path: Path) -> None:
    """Draw predicted ages of held-out people against their ages."""
    shown = ("plain code of 8, ridge", "guided code of 8, head", "elastic net on all sites")
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.6), layout="constrained", sharex=True, sharey=True)
    for ax, name in zip(axes, shown, strict=True):
        ax.axline((0, 0), slope=1, color="0.7", linewidth=1)
        ax.scatter(ages, predictions[name], s=14, alpha=0.7, linewidth=0)
        error = np.abs(predictions[name] - ages).mean()
        ax.set(title=f"{name}: {error:.2f} years off", xlabel="age in years")
    axes[0].set_ylabel("predicted age")
    figure.savefig(path, dpi=120)


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Read age from sites and from codes, over five splits; measure what share of variance codes rebuild."""
    X, age = brains()
    X, few, sizes = (X[:, ::50], {"max_epochs": 1}, [8]) if quick else (X, {}, [8, 32, 128])
    errors: dict[str, list[float]] = {}
    shares: dict[str, list[float]] = {}
    for seed in range(1 if quick else 5):
        X_train, X_test, age_train, age_test = train_test_split(X, age, test_size=0.3, random_state=seed)
        net = ElasticNetCV(l1_ratio=0.5, alphas=25, max_iter=3000, n_jobs=2)
        predictors = {"ridge on all sites": by_ridge()}
        predictors["ridge on 1,000 screened sites"] = by_ridge(FTestSelector(top=50 if quick else 1000))
        predictors["elastic net on all sites"] = make_pipeline(StandardScaler(), net)
        predictors |= {f"partial least squares of {size}": PLSRegression(size) for size in (8, 16)}
        coders = {f"{size} principal components": PCA(size) for size in sizes}
        coders |= {f"plain code of {size}": Autoencoder(size, random_state=seed, **few) for size in sizes}
        for size in sizes[:2]:
            coder = Autoencoder(size, supervision_weight=1, random_state=seed, **few)
            coders[f"guided code of {size}"] = coder
        predictions = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the weakest penalties end near the minimum
            for name, model in predictors.items():
                told(f"{name}, split {seed}", model)
                predictions[name] = model.fit(X_train, age_train).predict(X_test).ravel()
        for name, model in coders.items():
            told(f"{name}, split {seed}", model)
            codes, codes_test = model.fit(X_train, age_train).transform(X_train), model.transform(X_test)
            predictions[f"{name}, ridge"] = by_ridge().fit(codes, age_train).predict(codes_test)
            if name.startswith("guided"):
                predictions[f"{name}, head"] = model.predict(X_test)
            lost = np.sum((model.inverse_transform(codes_test) - X_test) ** 2)
            share = 1 - lost / np.sum((X_test - X_train.mean(axis=0)) ** 2)
            shares.setdefault(f"share of variance rebuilt, {name}", []).append(share)
        for name, predicted in predictions.items():
            errors.setdefault(f"error in years, {name}", []).append(np.abs(predicted - age_test).mean())
        if seed == 0:
            draw(age_test, predictions, out / "methylation_age.png")
    return errors | shares


if __name__ == "__main__":
    run_file(__file__)
