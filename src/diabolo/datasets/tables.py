"""A data set as one table with names, to be written to a file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.datasets.catalog import Dataset
from diabolo.datasets.digits import load_digits
from diabolo.datasets.ecg5000 import load_ecg5000
from diabolo.datasets.mnist import load_images

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

__all__ = ["LabeledTable", "table_of"]


@dataclass(frozen=True)
class LabeledTable:
    """Rows of numbers with names, and what stands beside them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The numbers.
    names : list of str
        Of the columns.
    carried : mapping of str to ndarray of shape (n_rows,)
        Labels, and of a set in parts which part a row is of.
    """

    X: Float[np.ndarray, "n_rows n_columns"]
    names: list[str]
    carried: Mapping[str, Shaped[np.ndarray, " n_rows"]]


def table_of(dataset: Dataset) -> LabeledTable:
    """Load all rows of a data set that has labels.

    Parameters
    ----------
    dataset : Dataset
        One of a ``label``.

    Returns
    -------
    LabeledTable
        Images as rows of pixels between 0 and 1, labels of text where the set names its classes.

    Raises
    ------
    DataFileError
        It is not on this machine and cannot be downloaded.

    Examples
    --------
    >>> from diabolo.datasets.catalog import CATALOG
    >>> table = table_of(CATALOG["iris"])
    >>> table.X.shape, table.names[0], str(table.carried["species"][0])
    ((150, 4), 'sepal_length_cm', 'setosa')
    """
    if dataset.files:
        X, y = load_images(dataset, "all", images=False)
        names = _pixels(dataset.columns)
    elif dataset.name == "digits":
        X, y = load_digits()
        names = _pixels(dataset.columns)
    elif dataset.name == "ecg5000":
        X, y = load_ecg5000("all")
        names = [f"point_{number}" for number in range(X.shape[1])]
    else:
        X, y, names = _of_scikit_learn(dataset.name)
    carried = {dataset.label: y}
    if len(dataset.rows) > 1:
        carried["split"] = np.repeat(list(dataset.rows), list(dataset.rows.values()))
    return LabeledTable(X, names, carried)


def _pixels(n_columns: int) -> list[str]:
    size = math.isqrt(n_columns)
    return [f"pixel_{row}_{column}" for row in range(size) for column in range(size)]


def _of_scikit_learn(name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    import sklearn.datasets

    found = getattr(sklearn.datasets, f"load_{name.replace('-', '_')}")()
    names = [_plain(column) for column in found.feature_names]
    return found.data, np.asarray(found.target_names)[found.target], names


def _plain(name: str) -> str:
    """Write a column's name without what would have to be quoted in a shell."""
    return name.replace("(", "").replace(")", "").replace("/", "_").replace(" ", "_")
