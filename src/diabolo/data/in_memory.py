"""Stub."""

import numpy as np

from diabolo.data.array_source import ArraySource
from diabolo.data.formats.npy import without_columns
from diabolo.errors import InputTypeError


def in_memory_table(X, *, dataset=None, rows="first", target=None, keep_columns=None, owner=None):
    array = np.asarray(X)
    if array.dtype.kind not in "buif":
        raise InputTypeError(f"a {type(X).__name__} is no table: give a path, an array or a data frame.")
    return without_columns(ArraySource(array.T if rows == "last" else array), target, keep_columns)
