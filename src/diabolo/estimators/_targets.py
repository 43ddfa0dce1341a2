"""Targets: what a guided code must predict, as columns of numbers and back; the methods that predict it."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.in_memory import kind_of
from diabolo.data.target import are_classes, entries_of, infinite_in, missing_in, plain_values
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._checked_rows import check_rows
from diabolo.estimators._sklearn import available_if, check_is_fitted
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float32, Int, Shaped

    Known = Bool[np.ndarray, " rows"]
    Rows = Int[np.ndarray, " some"]

__all__ = [
    "GuidedMixin",
    "TargetCoding",
    "are_the_rows",
    "coding_of",
    "encode_targets",
    "is_guided",
    "known_targets",
    "refuse_unlabeled",
]


@dataclass(frozen=True)
class TargetCoding:
    """How targets are written as columns.

    Parameters
    ----------
    kind : {"regression", "classification"}
        Numbers, standardized; or classes, by their position.
    offset, factor : float64 arrays of shape (numbers,)
        ``column = (number - offset) * factor``; empty for classes.
    classes : ndarray or None
        The classes in order; None for numbers.
    is_column : bool
        Whether numbers came, and go, as an array of one dimension.
    """

    kind: str
    offset: Float[np.ndarray, " numbers"]
    factor: Float[np.ndarray, " numbers"]
    classes: Any = None
    is_column: bool = True

    @property
    def n_columns(self) -> int:
        """Columns that hold the target: one a number, or one with the class's position."""
        return len(self.offset) if self.classes is None else 1

    @property
    def n_outputs(self) -> int:
        """What a head gives: a number each, or a logit a class."""
        return len(self.offset) if self.classes is None else len(self.classes)

    def parted(self, columns: Float32[np.ndarray, "n_rows columns"]) -> tuple[np.ndarray, Known]:
        """Part encoded targets into the target's own columns and whether each row's is known."""
        own = columns[:, : self.n_columns]
        if columns.shape[1] == self.n_columns:
            return own, np.ones(len(columns), bool)
        return own, columns[:, self.n_columns] > 0

    def decoded(self, predicted: Float32[np.ndarray, "n_rows outputs"]) -> np.ndarray:
        """Turn what a head gives into numbers in the target's units, or into classes."""
        if self.classes is not None:
            return self.classes[np.argmax(predicted, axis=1)]
        numbers = predicted.astype(np.float64) / self.factor + self.offset
        return numbers[:, 0] if self.is_column else numbers

    def probabilities(self, predicted: Float32[np.ndarray, "n_rows classes"]) -> np.ndarray:
        """Turn logits into probabilities."""
        raised = np.exp(predicted.astype(np.float64) - predicted.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)


_NAME_IT = "name the column that the code should predict after --target"


def _checked(owner: str, y: Any, n_rows: int) -> tuple[Shaped[np.ndarray, "known ..."], Known]:
    """Return the targets that are known, and which rows have them: of several numbers all must be there."""
    if y is None:
        raise InputError(
            f"{owner} requires y to be passed, but the target y is None: {setting('supervision_weight')} is "
            f"above 0, so {either('pass what the code should predict to fit(X, y)', _NAME_IT)}, or set "
            f"{setting('supervision_weight', 0)}."
        )
    entries = entries_of(y)
    if entries.ndim not in (1, 2) or len(entries) != n_rows:
        raise InputError(
            f"{owner}: y has shape {entries.shape}, expected ({n_rows},) or ({n_rows}, numbers): one entry a "
            "row of X."
        )
    _refuse_infinite(owner, entries, np.arange(n_rows))
    known: Known = ~np.any(missing_in(entries).reshape(n_rows, -1), axis=1)
    rows = np.flatnonzero(known)
    values = plain_values(
        entries if len(rows) == n_rows else entries[rows], f"{owner}: y", lambda place: int(rows[place])
    )
    _refuse_infinite(owner, values, rows)
    return values, known


def _refuse_infinite(owner: str, values: Shaped[np.ndarray, "known ..."], rows: Rows) -> None:
    unfit = infinite_in(values)
    if unfit.any():
        row = int(rows[np.argmax(unfit.reshape(len(unfit), -1).any(axis=1))])
        raise InputError(
            f"{owner}: y is infinite in row {row}; drop such rows first, or make y missing (NaN) where it is "
            "unknown."
        )


def known_targets(owner: str, y: Any, n_rows: int) -> Known:
    """Say which rows have a known target.

    Parameters
    ----------
    owner, y, n_rows
        As :func:`coding_of`.

    Returns
    -------
    bool array of shape (n_rows,)
        Of several numbers a row, all must be known.

    Raises
    ------
    InputError
        Where y is None, of the wrong length, infinite or of different kinds.
    """
    return _checked(owner, y, n_rows)[1]


def refuse_unlabeled(
    owner: str, known: Known, rows: Rows, name: str = "y", which: str = "", instead: str = ""
) -> None:
    """Refuse rows of which none has a known target.

    Parameters
    ----------
    owner : str
        The estimator's name.
    known : bool array
        Of all rows of a table.
    rows : int array
        Those that are looked at.
    name : str, default "y"
        What the targets are called.
    which : str, default ""
        What these rows are, such as " that are trained on".
    instead : str, default ""
        What to do where no row can be labeled; by default to train without a target.

    Raises
    ------
    InputError
        Where no target is known.
    """
    if not known[rows].any():
        elsewhere = int(known.sum())
        more = f" and known in {elsewhere:,} others" if elsewhere else ""
        instead = instead or f"train without a target: set {setting('supervision_weight', 0)}"
        raise InputError(
            f"{owner}: {name} is missing in all {len(rows):,} rows{which}{more}; expected a known target in "
            f"at least one of them. Label some, or {instead}."
        )


def _shown(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _advice_for_numbers(classes: np.ndarray) -> str:
    """Say what to do where classes are numbers that were perhaps not meant for classes."""
    return f" For numbers set {setting('supervision', 'regression')}." if classes.dtype.kind in "if" else ""


def coding_of(
    owner: str,
    y: Any,
    n_rows: int,
    supervision: str,
    training: Int[np.ndarray, " training"],
    weights: Float[np.ndarray, " rows"] | None,
) -> TargetCoding:
    """Learn how targets are written, from those that are known; where numbers lie, from training rows alone.

    Parameters
    ----------
    owner : str
        The estimator's name.
    y : array-like of shape (rows,) or (rows, numbers)
        The user's targets.
    n_rows : int
        Rows of X.
    supervision : {"auto", "regression", "classification"}
        What they are; "auto" goes by `diabolo.data.target`.
    training : int array
        Rows that are trained on.
    weights : array of shape (rows,) or None
        Sample weights.

    Returns
    -------
    TargetCoding

    Raises
    ------
    InputError
        Where y is None, missing in all training rows, of the wrong length, or not what ``supervision`` says.
    """
    values, known = _checked(owner, y, n_rows)
    refuse_unlabeled(owner, known, np.arange(n_rows))
    refuse_unlabeled(owner, known, training, which=" that are trained on", instead="hold out other rows")
    if supervision == "classification" or (supervision == "auto" and are_classes(values)):
        if values.ndim == 2 and values.shape[1] != 1:
            raise InputError(
                f"{owner}: y has shape {values.shape}, but classes are one column; pass one, or set "
                f"{setting('supervision', 'regression')}."
            )
        classes = np.unique(values)
        if len(classes) < 2:
            raise InputError(
                f"{owner}: y has one class alone, {_shown(classes[0])}; expected at least two."
                f"{_advice_for_numbers(classes)}"
            )
        return TargetCoding("classification", np.zeros(0), np.zeros(0), classes)
    if values.dtype.kind == "U":
        raise InputError(
            f"{owner}: {setting('supervision', 'regression')}, but y is not numbers (dtype "
            f"{values.dtype}); set {setting('supervision', 'classification')}."
        )
    own = training[known[training]]
    # Where a row's target stands among those that are known.
    numbers = values.astype(np.float64).reshape(len(values), -1)[(np.cumsum(known) - 1)[own]]
    share = None if weights is None else weights[own]
    offset = np.average(numbers, axis=0, weights=share)
    spread = np.sqrt(np.average((numbers - offset) ** 2, axis=0, weights=share))
    factor = 1.0 / np.where(spread > 0, spread, 1.0)
    return TargetCoding("regression", offset, factor, None, values.ndim == 1)


def encode_targets(
    owner: str, y: Any, n_rows: int, coding: TargetCoding, shares: Float32[np.ndarray, " rows"] | None = None
) -> Float32[np.ndarray, "n_rows columns"]:
    """Write targets as columns.

    Parameters
    ----------
    owner, y, n_rows
        As :func:`coding_of`.
    coding : TargetCoding
        Learned.
    shares : float32 array of shape (n_rows,), optional
        What each row counts in the supervised mean, as `shares_of` says: a column behind the others. Without
        it all targets are known.

    Returns
    -------
    float32 array of shape (n_rows, columns)
        0 where a target is unknown.

    Raises
    ------
    InputError
        Where y does not fit the coding, such as a class that training has not seen.
    """
    values, known = _checked(owner, y, n_rows)
    columns = _columns(owner, values, np.flatnonzero(known), coding)
    if shares is None:
        return columns
    encoded = np.zeros((n_rows, coding.n_columns + 1), np.float32)
    encoded[known, :-1], encoded[:, -1] = columns, shares
    return encoded


def _columns(
    owner: str, values: Shaped[np.ndarray, "known ..."], rows: Rows, coding: TargetCoding
) -> Float32[np.ndarray, "known columns"]:
    """Write known targets as columns."""
    if coding.classes is not None:
        values = values.ravel()
        positions = {name: position for position, name in enumerate(coding.classes.tolist())}
        position = np.array([positions.get(name, -1) for name in values.tolist()])
        if (position < 0).any():
            first = int(np.argmin(position))
            raise InputError(
                f"{owner}: y has class {_shown(values[first])} in row {rows[first]}, which no row had in fit."
                f"{_advice_for_numbers(coding.classes)}"
            )
        return position.astype(np.float32)[:, None]
    if values.dtype.kind == "U":
        raise InputError(
            f"{owner}: y is not numbers (dtype {values.dtype}), but it was in fit; pass numbers."
        )
    numbers = values.astype(np.float64)
    numbers = numbers[:, None] if numbers.ndim == 1 else numbers
    if numbers.shape[1] != coding.n_columns:
        raise InputError(
            f"{owner}: y has {numbers.shape[1]} numbers a row, expected {coding.n_columns} as in fit."
        )
    return ((numbers - coding.offset) * coding.factor).astype(np.float32)


def is_guided(estimator: Any) -> bool:
    """Say whether an estimator's code must predict a target."""
    weight = getattr(estimator, "supervision_weight", 0)
    return isinstance(weight, numbers.Real) and float(weight) > 0


def _predicts(estimator: Any) -> bool:
    return _is_headed(estimator) or vars(estimator).get("_rebuilds_target", False)


def _is_headed(estimator: Any) -> bool:
    return is_guided(estimator) or hasattr(estimator, "target_")


def are_the_rows(X: Any, y: Any) -> bool:
    """Say whether a target is the rows themselves, as others fit an autoencoder: ``fit(X, X)``.

    Parameters
    ----------
    X, y : object
        As they were given.

    Returns
    -------
    bool
        False of what is neither an array nor a data frame, unless it is the very same object.

    Examples
    --------
    >>> are_the_rows(np.eye(2), np.eye(2)), are_the_rows(np.eye(2), np.array([0, 1]))
    (True, False)
    """
    if y is X:
        return X is not None
    if type(y) is not type(X) or getattr(y, "shape", None) != getattr(X, "shape", ()):
        return False
    if isinstance(X, np.ndarray):
        return X.dtype == y.dtype and np.array_equal(X, y, equal_nan=X.dtype.kind == "f")
    return kind_of(X) == "frame" and bool(X.equals(y))


class GuidedMixin:
    """The methods of an autoencoder whose code was guided by a target."""

    _gather: Any
    reconstruct: Any

    @available_if(_predicts)
    def predict(self, X: Any) -> np.ndarray:
        """Predict the target from the codes of rows, by the head that guided them.

        Where ``supervision_weight`` is 0 there is no such method, unless the target of ``fit`` was the rows
        themselves, ``fit(X, X)``: then it is ``reconstruct``, by which scikit-learn's scorers, such as
        "neg_mean_squared_error", measure.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_numbers)
            Numbers in the target's units, or classes; rows where these were the target.
        """
        return self._predicted(X, "predict") if _is_headed(self) else self.reconstruct(X)

    @available_if(_is_headed)
    def predict_proba(self, X: Any) -> Float[np.ndarray, "n_rows n_classes"]:
        """Predict the probability of each class from the codes of rows.

        There is no such method where ``supervision_weight`` is 0.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            In the order of ``classes_``.

        Raises
        ------
        ParameterError
            Where the target is numbers.
        """
        return self._predicted(X, "predict_proba")

    def _predicted(self, X: Any, method: str) -> np.ndarray:
        check_is_fitted(self)
        target = getattr(self, "target_", None)
        if target is None:
            raise ParameterError(
                f"{type(self).__name__}: {method} needs a head, but fit had "
                f"{setting('supervision_weight', 0)}; fit again."
            )
        if method == "predict_proba" and target.classes is None:
            raise ParameterError(
                f"{type(self).__name__}: predict_proba is for classes, but the target of fit is numbers; use "
                "predict."
            )
        rows = check_rows(self, X, reset=False)
        answer = self._gather("predict", rows, target.n_outputs)
        return target.decoded(answer) if method == "predict" else target.probabilities(answer)

    @property
    def classes_(self) -> np.ndarray:
        """The classes that a guided code predicts, in order."""
        target = getattr(self, "target_", None)
        if target is None or target.classes is None:
            raise AttributeError(f"{type(self).__name__} has no classes_: no classes guided its code.")
        return target.classes
