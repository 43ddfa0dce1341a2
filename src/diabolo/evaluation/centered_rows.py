"""Rows about a mean, weighed, as linear methods take them: read as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.source import Source

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64

__all__ = ["CenteredRows"]

_BLOCK_CELLS = 2**23
# Cells that are wider than float32 come through a buffer of about so many.
_WIDE_CELLS = 2**22


@dataclass(frozen=True)
class CenteredRows:
    """A table's rows less a mean, each feature times its weight; missing cells are at the mean.

    Parameters
    ----------
    source : Source
        The table.
    mean : float64 array of shape (n_features,)
        What is taken away.
    factor : float64 array of shape (n_features,) or None
        What each feature is multiplied by then.
    has_gaps : bool, default True
        Whether cells may be missing; to look for them costs a pass over each block.
    """

    source: Source
    mean: Float64[np.ndarray, " n_features"]
    factor: Float64[np.ndarray, " n_features"] | None = None
    has_gaps: bool = True

    def read(
        self, rows: slice, out: Float32[np.ndarray, "rows n_features"] | None = None
    ) -> Float32[np.ndarray, "rows n_features"]:
        """Read some of the rows.

        Parameters
        ----------
        rows : slice
            A range with whole bounds within the table.
        out : float32 array of shape (rows, n_features), optional
            Where to put them.

        Returns
        -------
        float32 array of shape (rows, n_features)
        """
        source = self.source
        if out is None:
            out = np.empty((rows.stop - rows.start, source.n_features), np.float32)
        if source.dtype.itemsize <= 4 and source.dtype.kind == "f":
            source.read(rows, out=out)
            out -= self.mean.astype(np.float32)
        else:  # large offsets are taken away before they cost float32's digits
            step = max(_WIDE_CELLS // max(source.n_features, 1), 1)
            for start in range(0, len(out), step):
                some = slice(rows.start + start, min(rows.start + start + step, rows.stop))
                place = out[start : start + step]
                np.subtract(source.read(some), self.mean, out=place, casting="same_kind")
        if self.factor is not None:
            out *= self.factor.astype(np.float32)
        if self.has_gaps:
            np.copyto(out, 0.0, where=np.isnan(out))
        return out

    def blocks(self) -> Iterator[tuple[slice, Float32[np.ndarray, "block n_features"]]]:
        """Read all of them, some at a time: which, and an array that the next ones overwrite."""
        step = min(self.source.rows_at_once(_BLOCK_CELLS), len(self.source))
        buffer = np.empty((step, self.source.n_features), np.float32)
        for start in range(0, len(self.source), max(step, 1)):
            rows = slice(start, min(start + step, len(self.source)))
            yield rows, self.read(rows, buffer[: rows.stop - start])
