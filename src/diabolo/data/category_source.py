"""A table with categories as a source of numbers: cells of 0 and 1, one for each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.categories import MISSING_CODE, UNKNOWN_CODE, CategoryTable
from diabolo.data.source import Source

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Int16, Int64, Shaped

    Chosen = slice | Int[np.ndarray, " chosen"]

__all__ = ["CategorySource"]


class CategorySource(Source):
    """A table whose categories are cells of 0 and 1, one for each value, behind its numbers.

    Parameters
    ----------
    numbers : Source
        The columns of numbers.
    table : CategoryTable
        What each category may be.
    codes : int16 array of shape (rows, categories)
        Which value each row has.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> table = CategoryTable(2, None, (1,), (("blue", "red"),))
    >>> codes = np.array([[1], [-1]], np.int16)
    >>> CategorySource(ArraySource(np.array([[5.0], [7.0]])), table, codes)[:].tolist()
    [[5.0, 0.0, 1.0], [7.0, nan, nan]]
    """

    def __init__(
        self, numbers: Source, table: CategoryTable, codes: Int16[np.ndarray, "rows categories"]
    ) -> None:
        dtype = np.result_type(numbers.dtype, np.float32)
        super().__init__(
            numbers.name,
            (len(codes), table.n_cells),
            dtype,
            feature_names=table.cell_names,
            row_names=numbers.row_names,
            carried=numbers.carried,
            target_name=numbers.target_name,
            block=(numbers.block[0], table.n_cells),
            release=numbers.close,
        )
        self.written_as, self.in_memory = numbers.written_as, numbers.in_memory
        self.table, self._numbers, self._codes = table, numbers, codes
        n = len(table.numbers)
        self._category = np.repeat(np.arange(len(table.values)), [len(values) for values in table.values])
        self._value = np.arange(table.n_cells - n) - (
            np.repeat([block.start for block in table.blocks], [len(values) for values in table.values]) - n
        )

    def _made_of(self) -> tuple[Any, ...]:
        return self._numbers, self.table, self._codes

    @classmethod
    def of_cells(cls, cells: Float64[np.ndarray, "rows cells"], table: CategoryTable) -> CategorySource:
        """Take rows that are written as cells already; those of a missing category are NaN.

        Examples
        --------
        >>> table = CategoryTable(2, None, (1,), (("blue", "red"),))
        >>> rows = np.array([[5.0, 0.0, 1.0], [7.0, np.nan, np.nan]])
        >>> CategorySource.of_cells(rows, table).texts()
        [['red', '']]
        """
        codes = np.empty((len(cells), len(table.places)), np.int16)
        for number, block in enumerate(table.blocks):
            own = cells[:, block]
            codes[:, number] = np.where(own.any(axis=1), own.argmax(axis=1), UNKNOWN_CODE)
            codes[np.isnan(own).any(axis=1), number] = MISSING_CODE
        return cls(ArraySource(cells[:, : len(table.numbers)], name="Input X"), table, codes)

    def some(self, chosen: Int64[np.ndarray, " chosen"]) -> CategorySource:
        """Return some of the rows, by their numbers, as a table of their own."""
        return CategorySource(self._numbers.rows(chosen), self.table, self._codes[chosen])

    def texts(self) -> list[list[str]]:
        """Return the value of each row, category by category; empty where it is missing or not known."""
        return [
            [values[code] if code >= 0 else "" for code in codes.tolist()]
            for values, codes in zip(self.table.values, self._codes.T, strict=True)
        ]

    def _read(self, rows: Chosen, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        n = len(self.table.numbers)
        split = min(max(n - columns.start, 0), columns.stop - columns.start)
        if split:
            self._numbers.read(rows, slice(columns.start, min(columns.stop, n)), out=out[:, :split])
        if columns.stop <= n:
            return
        cells = slice(max(columns.start - n, 0), columns.stop - n)
        codes = self._codes[rows][:, self._category[cells]]
        out[:, split:] = codes == self._value[cells]
        if (codes == MISSING_CODE).any():
            out[:, split:][codes == MISSING_CODE] = np.nan

    _take = _read

    def origin(self, row: int) -> int:
        """Return a row's number in the file."""
        return self._numbers.origin(row)

    def place(self, row: int, column: int) -> str:
        """Say where a cell is: of a category, its column in the table."""
        if column < len(self.table.numbers):
            return self._numbers.place(row, column)
        name = self.table.name_of(int(self.table.owners[column]))
        return f"row {self.origin(row)} (counted from 0), column {name!r}"
