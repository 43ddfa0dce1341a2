"""The detector: anomalies are the rows that autoencoders of normal rows rebuild badly."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.detection.report import DetectionReport, Positive, detection_report
from diabolo.detection.threshold_names import threshold_of
from diabolo.detection.thresholds import (
    Conformal,
    Contamination,
    KnownScores,
    Threshold,
    conformal_pvalues,
    cross_conformal_pvalues,
    discoveries,
)
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._checked_rows import check_rows, fitted_rows
from diabolo.estimators._choices import fitted_parameters, keep_parameters
from diabolo.estimators._cross_fit import learn
from diabolo.estimators._detector_rows import part_of, split_normal
from diabolo.estimators._detector_scoring import contributions_of, reconstructions_of, scores_of
from diabolo.estimators._detector_settings import (
    anomalies_of,
    labels_to_learn_from,
    score_kind_of,
    settings_of,
)
from diabolo.estimators._preparation import seed_of
from diabolo.estimators._sklearn import BaseEstimator, OutlierMixin, check_is_fitted
from diabolo.estimators.convolutional import is_stack_of_images, shape_of
from diabolo.messages import setting
from diabolo.parameters.detector import DetectorParameters
from diabolo.parameters.parameter import documented

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from jaxtyping import Bool, Float, Int

__all__ = ["AutoencoderDetector"]

_HELD_OUT = 0.2


@documented
class AutoencoderDetector(OutlierMixin, BaseEstimator, DetectorParameters):
    """Finds anomalies; its signs are scikit-learn's: ``predict`` gives +1 for normal and -1 for an anomaly.

    ``score_samples`` and ``decision_function`` are higher for the more normal, as scikit-learn has it;
    ``anomaly_score`` is higher for the odder, and a row whose score is above ``threshold_`` is called an
    anomaly.

    Attributes
    ----------
    members_ : list
        The fitted autoencoders.
    threshold_ : float
        The score above which a row is called an anomaly.
    offset_ : float
        Minus the threshold: what ``score_samples`` is held against.
    line_ : Threshold or None
        How it was drawn; None where a number was set.
    training_scores_, held_out_scores_ : arrays
        Anomaly scores of the normal rows of ``fit``, each by what was learned without its fold (``cv``), and
        of those among them that were held out.
    n_folds_ : int
        How many folds there were; 0 where each row was scored by what was learned from it.
    known_scores_ : KnownScores
        These, and the scores of rows with labels where there are any: what lines are drawn from.
    window_ : WindowLayout or None
        Where it was fitted to windows of a series: their length, step and channels.

    Notes
    -----
    The defaults were chosen over many tables; docs/explanation/anomaly-detection.md
    shows what each part of them brings.

    References
    ----------
    M. Sakurada and T. Yairi, Anomaly detection using autoencoders with nonlinear dimensionality reduction,
    MLSDA 2014. J. Chen et al., Outlier detection with autoencoder ensembles, SDM 2017.

    Examples
    --------
    >>> from diabolo import AutoencoderDetector
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> detector = AutoencoderDetector(random_state=0).fit(X[:500])
    >>> detector.predict(X[:5]).shape
    (5,)
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what normal rows look like.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows; at least two normal ones. Images where the autoencoder takes them.
        y : array-like of shape (n_rows,), optional
            Labels: only normal rows are learned from, and the others help to draw a line that takes labels.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For a parameter that cannot be.
        InputError
            For rows or labels that cannot be used, or too few of them for the threshold.
        TrainingDivergedError
            When a network's loss stops being finite.
        """
        settings = settings_of(self)
        rows = check_rows(self, X, reset=True, least=2)
        if rows.in_memory:
            rows.look()
        is_anomaly = labels_to_learn_from(type(self).__name__, y, len(rows), self.normal_label)
        normal = np.arange(len(rows)) if is_anomaly is None else np.flatnonzero(~is_anomaly)
        if len(normal) < 2:
            raise InputError(
                f"{type(self).__name__}: {len(normal)} of the {len(rows)} rows are normal by their labels; "
                "at least 2 are needed to learn what normal is."
            )
        seed = seed_of(self)
        fraction = self.held_out_fraction
        if fraction is None:
            is_wanted = is_anomaly is not None or isinstance(settings.threshold, Conformal)
            fraction = _HELD_OUT if is_wanted else 0.0
        training, held_out = split_normal(normal, float(fraction), seed, rows.windows)
        keep_parameters(self)
        self._score = score_kind_of(self), settings.weights
        part = functools.partial(part_of, self, rows)
        scores = learn(self, part, len(rows), training, seed, rows.windows)
        self.training_scores_, self.held_out_scores_ = scores[normal], scores[held_out]
        labeled = None if is_anomaly is None else scores
        seen = None
        if self.n_folds_ and isinstance(settings.threshold, Contamination):
            seen = scores_of(self, part_of(self, rows, normal))
        self.known_scores_ = KnownScores(
            self.training_scores_, self.held_out_scores_, labeled, is_anomaly, seen
        )
        self._draw(settings.threshold)
        return self

    def anomaly_score(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Say how odd rows are.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            Higher is odder. A row's score does not depend on the rows beside it.
        """
        return scores_of(self, fitted_rows(self, X))

    def score_samples(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Say how normal rows are, as scikit-learn has it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            Minus the anomaly score: higher is more normal.
        """
        return -self.anomaly_score(X)

    def decision_function(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Say how far rows lie on the normal side of the threshold, as scikit-learn has it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            ``threshold_`` minus the anomaly score: negative for anomalies.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Int[np.ndarray, " n_rows"]:
        """Tell anomalies from normal rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,), int
            +1 for normal rows and -1 for anomalies: those whose score is above ``threshold_``.
        """
        return np.where(self.anomaly_score(X) > self.threshold_, -1, 1)

    def anomaly_pvalue(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Compare rows with normal ones that were held out, or else with those that each fold left out.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,), float64
            Conformal p-values. With held-out rows, at most a share a of normal rows has one of at most a.
            Without, they are cross-conformal: about a share a has, and no more than twice that and a little
            (`diabolo.detection.cross_conformal_pvalues`).

        Raises
        ------
        InputError
            No rows were held out or left out in turn.
        """
        rows = fitted_rows(self, X)
        kind = self.pvalue_kind_
        if kind == "conformal":
            return conformal_pvalues(scores_of(self, rows), self.held_out_scores_)
        if kind is None:
            raise InputError(
                f"{type(self).__name__}: p-values compare rows with normal ones that were left out, but none "
                f"were; set {setting('cv')} to 2 or more, or {setting('held_out_fraction')} above 0, and fit "
                "again."
            )
        return cross_conformal_pvalues(
            [scores_of(self, rows, without) for without in self._folds], self._fold_scores
        )

    @property
    def pvalue_kind_(self) -> str | None:
        """What p-values are: "conformal" with held-out rows, "cross-conformal" with folds, or None."""
        check_is_fitted(self)
        if len(self.held_out_scores_):
            return "conformal"
        return "cross-conformal" if self._folds else None

    def discover(self, X: Any, false_discovery_rate: float = 0.1) -> Bool[np.ndarray, " n_rows"]:
        """Choose anomalies among many rows so that few of those chosen are normal.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            The rows tested together.
        false_discovery_rate : float, default 0.1
            The share of normal rows among the chosen ones that is put up with, on average.

        Returns
        -------
        boolean ndarray of shape (n_rows,)
        """
        if not 0 < false_discovery_rate < 1:
            raise ParameterError(
                f"false_discovery_rate={false_discovery_rate!r} is not possible; expected a number between 0 "
                "and 1."
            )
        return discoveries(self.anomaly_pvalue(X), false_discovery_rate)

    def feature_contributions(self, X: Any) -> Float[np.ndarray, "n_rows n_features"]:
        """Say what each feature adds to each row's anomaly score.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_features), float64
            A row's sum is its score.
        """
        return np.concatenate(list(self.contribution_blocks(X)))

    def contribution_blocks(self, X: Any) -> Iterator[Float[np.ndarray, "block n_features"]]:
        """Say what each feature adds to each row's score, some rows at a time, for tables larger than memory.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``; a table from `diabolo.open` is read as it is needed.

        Yields
        ------
        ndarray of shape (rows in the block, n_features), float64
            A row's sum is its score.
        """
        yield from contributions_of(self, fitted_rows(self, X))

    def check_parameters(self) -> Self:
        """Refuse parameters that cannot be, as ``fit`` does; nothing is learned.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For the first that cannot be.
        """
        settings_of(self)
        return self

    def reconstruct(self, X: Any) -> Float[np.ndarray, "n_rows n_features"]:
        """Rebuild rows: the mean of what the networks give back.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_features), float64
            In the same units; images as they came.
        """
        return reconstructions_of(self, fitted_rows(self, X)).reshape(shape_of(X))

    def set_threshold(
        self, threshold: str | Threshold | float, *, X: Any = None, y: Any = None, **settings: float
    ) -> Self:
        """Draw the line anew, without training.

        Parameters
        ----------
        threshold : str, Threshold or float
            A name, an object or the number itself.
        X : array-like of shape (n_rows, n_features), optional
            Rows whose labels are known, for thresholds that need labels; what they score is remembered.
        y : array-like of shape (n_rows,), optional
            Their labels.
        **settings
            The named threshold's.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        owner = type(self).__name__
        known = self.known_scores_
        if (X is None) != (y is None):
            raise InputError(f"{owner}: X and y go together; give the rows and their labels, or neither.")
        if X is not None:
            scores = self.anomaly_score(X)
            is_anomaly = anomalies_of(owner, y, len(scores), fitted_parameters(self)["normal_label"])
            known = replace(known, labeled=scores, is_anomaly=is_anomaly)
        if isinstance(threshold, (int, float, np.integer, np.floating)) and not isinstance(threshold, bool):
            if not math.isfinite(threshold) or settings:
                raise ParameterError(
                    f"{owner}: {setting('threshold', threshold)} must be a finite number by itself."
                )
            self.known_scores_, self.threshold_ = known, float(threshold)
            self.line_: Threshold | None = None
            self.offset_ = -self.threshold_
            return self
        line = threshold_of(owner, threshold, settings)
        self.known_scores_ = known
        self._draw(line)
        drawn = {"threshold": threshold, "threshold_params": settings or None}
        self._fitted_parameters = {**fitted_parameters(self), **drawn}
        return self

    def evaluate(self, X: Any, y: Any, *, positive: Positive = "anomaly") -> DetectionReport:
        """Measure how well anomalies are told from normal rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.
        y : array-like of shape (n_rows,)
            Their labels, read by ``normal_label``.
        positive : {"anomaly", "normal"}, default "anomaly"
            Which class precision, recall, F1 and average precision are about.

        Returns
        -------
        DetectionReport
        """
        scores = self.anomaly_score(X)
        is_anomaly = anomalies_of(
            type(self).__name__, y, len(scores), fitted_parameters(self)["normal_label"]
        )
        return detection_report(scores, is_anomaly, self.threshold_, positive)

    def explain(self, row: Any, n_features: int = 5) -> dict[str, float]:
        """Name the features that make one row odd.

        Parameters
        ----------
        row : array-like of shape (n_features,)
            One row, in the units of ``fit``.
        n_features : int, default 5
            How many to name.

        Returns
        -------
        dict of str to float
            What each adds to the row's score, the most first; named as in ``fit``, or "x0", "x1" and so on.
        """
        check_is_fitted(self)
        is_series = hasattr(row, "to_frame")
        added = self.feature_contributions(row.to_frame().T if is_series else np.asarray(row)[np.newaxis])[0]
        names = getattr(self, "feature_names_in_", None)
        order = np.argsort(-added, kind="stable")[:n_features]
        return {str(f"x{i}" if names is None else names[i]): float(added[i]) for i in order}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _flat(self, X: Any, reset: bool) -> Any:
        """Lay out images as a table, and keep their shape for the networks."""
        if reset:
            self._image_shape = tuple(shape_of(X)[1:]) if is_stack_of_images(X) else None
        if not is_stack_of_images(X):
            return X
        if tuple(shape_of(X)[1:]) != self._image_shape:
            raise InputError(
                f"{type(self).__name__}: X has shape {shape_of(X)}; expected (n_rows, "
                f"{', '.join(map(str, self._image_shape or (self.n_features_in_,)))}), as in fit."
            )
        return np.asarray(X).reshape(len(X), -1)

    def _draw(self, line: Threshold) -> None:
        self.threshold_, self.line_ = float(line.line(self.known_scores_)), line
        self.offset_ = -self.threshold_
