"""The detector: anomalies are the rows that autoencoders of normal rows rebuild badly."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.checkpoints import CheckpointLike, opened
from diabolo.cluster.team import current_team
from diabolo.detection.report import DetectionReport, Positive, detection_report
from diabolo.detection.threshold_names import threshold_of
from diabolo.detection.thresholds import (
    Contamination,
    KnownScores,
    Threshold,
)
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._advice import no_part_fitted, warn_of_few_rows
from diabolo.estimators._callbacks import CallbackMixin, Following, followed
from diabolo.estimators._checked_rows import check_rows, fitted_rows, missing_of
from diabolo.estimators._choices import fitted_parameters, keep_parameters
from diabolo.estimators._cross_fit import learn, scored
from diabolo.estimators._detector_labels import states_of, states_to_learn_from
from diabolo.estimators._detector_memory import refuse_too_large
from diabolo.estimators._detector_reasons import Reasons
from diabolo.estimators._detector_rows import learned_rows, part_of, without_held_out
from diabolo.estimators._detector_scoring import reconstructions_of, scores_of
from diabolo.estimators._detector_settings import score_kind_of, settings_of
from diabolo.estimators._foreign import ForeignNames
from diabolo.estimators._framed import FramedMixin, SetOutputMixin
from diabolo.estimators._notebook import ShownEstimator
from diabolo.estimators._odd_cells import DetectorImputationMixin
from diabolo.estimators._preparation import seed_of
from diabolo.estimators._pvalues import PValues
from diabolo.estimators._same_fit import check_same_fit, is_seed
from diabolo.estimators._sklearn import OutlierMixin, check_is_fitted
from diabolo.estimators.convolutional import is_stack_of_images, shape_of
from diabolo.messages import setting
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.detector import DetectorParameters
from diabolo.parameters.parameter import documented
from diabolo.training.process_memory import LARGE_BYTES, give_back_memory
from diabolo.training.stages import Stages

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Float, Int

__all__ = ["AutoencoderDetector"]


@documented
class AutoencoderDetector(
    ForeignNames,
    PValues,
    Reasons,
    DetectorImputationMixin,
    FramedMixin,
    SetOutputMixin,
    OutlierMixin,
    CallbackMixin,
    ShownEstimator,
    DetectorParameters,
):
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
    label_gain_ : LabelGain or None
        What anomalies known by ``y`` brought: the weights of the score that they chose, and how much higher
        anomalies without a say rank by these. None where ``score_params`` says the weights, or fewer than
        three are known.
    known_scores_ : KnownScores
        These, and the scores of rows with labels where there are any: what lines are drawn from.
    categories_ : CategoryTable
        The values of each category, where ``categories`` names some.
    window_ : WindowLayout or None
        Where it was fitted to windows of a series: their length, step and channels.

    See Also
    --------
    diabolo.pyod.AutoEncoder, diabolo.detection.detection_report, sliding_windows

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

    @followed
    def fit(self, X: Any, y: Any = None, *, checkpoint: CheckpointLike = None) -> Self:
        """Learn what normal rows look like.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows; at least two normal ones. Images where the autoencoder takes them.
        y : array-like of shape (n_rows,), optional
            Labels: normal rows are learned from; anomalies choose the weights of the score (``label_gain_``)
            and help to draw a line that takes labels. Of a row whose label is None, NaN or empty nothing is
            known: ``unknown`` says what becomes of it.
        checkpoint : str, path-like or Checkpoint, optional
            Folder in which the training of the networks is kept: a killed fit goes on where it stopped, to
            the same bits; see `diabolo.Checkpoint`.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For a parameter that cannot be.
        InputError
            For rows or labels that cannot be used, or too few of them for the threshold.
        CheckpointError
            For a folder of another fit's checkpoints, or of damaged ones.
        TrainingDivergedError
            When a network's loss stops being finite.
        KeyboardInterrupt
            From the keyboard; a detector is whole or it is not fitted.
        """
        told = Following(self, "fit", X, y)
        with opened(checkpoint) as stages, no_part_fitted(self), current_team().held_together():
            self._learned_from(X, y, stages, told)
        told.end(lambda: self)
        return self

    def _learned_from(self, X: Any, y: Any, stages: Stages, told: Following) -> None:
        settings = settings_of(self)
        self._image_shape: tuple[int, ...] | None = None
        rows = check_rows(self, X, reset=True, least=2)
        refuse_too_large(self, rows)
        if rows.in_memory:
            rows.look()
        states = states_to_learn_from(type(self).__name__, y, len(rows), self.normal_label)
        seed = stages.decided("seed", lambda: seed_of(self), is_seed)
        check_same_fit(stages, self, rows, y)
        normal, held_out = learned_rows(self, states, len(rows), settings.threshold, seed, rows.windows)
        training = without_held_out(normal, held_out, rows.windows)
        odd = normal[:0] if states is None else np.flatnonzero(states.is_anomaly)
        keep_parameters(self)
        self._score = score_kind_of(self), settings.weights
        self._missing = missing_of(self, fitted=False)
        part = functools.partial(part_of, self, rows)
        scores = learn(self, part, len(rows), training, odd, seed, rows.windows, stages, told)
        self.training_scores_, self.held_out_scores_ = scores[normal], scores[held_out]
        labeled = is_anomaly = None
        if states is not None and states.is_known.any():
            labeled, is_anomaly = scores[states.is_known], states.is_anomaly[states.is_known]
        seen = None
        if self.n_folds_ and isinstance(settings.threshold, Contamination):
            seen = scored(self, part, normal)
        self.known_scores_ = KnownScores(
            self.training_scores_, self.held_out_scores_, labeled, is_anomaly, seen
        )
        self._draw(settings.threshold)
        warn_of_few_rows(type(self).__name__, settings.threshold, len(self.training_scores_))
        if 8 * len(rows) * rows.n_features >= LARGE_BYTES:
            give_back_memory()

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
            In the same units; images as they came. Where columns are categories, their likeliest values as
            text: in a data frame where X is one, else in an array of objects. A data frame where
            ``set_output`` asked for one.
        """
        rebuilt = reconstructions_of(self, fitted_rows(self, X))
        return rebuilt.reshape(shape_of(X)) if is_stack_of_images(X) else self._as_given(rebuilt, X)

    def set_threshold(
        self,
        threshold: str | Threshold | float,
        *,
        X: Any = None,
        y: Any = None,
        normal_label: Any = None,
        **settings: float,
    ) -> Self:
        """Draw the line anew, without training.

        Parameters
        ----------
        threshold : str, Threshold or float
            A name, an object or the number itself.
        X : array-like of shape (n_rows, n_features), optional
            Rows whose labels are known, for thresholds that need labels; what they score is remembered.
        y : array-like of shape (n_rows,), optional
            Their labels; rows without one are left out.
        normal_label : object, optional
            Which label of `y` is that of normal rows; by default as of the parameter in ``fit``.
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
            states = states_of(owner, y, len(scores), self._normal(normal_label))
            labeled = {"labeled": scores[states.is_known], "is_anomaly": states.is_anomaly[states.is_known]}
            known = replace(known, **labeled)
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

    def set_missing(self, missing: str) -> Self:
        """Say anew what becomes of missing cells, without training.

        Parameters
        ----------
        missing : {"error", "mean", "mask"}
            As of the parameter; "mask" of networks that are trained needs to be said before ``fit``.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For another word, or for "mask" where the networks have not learned it.
        """
        check_is_fitted(self)
        owner = type(self).__name__
        refuse_unless(owner, "missing", missing, self.PARAMETERS["missing"].kind)
        is_linear = self._fitted_parameters["autoencoder"] == "linear"
        if missing == "mask" and self._missing != "mask" and not is_linear:
            raise ParameterError(
                f"{owner}: {setting('missing', 'mask')} must be learned by networks that are trained; fit "
                f"with it, or take {setting('missing', 'mean')}."
            )
        self._fitted_parameters = {**fitted_parameters(self), "missing": missing}
        self._missing = missing_of(self, fitted=True)
        return self

    def evaluate(
        self, X: Any, y: Any, *, positive: Positive = "anomaly", normal_label: Any = None
    ) -> DetectionReport:
        """Measure how well anomalies are told from normal rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.
        y : array-like of shape (n_rows,)
            Their labels; rows without one are left out.
        positive : {"anomaly", "normal"}, default "anomaly"
            Which class precision, recall, F1 and average precision are about.
        normal_label : object, optional
            Which label of `y` is that of normal rows; by default as of the parameter in ``fit``.

        Returns
        -------
        DetectionReport
        """
        rows = fitted_rows(self, X)
        states = states_of(type(self).__name__, y, len(rows), self._normal(normal_label))
        scores = scores_of(self, rows)[states.is_known]
        return detection_report(scores, states.is_anomaly[states.is_known], self.threshold_, positive)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_learned")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = missing_of(self, fitted=False) != "error"
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

    def _normal(self, asked: Any) -> Any:
        return fitted_parameters(self)["normal_label"] if asked is None else asked

    def _draw(self, line: Threshold) -> None:
        self.threshold_, self.line_ = float(line.line(self.known_scores_)), line
        self.offset_ = -self.threshold_
