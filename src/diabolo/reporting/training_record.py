"""How a model was trained, and how it compares with principal components."""

from __future__ import annotations

import math
from typing import Any

from diabolo.estimators.inside import is_detector, largest_member

__all__ = ["comparison_of", "training_of"]


def training_of(model: Any) -> dict[str, Any] | None:
    """Return what each epoch measured, of a detector that of its largest member.

    Parameters
    ----------
    model : estimator
        Fitted.

    Returns
    -------
    dict or None
        As reporting/README.md has it; None of a network that was solved.
    """
    member = largest_member(model) if is_detector(model) else model
    history = getattr(member, "history_", None)
    if history is None:
        return None
    seconds = [value for value in history.get("seconds", []) if math.isfinite(value)]
    best = getattr(member, "best_epoch_", None)
    return {
        "history": {name: [float(value) for value in column] for name, column in history.items()},
        "n_epochs": int(member.n_epochs_),
        "best_epoch": None if best is None else int(best),
        "seconds": float(sum(seconds)) if seconds else None,
    }


def comparison_of(model: Any) -> dict[str, Any] | None:
    """Return what `compare_with_linear` left on a model; None where it was not asked.

    Parameters
    ----------
    model : estimator
        Fitted.

    Returns
    -------
    dict or None
        As reporting/README.md has it.
    """
    found = getattr(model, "comparison_", None)
    if found is None:
        return None
    columns = list(found.rows[0])
    rebuilding = found.rebuilding
    return {
        "columns": columns,
        "rows": [[row[name] for name in columns] for row in found.rows],
        "n_held_out": int(found.n_held_out_rows),
        "n_components": int(found["code"]["size"]),
        "difference": [rebuilding.difference, rebuilding.lowest, rebuilding.highest],
        "verdict": found.verdict,
    }
