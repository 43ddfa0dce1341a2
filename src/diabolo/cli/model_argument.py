"""The model that a verb works with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diabolo.cli.program import command_line
from diabolo.errors import ModelFileError

__all__ = ["OpenModel", "open_autoencoder", "open_detector", "open_model"]


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
    def is_detector(self) -> bool:
        """Whether it finds anomalies."""
        return hasattr(self.estimator, "anomaly_score")

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
    from diabolo.data.formats import is_table_file
    from diabolo.persistence.model_file import load

    try:
        estimator = load(path)
    except ModelFileError as problem:
        if is_table_file(path):
            raise ModelFileError(
                f"{path} is a data file by its name, and the model comes first: type MODEL, then DATA."
            ) from problem
        raise
    # Kept apart: with names on the estimator, scikit-learn warns of every array that brings none, while here
    # the file's names are compared by `check_columns`.
    names = vars(estimator).pop("feature_names_in_", None)
    return OpenModel(path, estimator, None if names is None else tuple(str(name) for name in names))


def open_autoencoder(path: Path) -> OpenModel:
    """Read the model file of an autoencoder, for verbs that need codes and reconstructions.

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
        As of :func:`open_model`; or it is a detector.
    """
    opened = open_model(path)
    if opened.is_detector:
        raise ModelFileError(
            f"{path} is a detector, which scores rows and gives no codes; type: "
            f"{command_line('detect', 'score', path)} DATA -o scores.csv."
        )
    return opened


def open_detector(path: Path) -> OpenModel:
    """Read the model file of a detector.

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
        As of :func:`open_model`; or it is an autoencoder.
    """
    opened = open_model(path)
    if not opened.is_detector:
        raise ModelFileError(
            f"{path} is no detector but {_with_article(type(opened.estimator).__name__)}; make one with "
            f"{command_line('detect', 'fit')} DATA -o MODEL, or see how well this model rebuilds rows: "
            f"{command_line('reconstruct', path)} DATA --errors -o rows.csv."
        )
    return opened


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
