"""Whether a fit that goes on from a checkpoint is the one that was begun: its settings, rows, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.checked_source import CheckedSource
from diabolo.data.fingerprint import digest, fingerprint, settings_of
from diabolo.data.statistics import Statistics
from diabolo.training.packing import layout_of
from diabolo.training.stages import Stages

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["are_amounts", "check_own_network", "check_same_fit", "check_same_statistics", "is_seed"]


def check_same_fit(
    stages: Stages,
    estimator: Any,
    rows: CheckedSource,
    y: Any = None,
    sample_weight: Float[np.ndarray, " rows"] | None = None,
    others: CheckedSource | None = None,
    y_others: Any = None,
) -> None:
    """Refuse other settings and other rows than the fit was begun with, before anything is learned.

    Parameters
    ----------
    stages : Stages
        Of the fit.
    estimator : estimator
        With its parameters.
    rows : CheckedSource
        All rows; some of them, evenly chosen, are looked at.
    y : array-like, optional
        What counts of their targets or labels.
    sample_weight : array of shape (rows,), optional
        What each counts.
    others, y_others : optional
        Rows to measure, and what belongs to them.

    Raises
    ------
    CheckpointError
        Naming the first thing that differs.
    """
    stages.same("settings", lambda: settings_of(estimator, ("verbose",)))

    def describe() -> dict[str, Any]:
        names = getattr(estimator, "feature_names_in_", None)
        found = {
            "dtype": str(rows.dtype),
            "feature_names": None if names is None else digest(np.asarray(names)),
            "sample_weight": None if sample_weight is None else digest(sample_weight),
            **fingerprint(rows.parent, _plain(y)),
        }
        if others is not None:
            found["validation"] = fingerprint(others.parent, _plain(y_others))
        return found

    stages.same("data", describe)


def check_same_statistics(stages: Stages, found: Statistics | None) -> None:
    """Refuse rows of other columns' means and extremes, which have been worked out of all of them."""
    if found is not None:
        stages.same(
            "data as a whole",
            lambda: {
                "means": digest(found.mean),
                "deviations": digest(found.deviation),
                "extremes": digest(np.stack([found.lowest, found.highest])),
            },
        )


def check_own_network(stages: Stages, network: Any) -> None:
    """Refuse an encoder or a decoder of the user's own that starts elsewhere."""

    def describe() -> dict[str, Any]:
        packed = layout_of(network).pack(network)
        return {"numbers": [digest(np.asarray(part)) for part in packed]}

    stages.same("encoder and decoder", describe)


def is_seed(found: Any) -> bool:
    """Say whether a seed that was drawn can be one."""
    return type(found) is int and 0 <= found < 2**31 - 1


def are_amounts(found: Any) -> bool:
    """Say whether two amounts of memory that were planned can be such."""
    is_pair = isinstance(found, (list, tuple)) and len(found) == 2
    return is_pair and all(type(each) is int and 0 <= each < 2**62 for each in found)


def _plain(y: Any) -> Any:
    return None if y is None else np.asarray(y)
