"""A table on disk as an estimator takes it: its columns compared, its cells looked at as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.checked_source import CheckedSource, unfit_cell
from diabolo.data.scaling import Scaler, surveyed_scaler
from diabolo.data.source import Source
from diabolo.data.survey import Survey, survey
from diabolo.errors import InputError
from diabolo.estimators._choices import Choices

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_ADVICE = "Fill it, or set missing='mean' or missing='mask'."

__all__ = ["check_source", "compare_names", "needs_survey", "source_target", "surveyed"]


def check_source(estimator: Any, source: Source, *, reset: bool, least: int = 1) -> CheckedSource:
    """Compare a source's columns with what was fitted, or settle them; nothing is read.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared.
    source : Source
        The rows.
    reset : bool
        Whether to set (in ``fit``) or to compare.
    least : int, default 1
        Rows needed.

    Returns
    -------
    CheckedSource
        It refuses, when they are read, cells that cannot be used.

    Raises
    ------
    InputError
        For too few rows, or other columns than in ``fit``.
    """
    owner, names = type(estimator).__name__, source.feature_names
    estimator._flat(source, reset)
    if len(source) < least:
        raise InputError(f"{source.name} has {len(source)} row(s); {owner} needs at least {least}.")
    if reset:
        estimator.n_features_in_ = source.n_features
        if names is not None:
            estimator.feature_names_in_ = np.asarray(names, dtype=object)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    elif source.n_features != estimator.n_features_in_:
        raise InputError(
            f"{source.name} has {source.n_features} features, but {owner} is expecting "
            f"{estimator.n_features_in_} features as input."
        )
    else:
        compare_names(owner, source, getattr(estimator, "feature_names_in_", None))
    if not hasattr(estimator, "missing"):
        return CheckedSource(source, owner, allows_missing=False)
    return CheckedSource(source, owner, estimator.missing != "error", _ADVICE)


def compare_names(owner: str, source: Source, fitted: Any) -> None:
    """Refuse a source whose columns have other names than those of ``fit``.

    Parameters
    ----------
    owner : str
        Who was fitted, for messages.
    source : Source
        As many columns as in ``fit``.
    fitted : sequence of str or None
        The names seen there.

    Raises
    ------
    InputError
        With the first column that differs.
    """
    if fitted is None or source.feature_names is None or list(source.feature_names) == list(fitted):
        return
    for column, (name, known) in enumerate(zip(source.feature_names, fitted, strict=True)):
        if name != known:
            raise InputError(
                f"{source.name}: column {column} is {name!r}, but in {owner}'s fit it was {str(known)!r}; "
                "give the columns in that order, such as with source.columns(...)."
            )


def source_target(X: Any, y: Any) -> Any:
    """Return y, or where it was not given the target that came with the table."""
    name = getattr(X, "target_name", None)
    return X.carried[name] if y is None and name is not None else y


def needs_survey(choices: Choices, rows: Any) -> bool:
    """Say whether rows must be looked at once before they are scaled: on disk, or with missing cells."""
    return isinstance(rows, Source) or choices.missing != "error"


def surveyed(
    choices: Choices,
    rows: Any,
    chosen: Int[np.ndarray, " chosen"],
    weights: Float[np.ndarray, " rows"] | None,
    names: list[str] | None,
) -> tuple[Scaler, Survey]:
    """Look once at the training rows, refuse what cannot be used, and make their scaler.

    Parameters
    ----------
    choices : Choices
        Checked.
    rows : CheckedSource or ndarray
        The table.
    chosen : int array
        The training rows.
    weights : array of shape (rows,) or None
        Sample weights.
    names : list of str or None
        Of the columns.

    Returns
    -------
    scaler : Scaler
        It fills missing cells with their column's mean, where they are allowed.
    found : Survey
        Of the training rows.

    Raises
    ------
    InputError
        For a cell that is infinite, too large for float32, or missing and not allowed to be.
    """
    source = rows.parent if isinstance(rows, CheckedSource) else ArraySource(rows, name="X")
    found = survey(source, chosen, weights)
    if found.first_unfit is not None:
        raise unfit_cell(choices.owner, source, *found.first_unfit)
    if found.first_missing is not None and choices.missing == "error":
        row, column = found.first_missing
        n_missing = int(found.n_missing.sum())
        more = f" {n_missing:,} cells are missing in all." if n_missing > 1 else ""
        raise InputError(f"{unfit_cell(choices.owner, source, row, column, _ADVICE)}{more}")
    fills = choices.missing != "error"
    return surveyed_scaler(choices.scale, found, fills=fills, feature_names=names), found
