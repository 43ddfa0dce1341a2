"""NumPy archives written some rows at a time."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from diabolo.data.sink import Sink, bytes_of
from diabolo.errors import DataFileError

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["NpzSink"]

_COMPRESSIONS = {None: zipfile.ZIP_STORED, "deflate": zipfile.ZIP_DEFLATED}


class NpzSink(Sink):
    """The array ``X``, then the names and the carried columns as arrays of their own."""

    _archive: zipfile.ZipFile | None = None
    _member: IO[bytes] | None = None

    def begin(self, place: Path) -> None:
        """Write the header of the table."""
        plan = self.plan
        if plan.compression not in _COMPRESSIONS:
            raise DataFileError(
                f"{plan.path} cannot be written with compression={plan.compression!r}: of an .npz file it is "
                "None or 'deflate'."
            )
        self._archive = zipfile.ZipFile(place, "w", _COMPRESSIONS[plan.compression])
        self._member = self._archive.open("X.npy", "w", force_zip64=True)
        np.lib.format.write_array_header_1_0(
            self._member,
            {
                "descr": np.lib.format.dtype_to_descr(plan.dtype),
                "fortran_order": False,
                "shape": (plan.n_rows, plan.n_columns),
            },
        )

    def _write(self, start: int, block: Shaped[np.ndarray, "rows n_columns"]) -> None:
        assert self._member is not None
        self._member.write(bytes_of(block))

    def finish(self) -> None:
        """Write the names and the carried columns."""
        assert self._archive is not None
        assert self._member is not None
        self._member.close()
        further = dict(self.plan.carried)
        if self.plan.column_names is not None:
            further["feature_names"] = np.array(self.plan.column_names, str)
        if self.plan.row_names is not None:
            further["row_names"] = np.array(self.plan.row_names, str)
        for name, array in further.items():
            with self._archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
        self._archive.close()

    def abandon(self) -> None:
        """Close the file, which is of no use any more."""
        for each in (self._member, self._archive):
            if each is not None:
                with contextlib.suppress(OSError, ValueError):
                    each.close()
