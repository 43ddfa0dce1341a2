"""Any fitted estimator as arrays and one JSON record, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diabolo.estimators.detector import AutoencoderDetector
from diabolo.persistence import detector_record, model_record
from diabolo.persistence.record_entries import checked_entry

if TYPE_CHECKING:
    import numpy as np

__all__ = ["estimator_from_record", "record_of"]


def record_of(estimator: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take a fitted estimator apart.

    Parameters
    ----------
    estimator : estimator
        Fitted, of a kind that Diabolo has.

    Returns
    -------
    tensors : dict of str to ndarray
    record : dict

    Raises
    ------
    ModelFileError
        For anything else than a fitted estimator of Diabolo's.
    """
    if type(estimator) is AutoencoderDetector:
        return detector_record.detector_record(estimator)
    return model_record.network_record(estimator)


def estimator_from_record(tensors: dict[str, np.ndarray], record: dict[str, Any]) -> Any:
    """Put a fitted estimator together again, trusting neither the arrays nor the record.

    Parameters
    ----------
    tensors : dict of str to ndarray
        As :func:`record_of` gives them.
    record : dict
        As :func:`record_of` gives it, of this format version or an earlier one.

    Returns
    -------
    estimator
        Fitted.

    Raises
    ------
    ModelFileError
        For the first thing that is not as it should be.
    """
    name = checked_entry(record, "estimator", str, "an estimator's name")
    if name == detector_record.NAME:
        return detector_record.detector_from_record(tensors, record)
    return model_record.network_from_record(tensors, record)
