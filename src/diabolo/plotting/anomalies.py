"""Anomaly scores: a row over its reconstruction, and scores against labels and thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from diabolo.data.target import entries_of, missing_in
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.plotting.canvas import FEW_FEATURES, name_features, open_axes, read_numbers

if TYPE_CHECKING:
    from jaxtyping import Bool, Float
    from numpy.typing import ArrayLike

    Scores = Float[np.ndarray, " rows"]
    Marks = Bool[np.ndarray, " rows"]
    Cuts = Float[np.ndarray, " cuts"]

__all__ = ["plot_anomaly", "plot_score_histogram", "plot_score_quality", "plot_threshold"]

_NORMAL, _ANOMALY, _LINE = "tab:blue", "tab:red", "0.2"
_BINS = 50
_SHARES = (-0.02, 1.02)  # an axis from 0 to 1, with room for what lies on its ends


def plot_anomaly(
    row: Float[ArrayLike, " features"],
    reconstruction: Float[ArrayLike, " features"],
    *,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one row over its reconstruction, the error between them filled.

    Parameters
    ----------
    row : array-like of shape (features,)
        The original; a data frame's row gives its names to the axis.
    reconstruction : array-like of shape (features,)
        What came back.
    title : str, optional
        What kind of row it is.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    InputError
        The two differ in shape, or are not single rows.

    See Also
    --------
    plot_odd_row, diabolo.plot_reconstructions

    Examples
    --------
    >>> ax = plot_anomaly([0.0, 1.0, 0.5], [0.1, 0.6, 0.5])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['row', 'reconstruction', 'error (mean 0.167)']
    """
    given, made = read_numbers(row, "row"), read_numbers(reconstruction, "reconstruction")
    if given.ndim != 1 or given.shape != made.shape or given.size == 0:
        raise InputError(
            f"row has shape {given.shape} and reconstruction {made.shape}; give one row of each, of the same "
            "features."
        )
    ax = open_axes(ax, (6.4, 3.6))
    places = np.arange(given.size)
    marker = "." if given.size <= FEW_FEATURES else ""
    ax.plot(places, given, color=_NORMAL, marker=marker, label="row")
    ax.plot(places, made, color=_ANOMALY, marker=marker, label="reconstruction")
    error = float(np.mean(np.abs(given - made)))
    ax.fill_between(
        places, made, given, color=_ANOMALY, alpha=0.25, linewidth=0, label=f"error (mean {error:.3g})"
    )
    names = getattr(row, "index", None)
    # A list's index is a method.
    names = [] if names is None or callable(names) else list(names)
    is_named = names and all(isinstance(name, str) for name in names)
    name_features(ax, names if is_named else None, given.size)
    if title is not None:
        ax.set_title(title)
    ax.grid(alpha=0.25)
    ax.legend()
    return ax


def plot_score_histogram(
    scores: Float[ArrayLike, " rows"],
    is_anomaly: Bool[ArrayLike, " rows"] | None = None,
    *,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the scores of normal rows and of anomalies are spread, and where the threshold lies.

    Parameters
    ----------
    scores : array-like of shape (rows,)
        Higher is odder.
    is_anomaly : boolean array-like of shape (rows,), optional
        What the rows are; rows with None or NaN in place of it are left out. Default: not known, one
        histogram of all.
    threshold : float, optional
        Drawn as a line.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on. Both histograms have the same bins, and each shows shares of its own rows. Where
        the largest score is more than ten times the median the axis is logarithmic.

    Raises
    ------
    InputError
        There are no scores, one is not finite, or there is not one label a score.

    See Also
    --------
    plot_threshold, plot_score_quality

    Examples
    --------
    >>> ax = plot_score_histogram([1.0, 2.0, 2.5, 9.0], [False, False, False, True], threshold=3.0)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['normal: 3', 'anomaly: 1', 'threshold 3']
    """
    values = _scores(scores)
    groups = [("rows", values, _NORMAL)]
    if is_anomaly is not None:
        values, is_odd = _known(values, is_anomaly)
        groups = [("normal", values[~is_odd], _NORMAL), ("anomaly", values[is_odd], _ANOMALY)]
    ax = open_axes(ax, (6.4, 3.8))
    is_wide = _are_wide(values)
    low, high = values.min(), values.max()
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = (np.geomspace if is_wide else np.linspace)(low, high, _BINS + 1)
    for name, members, color in groups:
        if members.size:
            shares = np.full(members.size, 100.0 / members.size)
            label = f"{name}: {members.size:,}"
            ax.hist(members, edges.tolist(), weights=shares, color=color, alpha=0.55, label=label)
    if is_wide:
        ax.set_xscale("log")
    if threshold is not None:
        ax.axvline(threshold, color=_LINE, linestyle="--", label=f"threshold {threshold:.4g}")
    share_of = "% of the rows of a kind" if len(groups) > 1 else "% of the rows"
    ax.set(xlabel="score (higher is odder)", ylabel=share_of)
    ax.legend()
    return ax


def plot_score_quality(
    scores: Float[ArrayLike, " rows"],
    is_anomaly: Bool[ArrayLike, " rows"],
    *,
    curve: str = "precision_recall",
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the precision-recall or the ROC curve of the scores, with the threshold's point.

    Anomalies are the positive class.

    Parameters
    ----------
    scores : array-like of shape (rows,)
        Higher is odder.
    is_anomaly : boolean array-like of shape (rows,)
        What the rows are; both kinds must be among them. Rows with None or NaN in place of it are left out.
    curve : {"precision_recall", "roc"}, default="precision_recall"
        Which.
    threshold : float, optional
        Its point is marked.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    ParameterError
        For another curve.
    InputError
        As for the histogram, or all rows are of one kind.

    See Also
    --------
    plot_threshold, plot_score_histogram

    Examples
    --------
    >>> ax = plot_score_quality([1.0, 2.0, 3.0], [False, True, True], curve="roc", threshold=2.5)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('share of normal rows flagged', 'recall')
    """
    if curve not in ("precision_recall", "roc"):
        hint = nearest_name(curve, ("precision_recall", "roc"), {"pr": "precision_recall", "auc": "roc"})
        raise ParameterError(f"curve must be 'precision_recall' or 'roc', got {curve!r}.{hint}")
    values, is_odd = _labeled(scores, is_anomaly)
    flagged, caught = _counts(values, is_odd)
    n_odd, n_normal = int(is_odd.sum()), int((~is_odd).sum())
    recall = caught / n_odd
    called = values > (np.inf if threshold is None else threshold)
    n_called, hits = int(called.sum()), int(np.sum(called & is_odd))
    ax = open_axes(ax, (4.6, 4.4))
    if curve == "roc":
        alarms = (flagged - caught) / n_normal
        ax.plot(alarms, recall, color=_NORMAL, label=f"area {np.trapezoid(recall, alarms):.4g}")
        ax.plot([0, 1], [0, 1], color="0.7", linestyle=":", label="chance")
        names, point = (
            ("share of normal rows flagged", "recall"),
            ((n_called - hits) / n_normal, hits / n_odd),
        )
    else:
        precision = caught[1:] / flagged[1:]
        label = f"average precision {np.sum(np.diff(recall) * precision):.4g}"
        ax.step(recall, np.append(precision[0], precision), where="pre", color=_NORMAL, label=label)
        share = n_odd / len(is_odd)
        ax.axhline(share, color="0.7", linestyle=":", label=f"chance {share:.3g}")
        names, point = ("recall", "precision"), (hits / n_odd, hits / max(n_called, 1))
    if threshold is not None:
        ax.plot(*point, marker="o", linestyle="", color=_ANOMALY, label=f"threshold {threshold:.4g}")
    ax.set(xlabel=names[0], ylabel=names[1], xlim=_SHARES, ylim=_SHARES)
    ax.grid(alpha=0.25)
    ax.legend()
    return ax


def plot_threshold(
    scores: Float[ArrayLike, " rows"],
    is_anomaly: Bool[ArrayLike, " rows"],
    *,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw precision and recall of the anomalies against the threshold.

    Parameters
    ----------
    scores : array-like of shape (rows,)
        Higher is odder.
    is_anomaly : boolean array-like of shape (rows,)
        What the rows are; both kinds must be among them. Rows with None or NaN in place of it are left out.
    threshold : float, optional
        The one in use, drawn as a line.
    ax : Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    InputError
        As for the curves.

    See Also
    --------
    plot_score_quality, plot_score_histogram

    Examples
    --------
    >>> ax = plot_threshold([1.0, 2.0, 3.0], [False, True, True], threshold=1.5)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['precision', 'recall', 'threshold 1.5']
    """
    values, is_odd = _labeled(scores, is_anomaly)
    flagged, caught = _counts(values, is_odd)
    lines = np.unique(values)[::-1]
    ax = open_axes(ax, (6.4, 3.8))
    # At a threshold the rows of all higher scores are flagged: the same ones from a score up to the next.
    precision, recall = caught[1:-1] / flagged[1:-1], caught[:-1] / is_odd.sum()
    # At the highest score none is flagged, and the precision is that of just below it.
    precision = np.append(precision[:1], precision)
    ax.step(lines[: len(precision)], precision, where="pre", color=_NORMAL, label="precision")
    ax.step(lines, recall, where="pre", color="tab:green", label="recall")
    if threshold is not None:
        ax.axvline(threshold, color=_LINE, linestyle="--", label=f"threshold {threshold:.4g}")
    if _are_wide(values):
        ax.set_xscale("log")
    ax.set(xlabel="threshold (rows with higher scores are flagged)", ylabel="share", ylim=_SHARES)
    ax.grid(alpha=0.25)
    # The curves cross the whole picture: where a layout makes room for it, the legend stands above.
    is_laid_out = ax.figure.get_layout_engine() is not None
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 3, "frameon": False}
    ax.legend(**(above if is_laid_out else {}))
    return ax


def _scores(scores: ArrayLike) -> Scores:
    values = read_numbers(scores, "scores")
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise InputError(
            f"scores must be one finite number for each of one or more rows, got shape {values.shape} with "
            f"{np.count_nonzero(~np.isfinite(values))} that are not finite."
        )
    return values


def _are_wide(values: Scores) -> bool:
    """Say whether scores want a logarithmic axis."""
    return bool(values.min() > 0 and values.max() > 10 * np.median(values))


def _known(values: Scores, is_anomaly: ArrayLike) -> tuple[Scores, Marks]:
    """Return the scores of rows of which it is known what they are, and which are anomalies."""
    labels = entries_of(is_anomaly)
    known = np.zeros(0, bool) if labels.shape != values.shape else ~missing_in(labels)
    present = labels[known] if known.size else labels
    # Truth values beside NaN are 0.0 and 1.0 to numpy.
    of_numpy = (0.0, 1.0) if labels.dtype.kind == "f" else ()
    if not known.any() or not all(
        label in of_numpy or label is True or label is False for label in present.tolist()
    ):
        raise InputError(
            f"is_anomaly must be true or false for each of the {len(values)} scores, got {labels.dtype} of "
            f"shape {labels.shape}; compare your labels with the normal one: labels != 'normal'."
        )
    return values[known], present.astype(bool)


def _labeled(scores: ArrayLike, is_anomaly: ArrayLike) -> tuple[Scores, Marks]:
    values = _scores(scores)
    values, is_odd = _known(values, is_anomaly)
    if is_odd.all() or not is_odd.any():
        raise InputError(
            f"all {len(is_odd)} rows are {'anomalies' if is_odd.all() else 'normal'}; a curve needs both "
            "kinds."
        )
    return values, is_odd


def _counts(values: Scores, is_odd: Marks) -> tuple[Cuts, Cuts]:
    """Count flagged rows and anomalies among them, from flagging none to flagging all."""
    order = np.argsort(-values, kind="stable")
    falling, caught = values[order], np.cumsum(is_odd[order])
    last = np.append(np.flatnonzero(falling[1:] < falling[:-1]), len(falling) - 1)
    return np.append(0.0, last + 1.0), np.append(0.0, caught[last].astype(float))
