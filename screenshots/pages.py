"""The pages that are photographed, each made of data that are on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import diabolo
from diabolo.datasets import load_digits, load_ecg5000, load_fashion_mnist
from diabolo.datasets.catalog import CATALOG
from diabolo.datasets.files import files_here
from diabolo.evaluation import latent_sweep
from screenshots.station import station


def digits(page: Path) -> None:
    """Squeeze 1,797 handwritten digits through two numbers."""
    X, y = load_digits()
    settings = {"hidden_layer_sizes": (32,), "activation": "sigmoid", "code_activation": "sigmoid"}
    model = diabolo.Autoencoder(
        2, **settings, learning_rate=0.01, batch_size=8, max_epochs=200, random_state=0
    )
    diabolo.report(model.fit(X), X, y, label_name="digit", path=page, data_name="digits")


_ARTICLES = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]


def fashion(page: Path) -> None:
    """Map the 10,000 images of Fashion-MNIST's test part."""
    X, y = load_fashion_mnist("test")
    articles = np.array(_ARTICLES)[y]
    model = diabolo.Autoencoder(2, hidden_layer_sizes=(256, 64), max_epochs=15, random_state=0)
    diabolo.report(model.fit(X), X, articles, label_name="article", path=page, data_name="fashion-mnist")


def ecg(page: Path) -> None:
    """Score 5,000 heart beats by a detector that has seen the normal ones of every second row."""
    X, y = load_ecg5000("all")
    kinds = np.array(["normal", "R-on-T", "PVC", "ectopic", "other"])[np.asarray(y) - 1]
    seen = np.arange(len(X)) % 2 == 0
    detector = diabolo.AutoencoderDetector(random_state=0).fit(X[seen & (kinds == "normal")])
    diabolo.report(
        *(detector, X, kinds), label_name="beat", normal_label="normal", path=page, data_name="ecg5000"
    )


def methylation(page: Path) -> None:
    """Squeeze the DNA methylation of 472 brains at 7,503 sites, and color it by age."""
    (file, *_), _ = files_here(CATALOG["gse74193"])
    with np.load(file) as held:
        X, age, sites = held["X"], held["y"], held["feature_names"]
    table = pd.DataFrame(X, columns=[str(site) for site in sites])
    model = diabolo.Autoencoder(8, random_state=0).fit(table)
    screening = diabolo.screen(table, age, top=200)
    diabolo.report(model, table, age, label_name="age", screening=screening, path=page, data_name="gse74193")


def pumps(page: Path) -> None:
    """Squeeze 4,000 hours of a pumping station: 50 columns, a state and the weather beside them."""
    table, state, temperature = station()
    model = diabolo.Autoencoder(4, scale="standard", max_epochs=40, random_state=0)
    sweep = latent_sweep(table.to_numpy(), n_components=(1, 2, 4, 8), autoencoder=model, seeds=(0, 1))
    diabolo.report(
        *(model.fit(table), table, state),
        label_name="state",
        columns={"air C": temperature},
        sweep=sweep,
        path=page,
        data_name="station",
    )


PAGES: dict[str, Callable[[Path], None]] = {
    "digits": digits,
    "fashion": fashion,
    "ecg": ecg,
    "methylation": methylation,
    "station": pumps,
}
"""What makes each page, given where to."""

_SETS = {"fashion": "fashion-mnist", "ecg": "ecg5000", "methylation": "gse74193"}


def missing(name: str) -> str | None:
    """Say what a page's data lack on this machine; None where all is here.

    Parameters
    ----------
    name : str
        One of `PAGES`.

    Returns
    -------
    str or None
    """
    if name not in _SETS:
        return None
    dataset = CATALOG[_SETS[name]]
    here, lacking = files_here(dataset)
    if here and not lacking:
        return None
    return f"{dataset.title} is not here ({', '.join(lacking)}); set DIABOLO_DATA, or {dataset.command}"
