"""What a file format must offer, so that a new one is one new file and one line in `opening`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from diabolo.data.table import Table

if TYPE_CHECKING:
    from jaxtyping import Float32


@dataclass(frozen=True)
class ReadingOptions:
    """What the caller settles about a file; None leaves it to the format.

    Parameters
    ----------
    label_column : str, int or None, default None
        The column to carry along instead of reading it as numbers.
    header : bool or None, default None
        Whether the first line of a text table holds the column names.
    delimiter : str or None, default None
        The one character between the cells of a text table.
    array : str or None, default None
        The name of the array to read, in a file of several.
    keep_columns : tuple of str or int, or None, default None
        Further columns to carry along.
    allows_missing : bool or None, default None
        Whether a cell may be missing: empty, NA, nan and the like. It is NaN then.

    Examples
    --------
    >>> ReadingOptions(label_column="species").delimiter is None
    True
    """

    label_column: str | int | None = None
    header: bool | None = None
    delimiter: str | None = None
    array: str | None = None
    keep_columns: tuple[str | int, ...] | None = None
    allows_missing: bool | None = None


class Format(Protocol):
    """A reader and a writer for the files of some suffixes."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes, lower case and with their dot."""

    @property
    def heeds(self) -> frozenset[str]:
        """The names of the reading options that mean something to this format."""

    def read(self, path: Path, options: ReadingOptions) -> Table:
        """Read an existing file that is not empty; raise DataFileError where it cannot be used."""

    def write(
        self,
        path: Path,
        rows: Float32[np.ndarray, "n_rows n_features"],
        feature_names: Sequence[str] | None,
        carried: Mapping[str, Sequence[Any] | np.ndarray],
    ) -> None:
        """Write checked rows, whole or not at all; raise DataFileError where that fails."""
