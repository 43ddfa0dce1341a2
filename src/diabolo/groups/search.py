"""Groups of rows by their codes: the search, from a model and a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.open_table import open_table
from diabolo.data.source import Source
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.groups.clustering import NUMBERS, SMALLEST, Clustering, best_number, clustered, extended
from diabolo.groups.features import feature_differences
from diabolo.groups.found import Groups
from diabolo.groups.stability import measured_stability
from diabolo.messages import either, setting
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.kinds import Kind, is_whole, one_of, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jaxtyping import Float64, Int64

__all__ = ["METHOD", "NUMBER", "SIZE", "code_weights", "find_groups"]

METHOD = one_of(
    "auto",
    "hdbscan",
    "k-means",
    same={"kmeans": "k-means", "k_means": "k-means"},
    foreign={"dbscan": "hdbscan", "density": "hdbscan", "KMeans": "k-means", "HDBSCAN": "hdbscan"},
)
NUMBER, SIZE = whole(2), whole(2)
_SEED = Kind("a whole number, 0 or more", lambda value: is_whole(value) and value >= 0)
_OWNER = "find_groups"
_BEGINNING = either(f"{_OWNER}: ", "")  # who typed a command called nothing of that name
_CLUSTERED, _HELD_AGAINST_CHANCE, _SILHOUETTES = 20_000, 1_000, 2_000
_DECODED_CELLS, _DECODED_ROWS = 2**22, 256


def find_groups(
    autoencoder: Any,
    X: Any,
    *,
    method: str = "auto",
    n_clusters: int | None = None,
    min_cluster_size: int | None = None,
    random_state: int = 0,
) -> Groups:
    """Find groups of rows among their codes, and say what sets each apart and whether they are there.

    Codes are weighed by how far each of their numbers moves the rows that are decoded from them, in the units
    that the autoencoder scales rows to, so that two codes are as far apart as what they stand for. Of more
    than 20,000 rows so many, drawn at random, are clustered, and every other row has the group of the nearest
    center (k-means) or of the nearest of them (HDBSCAN). A table on disk is read block by block.

    Parameters
    ----------
    autoencoder : fitted estimator
        Whose ``transform`` gives codes: any of Diabolo's autoencoders, or another transformer.
    X : Source, path, array or data frame of shape (n_rows, n_features)
        Rows, in the units of ``fit``; of images, an array of them, too.
    method : {"auto", "hdbscan", "k-means"}, default "auto"
        "hdbscan" finds dense groups of any shape and leaves rows between them out; "k-means" gives every row
        to the nearest of some centers. "auto" is k-means where `n_clusters` is given, else HDBSCAN.
    n_clusters : int, 2 or more, or None, default None
        How many groups k-means makes. None tries 2 to 10 and takes the number of the largest silhouette.
    min_cluster_size : int, 2 or more, or None, default None
        How many rows make a group for HDBSCAN. None is the square root of the number of rows that are
        clustered, and 5 at the least.
    random_state : int, 0 or more, default 0
        Seed of all that is drawn. The same seed, codes and machine give the same groups.

    Returns
    -------
    Groups
        Printed, sizes and what sets groups apart; ``labels`` has each row's group, ``verdict`` says whether
        they are more than chance, ``features(group)`` what sets one apart.

    Raises
    ------
    ParameterError
        A setting cannot be, or belongs to the other method.
    InputError
        There are too few rows or different codes, or the model is a detector.

    See Also
    --------
    diabolo.groups.Groups, diabolo.plotting.plot_groups

    References
    ----------
    `clustered` (diabolo.groups.clustering) names those of the methods, `measured_stability` those of the
    verdict, `feature_differences` those of the features.

    Examples
    --------
    >>> from diabolo import Autoencoder, find_groups
    >>> from sklearn.datasets import load_iris
    >>> iris = load_iris(as_frame=True)
    >>> autoencoder = Autoencoder(2, scale="standard", max_epochs=1, random_state=0).fit(iris.data)
    >>> found = find_groups(autoencoder, iris.data)
    >>> found.n_groups, found.features(1, 1)[0].name
    (2, 'petal length (cm)')
    """
    how = _asked(method, n_clusters, min_cluster_size, random_state)
    if hasattr(autoencoder, "anomaly_score"):
        raise InputError(
            f"{_BEGINNING}the model is a detector, which scores rows and gives no codes; give an autoencoder."
        )
    if not hasattr(autoencoder, "transform"):
        raise InputTypeError(
            f"{_BEGINNING}the model must be a fitted autoencoder; got {type(autoencoder).__name__}, which "
            "has no transform."
        )
    is_stack = isinstance(X, np.ndarray) and X.ndim > 2
    table = getattr(autoencoder, "categories_", None)
    kept = None if table is None or table.names is None or isinstance(X, Source) else table.category_names
    source = open_table(X.reshape(len(X), -1) if is_stack else X, keep_columns=kept)
    codes = np.asarray(autoencoder.transform(X if is_stack else source), np.float64)
    n_rows, random = len(codes), np.random.default_rng([random_state, 0])
    chosen = np.arange(n_rows)
    if n_rows > _CLUSTERED:
        chosen = np.sort(random.choice(n_rows, _CLUSTERED, replace=False))
    _refuse_too_few(how, codes[chosen])
    weights = code_weights(autoencoder, codes[_some(chosen, _DECODED_ROWS, random)])
    codes *= weights
    how = _settled(how, codes, chosen, random, random_state)
    found = clustered(codes[chosen], how, random_state)
    labels = np.empty(n_rows, np.int64)
    labels[chosen] = found
    if len(chosen) < n_rows:
        rest = np.setdiff1d(np.arange(n_rows), chosen, assume_unique=True)
        labels[rest] = extended(codes[chosen], found, codes[rest], how.method)
    labels, sizes = _by_size(labels)
    stability = None
    if len(sizes):
        some = _some(chosen, _HELD_AGAINST_CHANCE, random)
        share = len(some) / len(chosen)
        stability = measured_stability(codes[some], labels[some], how, share, random_state)
    settings = {"n_clusters": how.n_clusters, "min_cluster_size": how.min_cluster_size}
    return Groups(
        labels=labels,
        sizes=sizes,
        method=how.method,
        settings={name: value for name, value in settings.items() if value is not None},
        code_weights=weights,
        n_clustered=len(chosen),
        stability=stability,
        differences=feature_differences(source, labels, len(sizes), random_state),
        feature_names=_names(autoencoder, source),
    )


def code_weights(
    autoencoder: Any, codes: Float64[np.ndarray, "rows components"]
) -> Float64[np.ndarray, " components"]:
    """Say how far the rows that are decoded move as each number of a code does.

    Parameters
    ----------
    autoencoder : fitted estimator
        With ``inverse_transform``; all weights are 1 without.
    codes : float64 array of shape (rows, components)
        Around which it is measured, by central differences of half a standard deviation to each side.

    Returns
    -------
    float64 array of shape (components,)
        Root mean squares over the codes, in the units that rows are scaled to. For principal components all
        are 1, and so they are where rows have categories, which do not move by steps.
    """
    width = codes.shape[1]
    has_categories = getattr(autoencoder, "categories_", None) is not None
    if has_categories or not hasattr(autoencoder, "inverse_transform"):
        return np.ones(width)
    scaler = getattr(autoencoder, "scaler_", None)
    factor = 1.0 if scaler is None or scaler.kind is None else scaler.factor
    weights, steps = np.zeros(width), codes.std(axis=0) / 2
    codes = codes[: max(_DECODED_CELLS // getattr(autoencoder, "n_features_in_", 1), 8)]
    for place in np.flatnonzero(steps > 0):
        step = np.zeros(width)
        step[place] = steps[place]
        ends = [
            np.asarray(autoencoder.inverse_transform((codes + way * step).astype(np.float32)), np.float64)
            for way in (1, -1)
        ]
        moved = (ends[0] - ends[1]).reshape(len(codes), -1) * factor
        weights[place] = math.sqrt(float(np.mean(np.sum(moved**2, axis=1)))) / (2 * steps[place])
    return weights if (weights * steps).any() else np.ones(width)


def _asked(method: Any, n_clusters: Any, min_cluster_size: Any, random_state: Any) -> Clustering:
    """Check what was asked, and settle the method."""
    refuse_unless(_OWNER, "method", method, METHOD)
    refuse_unless(_OWNER, "n_clusters", n_clusters, NUMBER.or_none())
    refuse_unless(_OWNER, "min_cluster_size", min_cluster_size, SIZE.or_none())
    refuse_unless(_OWNER, "random_state", random_state, _SEED)
    method = METHOD.canonical(method)
    if method == "auto":
        method = "hdbscan" if n_clusters is None else "k-means"
    stray = ("n_clusters", n_clusters) if method == "hdbscan" else ("min_cluster_size", min_cluster_size)
    if stray[1] is not None:
        other = {"hdbscan": "k-means", "k-means": "hdbscan"}[method]
        raise ParameterError(
            f"{_BEGINNING}{setting(*stray)} is for {setting('method', other)}, and these groups are made by "
            f"{setting('method', method)}; leave one of the two out."
        )
    return Clustering(method, n_clusters, min_cluster_size)


def _refuse_too_few(how: Clustering, codes: Float64[np.ndarray, "rows components"]) -> None:
    n_rows, n_different = len(codes), len(np.unique(codes, axis=0))
    if how.method == "hdbscan":
        least = 2 * max(how.min_cluster_size or SMALLEST, SMALLEST)
        if n_rows < least:
            there = "is 1 row" if n_rows == 1 else f"are {n_rows} rows"
            raise InputError(
                f"{_BEGINNING}there {there}, and two groups by density need {least}; give more, or say how "
                f"many groups there are, such as {setting('n_clusters', 2)}."
            )
    least = how.n_clusters or 2
    if n_different < least:
        raise InputError(
            f"{_BEGINNING}the {n_rows:,} rows have {n_different} different code{'s' * (n_different != 1)}, "
            f"too few for {least} groups; give rows that differ, or ask for fewer groups."
        )


def _settled(
    how: Clustering,
    codes: Float64[np.ndarray, "rows components"],
    chosen: Int64[np.ndarray, " chosen"],
    random: np.random.Generator,
    seed: int,
) -> Clustering:
    """Choose how many groups or how large ones, where it was not said."""
    if how.method == "hdbscan":
        size = how.min_cluster_size
        return Clustering(
            "hdbscan", None, max(round(math.sqrt(len(chosen))), SMALLEST) if size is None else size
        )
    if how.n_clusters is not None:
        return how
    some = codes[_some(chosen, _SILHOUETTES, random)]
    most = min(len(np.unique(some, axis=0)), NUMBERS.stop - 1)
    return Clustering("k-means", best_number(some, range(NUMBERS.start, most + 1), seed))


def _some(
    chosen: Int64[np.ndarray, " chosen"], most: int, random: np.random.Generator
) -> Int64[np.ndarray, " some"]:
    """Draw some of the rows, in order; all of a few."""
    return chosen if len(chosen) <= most else np.sort(random.choice(chosen, most, replace=False))


def _by_size(
    labels: Int64[np.ndarray, " rows"],
) -> tuple[Int64[np.ndarray, " rows"], Int64[np.ndarray, " groups"]]:
    """Give groups numbers by falling size, of equal ones first that of the earlier row; return sizes, too."""
    names, first, counts = np.unique(labels, return_index=True, return_counts=True)
    inside = names >= 0
    order = np.lexsort((first[inside], -counts[inside]))
    number = np.full(len(names), -1, np.int64)
    number[np.flatnonzero(inside)[order]] = np.arange(len(order))
    return number[np.searchsorted(names, labels)], counts[inside][order].astype(np.int64)


def _names(autoencoder: Any, source: Any) -> Sequence[str]:
    known = getattr(autoencoder, "feature_names_in_", None)
    if source.feature_names is not None:
        return tuple(source.feature_names)
    if known is not None:
        return tuple(str(name) for name in known)
    return tuple(f"x{number}" for number in range(source.n_features))
