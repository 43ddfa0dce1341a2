"""The kinds of files that are spoilt; a new one is a file here and a row in the table."""

from __future__ import annotations

from fuzz.kind import Kind
from fuzz.kinds.arrow_files import FEATHER, PARQUET
from fuzz.kinds.checkpoints import CHECKPOINT
from fuzz.kinds.hdf5_files import H5AD, HDF5
from fuzz.kinds.idx_files import IDX
from fuzz.kinds.models import MODEL
from fuzz.kinds.numpy_files import NPY, NPZ
from fuzz.kinds.spreadsheets import XLSX
from fuzz.kinds.text_tables import CSV, PACKED
from fuzz.kinds.zarr_stores import ZARR

__all__ = ["DATA", "KINDS", "MODELS"]

KINDS: dict[str, Kind] = {
    each.name: each
    for each in (MODEL, CHECKPOINT, NPY, NPZ, CSV, *PACKED, XLSX, HDF5, H5AD, ZARR, PARQUET, FEATHER, IDX)
}
MODELS = {"model": 3, "checkpoint": 1}
"""Those that hold networks, and how many of each are spoilt beside the others."""
DATA = tuple(name for name in KINDS if name not in MODELS)
"""Those that hold rows."""
