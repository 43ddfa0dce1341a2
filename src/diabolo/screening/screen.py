"""Screening: every feature's test, information, variance and gaps in one pass, and which features to keep."""

from __future__ import annotations

import csv
import operator
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.cluster.team import current_team
from diabolo.data.atomic import atomic_write
from diabolo.data.destination import TEXT
from diabolo.data.target import entries_of
from diabolo.errors import InputError, ParameterError
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole
from diabolo.result_table import ResultTable
from diabolo.screening.bands import measured, measured_by
from diabolo.screening.f_test import f_of_sums, false_discovery
from diabolo.screening.mutual_information import normalize
from diabolo.screening.passes import as_source
from diabolo.screening.sums import variance_of_sums
from diabolo.screening.target import read_target

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64

    from diabolo.workers.pool import Workers

__all__ = ["Screening", "check_criteria", "keep", "screen"]

# Name -> column, how it is held against the limit; the limit's lowest value, whether that may be, highest.
_CRITERIA: dict[str, tuple[str, Callable[[Any, float], Any], float, bool, float]] = {
    "fdr": ("qvalue", operator.le, 0.0, False, 1.0),
    "mi": ("information", operator.ge, 0.0, True, np.inf),
    "normalized_mi": ("normalized_information", operator.ge, 0.0, True, 1.0),
    "min_variance": ("variance", operator.ge, 0.0, True, np.inf),
    "max_missing": ("missing", operator.le, 0.0, True, 1.0),
}
_COLUMNS = (
    "statistic", "pvalue", "qvalue", "information", "normalized_information", "variance", "missing",
)  # fmt: skip
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Screening(ResultTable):
    """What `diabolo.screen` found.

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

    See Also
    --------
    diabolo.screen

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
    def kept_names(self) -> tuple[str, ...] | None:
        """The names of the features that are kept, in order; None where the table has no names."""
        return None if self.feature_names is None else tuple(self.feature_names[i] for i in self.kept)

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

    def _columns(self) -> dict[str, Any]:
        names = range(self.n_features) if self.feature_names is None else self.feature_names
        figures = {name: getattr(self, name) for name in _COLUMNS}
        return {"feature": names, **figures, "kept": self.kept_mask}

    def _caption(self) -> str:
        asked = ", ".join(f"{name} {value:g}" for name, value in self.thresholds.items())
        return f"{len(self.kept):,} of {self.n_features:,} features are kept" + (asked and f": {asked}")

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
        with atomic_write(path, TEXT, "t") as handle:
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
                cells = (
                    ["" if value != value else f"{value:.9g}" for value in values[part].tolist()]
                    for values in columns
                )
                writer.writerows(zip(names, *cells, kept, strict=True))


def screen(
    X: Any,
    y: Any = None,
    *,
    fdr: float | None = None,
    mi: float | None = None,
    normalized_mi: float | None = None,
    top: int | None = None,
    min_variance: float | None = None,
    max_missing: float | None = None,
    information: bool = True,
    target: Literal["auto", "numbers", "classes"] = "auto",
    rows: Any = None,
    max_memory: int | str = "1GB",
    n_jobs: int = 2,
    workers: Workers | None = None,
    progress: Callable[[float], None] | None = None,
) -> Screening:
    """Measure every feature of a table against a target, and keep those that pass.

    A feature is kept when it passes every criterion given; of those, `top` keeps the best. Without a
    criterion all are kept, and the table of results remains.

    The table may be larger than memory. With information, bands of features are read whole, as wide as
    `max_memory` allows, so a file that is stored by rows is passed over once for each band; without, it is
    passed over once.

    In a cluster (`diabolo.initialize_cluster`) every process reads its share, of the features with
    information and of the rows without, and all find the same.

    Parameters
    ----------
    X : Source or array-like of shape (n_rows, n_features)
        The table; NaN is missing, and leaves a row out for that feature alone.
    y : array-like of shape (n_rows,), optional
        The target, neither missing nor infinite; by default the one that came with the table. Where `rows`
        are given, only its entries there are looked at.
    fdr : float, optional
        Largest q value (false discovery rate of the F test), above 0 and up to 1.
    mi : float, optional
        Smallest mutual information, in nats.
    normalized_mi : float, optional
        Smallest mutual information between 0 and 1: of numbers sqrt(1 - exp(-2 I)), of classes the share of
        their entropy.
    top : int, optional
        Most features to keep: those with the most information, or the largest F without `information`.
    min_variance : float, optional
        Smallest variance.
    max_missing : float, optional
        Largest share of missing cells, 0 to 1.
    information : bool, default True
        Whether to estimate the mutual information, which takes most of the time and wants whole columns.
    target : {"auto", "numbers", "classes"}, default "auto"
        What the target is. By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at
        most 20 different values are classes; other numbers are numbers.
    rows : array-like of int or bool, optional
        The rows to look at, such as the training rows; all by default.
    max_memory : int or str, default "1GB"
        Bytes that screening may hold, beside the interpreter and the table where that is an array.
    n_jobs : int, default 2
        Threads; of each worker, where there are ``workers``.
    workers : Workers, optional
        From `diabolo.workers.open_workers`: each measures bands of features over all rows, and may hold
        `max_memory`. The bits are the same as without, with `information`; else sums agree to rounding.
    progress : callable, optional
        Told of the share that is done, from 0 to 1, as it grows.

    Returns
    -------
    Screening
        The numbers of every feature, and ``kept``.

    Raises
    ------
    ParameterError
        A criterion is out of its range, or `max_memory` is too little.
    InputError
        The table or the target cannot be used.

    See Also
    --------
    diabolo.screening.Screening, ScreeningSelector

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995), for the false discovery rate; G. A. Darbellay, I. Vajda (1999), for the
    information. See `diabolo.screening.f_test` and `mutual_information`.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> y = random.normal(size=500)
    >>> X = random.normal(size=(500, 100))
    >>> X[:, 7] += y
    >>> X[:, 8] += y**2
    >>> screen(X, y, fdr=0.001).kept.tolist()
    [7]
    >>> screen(X, y, mi=0.1).kept.tolist()
    [7, 8]
    """
    criteria = check_criteria(
        information, fdr=fdr, mi=mi, normalized_mi=normalized_mi, top=top,
        min_variance=min_variance, max_missing=max_missing,
    )  # fmt: skip
    source = as_source(X)
    if y is None and source.target_name is not None:
        y = source.carried[source.target_name]
    if rows is not None:
        if np.ndim(y) and len(y) != source.n_rows:
            raise InputError(
                f"screen: y has {len(y)} entries, expected {source.n_rows}: one for each row of the table, "
                "those that `rows` leaves out included."
            )
        source = source.rows(rows)
        y = None if y is None else entries_of(y)[source.chosen]
    goal = read_target(y, source.n_rows, target)
    how = (source, goal, information, max_memory, n_jobs, progress)
    if current_team().n_processes > 1 and workers is not None:
        raise ParameterError(
            f"screen: {setting('workers')} cannot be given in a process of a cluster, which has its share of "
            "the table already; leave it out."
        )
    sums, nats = measured(*how) if workers is None else measured_by(workers, *how)
    test = f_of_sums(sums)
    spread, missing = variance_of_sums(sums, source.n_rows)
    found = {
        "statistic": test.statistic,
        "pvalue": test.pvalue,
        "qvalue": false_discovery(test.pvalue),
        "information": nats,
        "normalized_information": normalize(nats, goal),
        "variance": spread,
        "missing": missing,
    }
    return Screening(
        **found,
        kept_mask=keep(found, criteria, by="information" if information else "statistic"),
        n_rows=source.n_rows,
        criteria=criteria,
        feature_names=source.feature_names,
    )


def check_criteria(information: bool, **given: Any) -> dict[str, float]:
    """Check what is asked of a feature, and leave out what is not asked.

    Parameters
    ----------
    information : bool
        Whether the information is estimated.
    **given : float or None
        ``fdr``, ``mi``, ``normalized_mi``, ``top``, ``min_variance``, ``max_missing``.

    Returns
    -------
    dict
        Those that are not None.

    Raises
    ------
    ParameterError
        One is out of its range, or wants information that is not estimated.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    for name, value in asked.items():
        if name == "top":
            if not is_whole(value) or value < 1:
                raise ParameterError(
                    f"screen: {setting('top', value)} is not possible; expected a whole number of features, "
                    "1 or more."
                )
            continue
        _, _, lowest, may_be_lowest, highest = _CRITERIA[name]
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not (lowest <= value <= highest) or (value == lowest and not may_be_lowest):
            what = f"at least {lowest:g}" if may_be_lowest else f"above {lowest:g}"
            upto = "" if highest == np.inf else f" and at most {highest:g}"
            raise ParameterError(
                f"screen: {setting(name, value)} is not possible; expected a number {what}{upto}."
            )
    if not information:
        for name in {"mi", "normalized_mi"} & set(asked):
            raise ParameterError(f"screen: {name} takes information=True; got information=False.")
    return asked


def keep(
    found: dict[str, Float64[np.ndarray, " n_features"]],
    criteria: dict[str, float],
    by: Literal["information", "statistic"],
) -> Bool[np.ndarray, " n_features"]:
    """Mark the features that pass every criterion.

    Parameters
    ----------
    found : dict of str to float64 array of shape (n_features,)
        Columns of a `Screening`; what a criterion asks of a NaN is never met.
    criteria : dict
        As `check_criteria` returns them.
    by : {"information", "statistic"}
        What decides who is among the ``top``; of equal features the first.

    Returns
    -------
    bool array of shape (n_features,)

    Examples
    --------
    >>> keep({"qvalue": np.array([0.01, 0.2]), "statistic": np.array([9.0, 2.0])}, {"fdr": 0.05}, "statistic")
    array([ True, False])
    """
    kept = np.ones(len(found[by]), bool)
    for name, limit in criteria.items():
        if name != "top":
            column, meets, *_ = _CRITERIA[name]
            kept &= meets(found[column], limit)
    if "top" in criteria:
        best = np.where(kept & ~np.isnan(found[by]), found[by], -np.inf)
        order = np.argsort(-best, kind="stable")[: int(criteria["top"])]
        chosen = np.zeros_like(kept)
        chosen[order] = best[order] > -np.inf
        kept = chosen
    return kept
