"""What every reader returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of finite numbers, with what the file said about them.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features), float32, or Source
        The numbers; every one is finite. A source's are not looked at before they are read.
    feature_names : tuple of str of length n_features, or None
        The columns' names in the file's order; None where the file gives none.
    carried : mapping of str to a sequence of length n_rows, default {}
        Columns that are not numbers to train on, under their names: the untouched text of a CSV's
        label column, the untouched values of an array's.
    path : Path, optional
        The file the rows came from.
    header_found : bool, default False
        Whether the first line was taken as column names.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(np.ones((2, 3), np.float32), ("a", "b", "c"), {"label": ["cat", "dog"]})
    >>> table.rows.shape, table.carried["label"]
    ((2, 3), ['cat', 'dog'])
    """

    rows: Any
    feature_names: tuple[str, ...] | None = None
    carried: Mapping[str, Sequence[Any] | np.ndarray] = field(default_factory=dict)
    path: Path | None = None
    header_found: bool = False
