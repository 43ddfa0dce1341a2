"""ADBench's protocol: labeled rows, split, scaled by their training part, and fitted without labels."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

SEEDS = (1, 2, 3)
MOST_ROWS = 10_000


def folder() -> Path | None:
    """Return the folder of the sets, ``adbench`` in the one that ``DIABOLO_DATA`` names, if it is there."""
    named = os.environ.get("DIABOLO_DATA", "").strip()
    path = Path(named).expanduser() / "adbench"
    return path if named and path.is_dir() else None


def names() -> list[str]:
    """List the sets."""
    where = folder()
    return [] if where is None else sorted(path.stem for path in where.glob("*.npz"))


def split(name: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return training rows, test rows and which test rows are anomalies; as of :func:`labeled_split`."""
    train, test, _, y_test = labeled_split(name, seed)
    return train, test, y_test


def labeled_split(name: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training rows, test rows, and which of the training and of the test rows are anomalies.

    Of sets over 10,000 rows so many are drawn; 70% of the rows train, anomalies among them in the same share;
    every column is scaled by the training rows' least and largest cell.
    """
    where = folder()
    assert where is not None, "DIABOLO_DATA names no folder with adbench in it"
    with np.load(where / f"{name}.npz") as held:
        X, y = held["X"].astype(float), held["y"].astype(int)
    if len(X) > MOST_ROWS:
        X, _, y, _ = train_test_split(X, y, train_size=MOST_ROWS, stratify=y, random_state=seed)
    train, test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
    least, largest = train.min(axis=0), train.max(axis=0)
    span = np.where(largest > least, largest - least, 1.0)
    return (train - least) / span, (test - least) / span, y_train, y_test
