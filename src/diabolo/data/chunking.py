"""Whether the way in which a file is chunked makes reading its rows slow."""

from __future__ import annotations

from diabolo.data.source import Source

__all__ = ["advice", "amplification"]

# Cells that a reader asks for at once.
_CELLS = 2**21
# The least that a disk and the system's cache move at once.
_PAGE = 4096
# Below it rewriting a file costs more than it gives back in a training of a few epochs.
_WORTHWHILE = 4.0


def amplification(source: Source) -> float:
    """Estimate how many times the bytes wanted are read where rows are read some at a time.

    Parameters
    ----------
    source : Source
        Any table.

    Returns
    -------
    float
        1 where blocks of the file are read whole, and once.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.data.array_source import ArraySource
    >>> amplification(ArraySource(np.zeros((5, 3))))
    1.0
    """
    height, width = source.block
    at_once = source.rows_at_once(_CELLS)
    if height <= at_once:
        return 1.0
    whole = height / at_once
    if source.is_compressed:
        return whole
    together = at_once * source.dtype.itemsize * (1 if source.is_transposed else width)
    return min(whole, max(_PAGE / together, 1.0))


def advice(source: Source) -> str | None:
    """Say when it would pay to rewrite a file by rows.

    Parameters
    ----------
    source : Source
        Any table.

    Returns
    -------
    str or None
        A sentence with the command; None where the file is well as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.data.array_source import ArraySource
    >>> advice(ArraySource(np.zeros((5, 3)))) is None
    True
    """
    times = amplification(source)
    if times < _WORTHWHILE:
        return None
    path = source.name.partition("::")[0]
    height, width = source.block
    return (
        f"{source.name} is stored in blocks of {height:,} rows x {width:,} columns, so reading some rows at "
        f"a time reads about {times:,.0f} times what is wanted: rewrite it by rows once, with "
        f"diabolo rechunk {path} -o NEW.h5."
    )
