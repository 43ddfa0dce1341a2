"""Several tables, rows one after the other, as one source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.source import Source
from diabolo.errors import InputError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["JoinedSource"]


class JoinedSource(Source):
    """Several tables of the same columns as one.

    Parameters
    ----------
    parts : sequence of Source
        In the order of their rows. What all of them carry, the whole carries.

    Raises
    ------
    InputError
        The columns differ, or the target is missing in one.

    Examples
    --------
    >>> from diabolo.data.array_source import ArraySource
    >>> joined = JoinedSource([ArraySource(np.zeros((2, 1))), ArraySource(np.ones((1, 1)))])
    >>> joined.read([2, 0]).tolist()
    [[1.0], [0.0]]
    """

    def __init__(self, parts: Sequence[Source]) -> None:
        if not parts:
            raise InputError("no tables were given to join; name at least one.")
        self.parts = tuple(parts)
        first = self.parts[0]
        for part in self.parts[1:]:
            _check_alike(first, part)
        self._ends = np.cumsum([part.n_rows for part in self.parts])
        shared = [name for name in first.carried if all(name in part.carried for part in self.parts)]
        rows = [part.row_names for part in self.parts]
        super().__init__(
            first.name if len(self.parts) == 1 else f"{first.name} and {len(self.parts) - 1} more",
            (int(self._ends[-1]), first.n_features),
            np.result_type(*{part.dtype for part in self.parts}),
            feature_names=first.feature_names,
            row_names=None if None in rows else [name for names in rows for name in names or ()],
            carried={
                name: np.concatenate([_as_text_if(name, part, self.parts) for part in self.parts])
                for name in shared
            },
            target_name=first.target_name,
            block=(max(part.block[0] for part in self.parts), max(part.block[1] for part in self.parts)),
        )
        self.written_as = {name: self._text(name) for name in shared if self._is_text_kept(name)}
        self.header_found = any(part.header_found for part in self.parts)
        self.notes = tuple(note for part in self.parts for note in part.notes)
        self.is_compressed = any(part.is_compressed for part in self.parts)
        self.is_transposed = any(part.is_transposed for part in self.parts)

    def _read(self, rows: slice, columns: slice, out: Shaped[np.ndarray, "rows columns"]) -> None:
        first = int(np.searchsorted(self._ends, rows.start, "right"))
        last = int(np.searchsorted(self._ends, rows.stop - 1, "right"))
        for number in range(first, last + 1):
            top = int(self._ends[number - 1]) if number else 0
            start, stop = max(rows.start, top), min(rows.stop, int(self._ends[number]))
            self.parts[number].read(
                slice(start - top, stop - top), columns, out[start - rows.start : stop - rows.start]
            )

    def _is_text_kept(self, name: str) -> bool:
        is_number = all(np.asarray(part.carried[name]).dtype.kind not in "UO" for part in self.parts)
        return is_number and any(name in part.written_as for part in self.parts)

    def _text(self, name: str) -> np.ndarray:
        return np.concatenate([_text(name, part) for part in self.parts])

    def place(self, row: int, column: int) -> str:
        """Say where a cell is, and in which file."""
        number = int(np.searchsorted(self._ends, row, "right"))
        part, top = self.parts[number], int(self._ends[number - 1]) if number else 0
        return f"{part.place(row - top, column)} in {part.name}"

    def close(self) -> None:
        """Let go of the files."""
        for part in self.parts:
            part.close()


def _as_text_if(name: str, part: Source, parts: Sequence[Source]) -> np.ndarray:
    """Return a carried column, as text if any part has it as text."""
    values = np.asarray(part.carried[name])
    mixed = len({np.asarray(each.carried[name]).dtype.kind in "UO" for each in parts}) > 1
    return _text(name, part) if mixed else values


def _text(name: str, part: Source) -> np.ndarray:
    """Return a carried column as text, as it stands in the file where that is known."""
    return np.asarray(part.written_as.get(name, part.carried[name])).astype(str)


def _check_alike(first: Source, part: Source) -> None:
    if part.n_features != first.n_features:
        raise InputError(
            f"{part.name} has {part.n_features} columns and {first.name} has {first.n_features}: files read "
            "as one must have the same columns."
        )
    ours, theirs = first.feature_names, part.feature_names
    if ours != theirs:
        place = next((i for i, (a, b) in enumerate(zip(ours or (), theirs or (), strict=False)) if a != b), 0)
        got, expected = (repr(names[place]) if names else "no name" for names in (theirs, ours))
        raise InputError(
            f"{part.name} differs from {first.name} in column {place} (counted from 0), which is {got} and "
            f"not {expected}: files read as one must have the same columns in the same order."
        )
    if first.target_name is not None and first.target_name not in part.carried:
        raise InputError(
            f"{part.name} has no column {first.target_name!r}, the target in {first.name}: files read as one "
            "must have the same target."
        )
