"""How well rows were told apart, against labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from diabolo.errors import InputError, ParameterError
from diabolo.messages import setting
from diabolo.result_table import ResultTable

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

__all__ = ["DetectionReport", "Positive", "detection_report"]

Positive = Literal["anomaly", "normal"]


@dataclass(frozen=True)
class DetectionReport(ResultTable):
    """What was flagged against what was so.

    Parameters
    ----------
    positive : {"anomaly", "normal"}
        Which class precision, recall, F1 and average precision are about. scikit-learn's customs for
        detection, and most papers', count the anomalies; some tutorials count the normal rows.
    n_anomalies, n_normal : int
        Rows of each class.
    flagged_anomalies, flagged_normal : int
        Rows of each class that were called anomalies.
    accuracy, precision, recall, f1 : float
        Shares, from 0 to 1; 0 where nothing was called positive.
    roc_auc, average_precision : float
        From the scores alone, wherever the threshold lies; NaN where all rows are of one class.
    threshold : float
        The score above which a row was called an anomaly.

    See Also
    --------
    detection_report, diabolo.AutoencoderDetector.evaluate

    Examples
    --------
    >>> import numpy as np
    >>> is_anomaly = np.array([False, False, True, True])
    >>> found = detection_report(np.array([0.1, 0.2, 0.7, 0.9]), is_anomaly, 0.8)
    >>> found.recall, found.roc_auc, found.flagged_anomalies
    (0.5, 1.0, 1)
    """

    positive: Positive
    n_anomalies: int
    n_normal: int
    flagged_anomalies: int
    flagged_normal: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    threshold: float

    def __str__(self) -> str:
        """Lay it out as a small table."""
        figures = {
            "accuracy": self.accuracy,
            f"precision ({self.positive})": self.precision,
            f"recall ({self.positive})": self.recall,
            f"F1 ({self.positive})": self.f1,
            "ROC-AUC": self.roc_auc,
            f"average precision ({self.positive})": self.average_precision,
            "threshold": self.threshold,
        }
        width = max(map(len, figures))
        lines = [f"{name:<{width}}  {value:.4g}" for name, value in figures.items()]
        counts = [
            ["", "called anomaly", "called normal"],
            ["anomaly", str(self.flagged_anomalies), str(self.n_anomalies - self.flagged_anomalies)],
            ["normal", str(self.flagged_normal), str(self.n_normal - self.flagged_normal)],
        ]
        table = [f"{name:<8}  {first:>14}  {second:>13}" for name, first, second in counts]
        return "\n".join([*lines, "", *table])


def detection_report(
    scores: Float[np.ndarray, " n_rows"],
    is_anomaly: Bool[np.ndarray, " n_rows"],
    threshold: float,
    positive: Positive = "anomaly",
) -> DetectionReport:
    """Measure how well scores and a threshold tell anomalies from normal rows.

    Parameters
    ----------
    scores : array of shape (n_rows,)
        Higher is odder.
    is_anomaly : boolean array of shape (n_rows,)
        What the rows are.
    threshold : float
        A row is called an anomaly where its score is above it.
    positive : {"anomaly", "normal"}, default "anomaly"
        Which class counts as the positive one.

    Returns
    -------
    DetectionReport

    Raises
    ------
    ParameterError
        For another class.
    InputError
        Where there are no rows, or not one label a row.

    See Also
    --------
    DetectionReport, diabolo.AutoencoderDetector.evaluate

    Examples
    --------
    >>> import numpy as np
    >>> report = detection_report(np.array([1.0, 2.0, 3.0]), np.array([False, False, True]), 1.5)
    >>> report.precision, report.recall, report.roc_auc
    (0.5, 1.0, 1.0)
    """
    if positive not in ("anomaly", "normal"):
        raise ParameterError(
            f"{setting('positive', positive)} is not possible; expected 'anomaly' or 'normal'."
        )
    if len(scores) == 0 or scores.shape != is_anomaly.shape:
        raise InputError(
            f"there are {len(scores)} scores and {len(is_anomaly)} labels; expected one label for each of "
            "one or more rows."
        )
    flagged = scores > threshold
    truth, called, rank = is_anomaly, flagged, scores
    if positive == "normal":
        truth, called, rank = ~is_anomaly, ~flagged, -scores
    hits = int(np.sum(truth & called))
    n_positive, n_called = int(truth.sum()), int(called.sum())
    roc_auc = average_precision = float("nan")
    if 0 < n_positive < len(truth):
        # Imported here: scikit-learn's metrics bring scipy.stats, which costs a second.
        from sklearn.metrics import average_precision_score, roc_auc_score

        roc_auc = float(roc_auc_score(truth, rank))
        average_precision = float(average_precision_score(truth, rank))
    return DetectionReport(
        positive=positive,
        n_anomalies=int(is_anomaly.sum()),
        n_normal=int((~is_anomaly).sum()),
        flagged_anomalies=int(np.sum(is_anomaly & flagged)),
        flagged_normal=int(np.sum(~is_anomaly & flagged)),
        accuracy=float(np.mean(truth == called)),
        precision=hits / n_called if n_called else 0.0,
        recall=hits / n_positive if n_positive else 0.0,
        f1=2 * hits / (n_called + n_positive) if n_called + n_positive else 0.0,
        roc_auc=roc_auc,
        average_precision=average_precision,
        threshold=float(threshold),
    )
