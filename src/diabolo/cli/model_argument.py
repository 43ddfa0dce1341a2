"""The model that a verb works with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diabolo.errors import ModelFileError

__all__ = ["OpenModel", "open_model"]


@dataclass(frozen=True)
class OpenModel:
    """A model as the verbs use it.

    Parameters
    ----------
    path : Path
        Its file.
    estimator : estimator
        Fitted.
    feature_names : tuple of str, or None
        The columns that it was trained on, if they had names.
    """

    path: Path
    estimator: Any
    feature_names: tuple[str, ...] | None

    @property
    def code_names(self) -> list[str]:
        """What the columns of a code are called."""
        return [str(name) for name in self.estimator.get_feature_names_out()]


def open_model(path: Path) -> OpenModel:
    """Read a model file.

    Parameters
    ----------
    path : Path
        What was typed.

    Returns
    -------
    OpenModel

    Raises
    ------
    ModelFileError
        The file is missing, damaged or no model.
    """
    from diabolo.data.opening import FORMATS
    from diabolo.persistence.model_file import load

    try:
        estimator = load(path)
    except ModelFileError as problem:
        if path.suffix.lower() in FORMATS:
            raise ModelFileError(
                f"{path} is a data file by its name, and the model comes first: type MODEL, then DATA."
            ) from problem
        raise
    # Kept apart: with names on the estimator, scikit-learn warns of every array that brings none, while here
    # the file's names are compared by `check_columns`.
    names = vars(estimator).pop("feature_names_in_", None)
    return OpenModel(path, estimator, None if names is None else tuple(str(name) for name in names))
