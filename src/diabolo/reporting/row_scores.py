"""What a detector says of rows: scores, the line, and what is true of them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.detection.threshold_names import settings_of_threshold, settings_text
from diabolo.estimators.inside import label_states
from diabolo.reporting.given_rows import GivenRows

if TYPE_CHECKING:
    from jaxtyping import Float64, UInt8

__all__ = ["described_detector", "truth_of"]

_NORMAL, _ANOMALY, _UNKNOWN = 0, 1, 255


def described_detector(
    detector: Any,
    scores: Float64[np.ndarray, " n"],
    truth: UInt8[np.ndarray, " n"] | None,
    model_name: str | None,
) -> dict[str, Any]:
    """Describe a detector's scores and its line, as reporting/README.md has it."""
    named = None if detector.line_ is None else settings_of_threshold(detector.line_)
    how = "set" if detector.line_ is None else type(detector.line_).__name__
    if named is not None:
        settings = settings_text(named[1])
        how = f"{named[0]} ({settings})" if settings else named[0]
    return {
        "scores": scores,
        "threshold": float(detector.threshold_),
        "how": how,
        "truth": truth,
        "command": ["diabolo", "detect", "threshold", shlex.quote(model_name or "MODEL"), "--set"],
    }


def truth_of(detector: Any, given: GivenRows, normal_label: Any) -> UInt8[np.ndarray, " n_rows"] | None:
    """Say which rows are anomalies by their labels.

    Parameters
    ----------
    detector : AutoencoderDetector
        Fitted.
    given : GivenRows
        The rows. A window whose points have labels is an anomaly where one of them is, and unknown where one
        of the others is.
    normal_label : object or None
        Which label is that of normal rows; by default as of the fit.

    Returns
    -------
    uint8 array of shape (n_rows,) or None
        0 normal, 1 anomaly, 255 unknown; None where the labels do not say.
    """
    if given.point_labels is not None and given.windows is not None:
        points = label_states(detector, given.point_labels, len(given.point_labels), normal_label)
        if points is None:
            return None
        starts, length = given.windows.starts, given.windows.length
        odd, known = (np.concatenate([[0], np.cumsum(each)]) for each in (points.is_anomaly, points.is_known))
        truth = np.where(known[starts + length] - known[starts] == length, _NORMAL, _UNKNOWN)
        truth[odd[starts + length] > odd[starts]] = _ANOMALY
        return truth.astype(np.uint8)
    if given.labels is None:
        return None
    states = label_states(detector, given.labels, len(given.cells), normal_label)
    if states is None:
        return None
    return np.where(states.is_known, states.is_anomaly, _UNKNOWN).astype(np.uint8)
