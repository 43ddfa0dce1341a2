"""Every error and warning that Diabolo raises on purpose.

::

    Exception
    └── DiaboloError
        ├── ForkedProcessError     (RuntimeError)  what takes JAX, in a process that lost it by a fork
        ├── ParameterError         (ValueError)    a setting that cannot be
        ├── CheckpointError        (ValueError)    a checkpoint that a fit cannot go on from
        ├── InputError             (ValueError)    rows that cannot be used
        │   ├── UnfitColumnsError                  columns of a table in memory that are no numbers
        │   └── DataFileError                      a data file that cannot be read or written
        │       └── TextColumnsError               columns of text that nobody named as no features
        ├── InputTypeError         (TypeError)     something that is not a table of numbers at all
        ├── LostWorkerError        (RuntimeError)  workers that ended without a word, or that nobody reaches
        ├── ModelFileError         (ValueError)    a model file that cannot be trusted or written
        └── TrainingDivergedError  (RuntimeError)  the loss stopped being finite

    Warning
    └── DiaboloWarning             (UserWarning)
        ├── ConstantFeatureWarning                 a column that a scaler cannot spread
        ├── FewRowsWarning                         a detector's line by too few rows
        ├── InterruptedWarning                     a fit that ended before its end
        ├── NothingSelectedWarning                 a selector that kept no feature
        ├── OvercompleteWarning                    a code that is free to copy its input
        ├── PoorFitWarning                         a loss above that of predicting means
        ├── ScaleWarning                           columns that hide others by their size
        └── UnknownLabelsWarning                   labels that do not say which rows are normal

Each message is written for the person who meets it: what, where, got, expected, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from diabolo.messages import Message

__all__ = [
    "CheckpointError",
    "ClusterError",
    "ConstantFeatureWarning",
    "DataFileError",
    "DiaboloError",
    "DiaboloWarning",
    "FewRowsWarning",
    "ForkedProcessError",
    "InputError",
    "InputTypeError",
    "InterruptedWarning",
    "LostWorkerError",
    "ModelFileError",
    "NothingSelectedWarning",
    "OvercompleteWarning",
    "ParameterError",
    "PoorFitWarning",
    "ScaleWarning",
    "TextColumnsError",
    "TrainingDivergedError",
    "UnfitColumnsError",
    "UnknownLabelsWarning",
    "nearest_name",
]


class _Said(Exception):  # noqa: N818
    """What errors and warnings have in common: a message that knows which settings it names."""

    def __init__(self, message: str = "") -> None:
        super().__init__(Message(message))

    @property
    def message(self) -> Message:
        """What it says; ``message.settings`` are the settings that it names."""
        said: Message = self.args[0]
        return said


class DiaboloError(_Said):
    """Any error that Diabolo raises on purpose.

    Examples
    --------
    >>> import diabolo
    >>> try:
    ...     diabolo.Autoencoder(loss="rmse").check_parameters()
    ... except diabolo.errors.DiaboloError as problem:
    ...     print(type(problem).__name__)
    ParameterError
    """


class ForkedProcessError(DiaboloError, RuntimeError):
    """What was asked for takes JAX, and JAX was running already when this process was forked."""


class ParameterError(DiaboloError, ValueError):
    """A parameter has a value that cannot be used."""


class CheckpointError(DiaboloError, ValueError):
    """A checkpoint is damaged, in use, or of other data, settings or versions; or it cannot be written."""


class ClusterError(DiaboloError, RuntimeError):
    """The processes of a cluster cannot work together: they do not find each other, or one was lost."""


class InputError(DiaboloError, ValueError):
    """The rows given cannot be used: cells that are not finite, wrong columns, too few rows."""


class UnfitColumnsError(InputError):
    """Columns of a table in memory are no numbers, and it was not said what becomes of them.

    Parameters
    ----------
    message : str
        What is said.
    few : sequence of str or int
        Those of text that hold few different values, by their names, or their numbers where they have none.

    See Also
    --------
    TextColumnsError
    """

    def __init__(self, message: str = "", few: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.few = tuple(few)

    def __reduce__(self) -> tuple[type[UnfitColumnsError], tuple[str, tuple[str | int, ...]]]:
        return type(self), (self.message, self.few)


class DataFileError(InputError):
    """A data file cannot be read or written."""


class TextColumnsError(DataFileError):
    """Columns of a table hold text, and it was not said what becomes of them.

    Parameters
    ----------
    message : str
        What is said.
    columns : sequence of str or int
        Their names, or their numbers where they have none.
    few : sequence of str or int
        Those of them that hold few different values, and may be categories.
    is_all : bool, default False
        Whether no column of the table holds numbers.

    See Also
    --------
    UnfitColumnsError, diabolo.open
    """

    def __init__(
        self,
        message: str = "",
        columns: Sequence[str | int] = (),
        few: Sequence[str | int] = (),
        is_all: bool = False,
    ) -> None:
        super().__init__(message)
        self.columns, self.few, self.is_all = tuple(columns), tuple(few), is_all

    def __reduce__(self) -> tuple[type[TextColumnsError], tuple[Any, ...]]:
        return type(self), (self.message, self.columns, self.few, self.is_all)


class InputTypeError(DiaboloError, TypeError):
    """What was given is not a table of numbers."""


class LostWorkerError(DiaboloError, RuntimeError):
    """Workers ended without a word, or there are none at the address that was given."""


class ModelFileError(DiaboloError, ValueError):
    """A model file is missing, damaged, from a later format, or not a model."""


class TrainingDivergedError(DiaboloError, RuntimeError):
    """The loss stopped being finite; the estimator keeps the last finite parameters."""


class DiaboloWarning(_Said, UserWarning):
    """Any warning that Diabolo gives on purpose."""


class ConstantFeatureWarning(DiaboloWarning):
    """A column holds one value only, so a scaler cannot spread it."""


class FewRowsWarning(DiaboloWarning):
    """A detector learned from too few rows for a line that flags as few of them as it says."""


class InterruptedWarning(DiaboloWarning):
    """A fit was interrupted, and its estimator has what it had learned by then."""


class NothingSelectedWarning(DiaboloWarning):
    """A selector kept no feature, so what follows it has nothing to learn from."""


class OvercompleteWarning(DiaboloWarning):
    """A code is wider than its input, and nothing keeps it from being a copy."""


class PoorFitWarning(DiaboloWarning):
    """A network whose loss is above that of predicting each column's mean."""


class ScaleWarning(DiaboloWarning):
    """Columns that hide others by their size, and are not scaled."""


class UnknownLabelsWarning(DiaboloWarning):
    """Labels were given that do not say which rows are normal, and were left aside."""


def nearest_name(given: object, known: Iterable[str], foreign: Mapping[str, str] | None = None) -> str:
    """Say which known name was probably meant.

    Parameters
    ----------
    given : object
        What the user wrote.
    known : iterable of str
        The names that exist.
    foreign : mapping of str to str, optional
        Names in use elsewhere and what they are called here, such as ``{"mse": "squared_error"}``.

    Returns
    -------
    str
        ``" Did you mean 'name'?"``, or nothing where no known name is near.

    See Also
    --------
    ParameterError

    Examples
    --------
    >>> nearest_name("sigmoyd", ["relu", "sigmoid"])
    " Did you mean 'sigmoid'?"
    """
    if not isinstance(given, str):
        return ""
    plain = given.strip().lower().replace("-", "_").replace(" ", "_")
    meant = (foreign or {}).get(plain)
    if meant is None:
        near = [
            name for name in known if len(name) <= 3 * len(plain) + 3
        ]  # of those that are longer none is near
        close = difflib.get_close_matches(plain, near, n=1, cutoff=0.6)
        meant = close[0] if close else None
    return f" Did you mean {meant!r}?" if meant is not None else ""
