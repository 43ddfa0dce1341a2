"""NumPy files of one array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.atomic import atomic_write
from diabolo.data.casting import float32_rows
from diabolo.data.format import ReadingOptions
from diabolo.data.label import carried_name, kept_numbers, label_number, typed_number
from diabolo.data.location import content, damaged, pickled, unreadable
from diabolo.data.table import Table
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Float32


class NpyFormat:
    """One array of two axes; the label column is one of its columns.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.npy"
    >>> NpyFormat().write(path, np.eye(2, dtype=np.float32), None, {})
    >>> NpyFormat().read(path, ReadingOptions(label_column=-1)).carried
    {'label': array([0., 1.], dtype=float32)}
    """

    suffixes = (".npy",)
    heeds = frozenset({"label_column", "keep_columns", "allows_missing"})

    def read(self, path: Path, options: ReadingOptions) -> Table:
        """Read an array; see `diabolo.data.opening.read_table`."""
        held = content(path)
        if held == "a Python pickle":
            raise pickled(str(path))
        if not held.startswith("a NumPy array"):
            cure = " (a text table is named .csv or .tsv)" if held == "text" else ""
            raise DataFileError(
                f"{path} is not an .npy file, it holds {held}: give it the name that fits{cure}."
            )
        try:
            with path.open("rb") as handle:
                array = np.load(handle, allow_pickle=False)
        except OSError as problem:
            raise unreadable(path, problem) from problem
        except MemoryError as problem:
            raise DataFileError(f"{path} does not fit in memory ({problem}).") from problem
        except Exception as problem:
            # A damaged header is read as Python literals, which can go wrong in many ways.
            raise pickled(str(path)) if "pickle" in str(problem) else damaged(path, problem) from problem
        wanted = options.label_column
        if (wanted is None and not options.keep_columns) or array.ndim != 2:
            return Table(
                float32_rows(array, str(path), allows_missing=bool(options.allows_missing)), path=path
            )
        wanted = None if wanted is None else typed_number(wanted, None)
        label = label_number(wanted, None, array.shape[1], str(path))
        kept = kept_numbers(options.keep_columns, label, None, array.shape[1], str(path))
        carried = {} if label is None else {"label": array[:, label].copy()}
        carried.update({carried_name(number, None): array[:, number].copy() for number in kept})
        left_out = [*kept] if label is None else [label, *kept]
        return Table(
            float32_rows(
                np.delete(array, left_out, axis=1), str(path), allows_missing=bool(options.allows_missing)
            ),
            carried=carried,
            path=path,
        )

    def write(
        self,
        path: Path,
        rows: Float32[np.ndarray, "n_rows n_features"],
        feature_names: Sequence[str] | None,
        carried: Mapping[str, Sequence[Any] | np.ndarray],
    ) -> None:
        """Write an array; see `diabolo.data.opening.write_table`."""
        if carried:
            raise DataFileError(
                f"{path} cannot be written: an .npy file holds one array, so {', '.join(map(repr, carried))} "
                "cannot go with it; write .npz or .csv."
            )
        with atomic_write(path) as handle:
            np.lib.format.write_array(handle, np.ascontiguousarray(rows), allow_pickle=False)
