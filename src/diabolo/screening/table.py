"""What a screening found of every feature, and which features it keeps."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.atomic import atomic_write

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64

__all__ = ["Screening"]

_COLUMNS = (
    "statistic", "pvalue", "qvalue", "information", "normalized_information", "variance", "missing",
)  # fmt: skip
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Screening:
    """What `screen` found.

    Parameters
    ----------
    statistic, pvalue, qvalue : float64 arrays of shape (n_features,)
        F test and false discovery rate.
    information, normalized_information : float64 arrays of shape (n_features,)
        Mutual information with the target in nats, and between 0 and 1; NaN where it was not asked for.
    variance, missing : float64 arrays of shape (n_features,)
        Of the cells that are there; share of cells that are not.
    kept_mask : bool array of shape (n_features,)
        Which features pass every criterion.
    n_rows : int
        Rows that were looked at.
    criteria : mapping of str to float
        What was asked for.
    feature_names : tuple of str, or None
        The features' names, where the table has any.

    Examples
    --------
    >>> import diabolo
    >>> random = np.random.default_rng(0)
    >>> y = random.normal(size=200)
    >>> X = np.stack([y + random.normal(size=200), random.normal(size=200)], axis=1)
    >>> found = diabolo.screen(X, y, fdr=0.05)
    >>> found.kept.tolist(), found.thresholds
    ([0], {'fdr': 0.05})
    """

    statistic: Float64[np.ndarray, " n_features"]
    pvalue: Float64[np.ndarray, " n_features"]
    qvalue: Float64[np.ndarray, " n_features"]
    information: Float64[np.ndarray, " n_features"]
    normalized_information: Float64[np.ndarray, " n_features"]
    variance: Float64[np.ndarray, " n_features"]
    missing: Float64[np.ndarray, " n_features"]
    kept_mask: Bool[np.ndarray, " n_features"]
    n_rows: int
    criteria: Mapping[str, float] = field(default_factory=dict)
    feature_names: tuple[str, ...] | None = None

    @property
    def kept(self) -> Int64[np.ndarray, " kept"]:
        """The numbers of the features that are kept, in order."""
        return np.flatnonzero(self.kept_mask)

    @property
    def n_features(self) -> int:
        """How many features were screened."""
        return len(self.kept_mask)

    @property
    def thresholds(self) -> dict[str, float]:
        """What was asked for; with ``top``, also the smallest value among the features kept."""
        found = dict(self.criteria)
        if "top" in found and self.kept_mask.any():
            name = "statistic" if np.isnan(self.information).all() else "information"
            found[f"smallest_{name}"] = float(getattr(self, name)[self.kept_mask].min())
        return found

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table, a line for each feature, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Where to; values are written with nine digits, missing ones as nothing.

        Raises
        ------
        DataFileError
            It cannot be written.
        """
        columns = [getattr(self, name) for name in _COLUMNS]
        with atomic_write(path, "t") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["feature", *_COLUMNS, "kept"])
            for start in range(0, self.n_features, _ROWS_AT_ONCE):
                part = slice(start, start + _ROWS_AT_ONCE)
                kept = self.kept_mask[part].astype(int).tolist()
                names = (
                    range(start, start + len(kept))
                    if self.feature_names is None
                    else self.feature_names[part]
                )
                cells = ([_written(value) for value in values[part].tolist()] for values in columns)
                writer.writerows(zip(names, *cells, kept, strict=True))


def _written(value: float) -> str:
    return "" if value != value else f"{value:.9g}"
