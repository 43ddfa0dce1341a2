"""Files of rows opened by their suffix."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.casting import float32_rows
from diabolo.data.csv import CsvFormat
from diabolo.data.format import Format, ReadingOptions
from diabolo.data.location import existing_file
from diabolo.data.npy import NpyFormat
from diabolo.data.npz import NpzFormat
from diabolo.data.table import Table
from diabolo.errors import DataFileError, InputError, ParameterError, nearest_name

if TYPE_CHECKING:
    from jaxtyping import Shaped

_ALL: tuple[Format, ...] = (CsvFormat(), NpyFormat(), NpzFormat())
FORMATS: Mapping[str, Format] = {suffix: each for each in _ALL for suffix in each.suffixes}


def read_table(
    path: str | os.PathLike[str],
    *,
    label_column: str | int | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    array: str | None = None,
    keep_columns: Sequence[str | int] | None = None,
    allows_missing: bool | None = None,
) -> Table:
    r"""Read a file of rows; its suffix says how.

    A text table (.csv, .tsv) is in UTF-8. Its first line is a header if it has text in a column whose next
    cell is no text; `Table.header_found` says what was decided. Missing and infinite values are refused.

    Parameters
    ----------
    path : str or path-like
        A .csv, .tsv, .npy or .npz file.
    label_column : str, int or None, default None
        A column to carry along untouched. Of a text table its name, or its number counted from 0, negative
        from the end; of an .npy file its number; of an .npz file the name of another array, of one axis and
        n_rows entries. A column without a name is carried as ``"label"``.
    header : bool or None, default None
        Whether the first line of a text table holds the column names; None finds out.
    delimiter : str or None, default None
        The character between the cells of a text table; None takes the tab for .tsv, the semicolon for
        .csv if the first line has one and no comma, and else the comma.
    array : str or None, default None
        The array to read of an .npz file; None takes the only one of two axes, else ``X``, else ``data``.
    keep_columns : sequence of str or int, optional
        Further columns to carry along, named as `label_column` is, and carried after it. One without a name
        is carried as ``"column_3"``, by its number.
    allows_missing : bool, optional
        Whether a cell may be missing; it is NaN then.

    Returns
    -------
    Table
        `rows` of shape (n_rows, n_features), float32, all finite but for missing ones that are allowed.

    Raises
    ------
    DataFileError
        The file is missing, unreadable, damaged, of an unknown format, or holds something that is not a
        finite number; the message says where.
    ParameterError
        An option cannot be, or means nothing to this format.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "iris.csv"
    >>> _ = path.write_text("width,length,species\n5.1,3.5,setosa\n6.2,2.9,virginica\n")
    >>> table = read_table(path, label_column="species")
    >>> table.rows.shape, table.feature_names, table.carried, table.header_found
    ((2, 2), ('width', 'length'), {'species': ['setosa', 'virginica']}, True)
    """
    path = existing_file(path)
    chosen = _format(path)
    kept = tuple(keep_columns) if keep_columns else None
    options = ReadingOptions(label_column, header, delimiter, array, kept, allows_missing or None)
    for name, value in vars(options).items():
        if value is not None and name not in chosen.heeds:
            heeding = ", ".join(suffix for suffix, each in FORMATS.items() if name in each.heeds)
            raise ParameterError(
                f"{name}={value!r} means nothing to {path}: leave it out, it is for {heeding} files."
            )
    return chosen.read(path, options)


def write_table(
    path: str | os.PathLike[str],
    rows: Shaped[np.ndarray, "n_rows n_features"],
    *,
    feature_names: Sequence[str] | None = None,
    carried: Mapping[str, Sequence[Any] | np.ndarray] | None = None,
) -> None:
    r"""Write rows to a file; its suffix says how. What `read_table` would refuse is not written.

    The file appears under its name only when all of it is on the disk. Reading it gives back the same
    float32 bits.

    Parameters
    ----------
    path : str or path-like
        A .csv, .tsv, .npy or .npz file; replaced if it exists. Its folder must exist.
    rows : array of shape (n_rows, n_features)
        Finite numbers, written as float32.
    feature_names : sequence of str of length n_features, optional
        The header of a text table (none is written without), the array ``feature_names`` of an .npz file;
        an .npy file has no place for them.
    carried : mapping of str to a sequence of length n_rows, optional
        Further columns, written last as their own text; arrays of their own in an .npz file. An .npy file
        cannot hold any.

    Raises
    ------
    DataFileError
        The file cannot be written, or the rows hold something that is not a finite number.
    InputError
        The names or the carried columns do not fit the rows.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "codes.tsv"
    >>> write_table(path, np.array([[0.5, 1.5]]), feature_names=["code0", "code1"])
    >>> path.read_text()
    'code0\tcode1\n0.5\t1.5\n'
    """
    path = Path(path)
    chosen = _format(path)
    checked = float32_rows(np.asarray(rows), f"{path} cannot be written: the array of rows")
    n_rows, n_features = checked.shape
    carried = dict(carried or {})
    if feature_names is not None and len(feature_names) != n_features:
        raise InputError(
            f"{path} cannot be written: expected {n_features} feature names, one for each column; "
            f"got {len(feature_names)}."
        )
    for name, values in carried.items():
        if len(values) != n_rows:
            raise InputError(
                f"{path} cannot be written: the carried column {name!r} has {len(values)} entries "
                f"for {n_rows} rows."
            )
    _check_names([*(feature_names or ()), *carried], path)
    chosen.write(path, checked, feature_names, carried)


def _check_names(names: Sequence[str], path: Path) -> None:
    seen = set()
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError(
                f"{path} cannot be written: a column's name must be text with something in it; got {name!r}."
            )
        if name in seen:
            raise InputError(
                f"{path} cannot be written: two columns are named {name!r}; give each its own name."
            )
        seen.add(name)


def _format(path: Path) -> Format:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        given = f"the suffix {path.suffix!r}" if suffix else "a name without a suffix"
        raise DataFileError(
            f"{path} has {given}, and the format is chosen by the suffix: it must be one of "
            f"{', '.join(FORMATS)}.{nearest_name(suffix, FORMATS)}"
        )
    return FORMATS[suffix]
