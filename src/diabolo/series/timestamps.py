"""When the points of a series were taken: read, compared with the clock, and the gaps between them."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError
from diabolo.messages import either, setting

if TYPE_CHECKING:
    from jaxtyping import Int64, Shaped

__all__ = ["read_changes", "read_times", "stretches"]


def read_times(
    timestamps: Any, n_points: int, changes: Int64[np.ndarray, " changes"] | None = None
) -> Shaped[np.ndarray, " n_points"]:
    """Read when points were taken.

    Parameters
    ----------
    timestamps : array-like of shape (n_points,)
        Numbers, dates of numpy or pandas, or text such as 2026-03-01 12:30:00. Of those with a time zone the
        time is that of Greenwich.
    n_points : int
        How many there must be.
    changes : int array, optional
        Points with which another series begins, whose time may be any.

    Returns
    -------
    ndarray of shape (n_points,)
        Numbers or datetime64, not falling.

    Raises
    ------
    InputError
        They are no times, too few or too many, or fall.

    Examples
    --------
    >>> read_times(["2026-03-01 12:30", "2026-03-01 12:31"], 2).astype(str).tolist()
    ['2026-03-01T12:30', '2026-03-01T12:31']
    """
    if getattr(timestamps, "tz", None) is not None:  # a pandas index
        timestamps = timestamps.tz_convert(None)
    times = np.asarray(timestamps)
    if times.shape != (n_points,):
        raise InputError(
            f"{setting('timestamps')} {either('have', 'has')} shape {times.shape}; expected "
            f"({n_points},), one a point of the series."
        )
    if times.dtype.kind not in "iufMm":
        times = _dates(times)
    unknown = np.isnat(times) if times.dtype.kind in "Mm" else ~np.isfinite(times)
    if unknown.any():
        raise InputError(
            f"{setting('timestamps')} {either('hold', 'holds')} no time at point {int(np.argmax(unknown))} "
            "(counted from 0); drop such points."
        )
    falls = times[1:] < times[:-1]
    if changes is not None:
        falls[changes - 1] = False
    if falls.any():
        at = int(np.argmax(falls)) + 1
        raise InputError(
            f"{setting('timestamps')} {either('fall', 'falls')} at point {at} (counted from 0), from "
            f"{times[at - 1]} to {times[at]}; sort the points by time, or, where several series follow each "
            f"other, say which point is of which: {setting('groups')}."
        )
    if times.dtype.kind == "M":  # zeros after the second, as of pandas, say nothing
        whole = times.astype("datetime64[s]")
        times = (
            whole
            if np.datetime_data(times.dtype)[0] in ("ms", "us", "ns") and (whole == times).all()
            else times
        )
    return times


def _dates(times: Shaped[np.ndarray, " n_points"]) -> Shaped[np.ndarray, " n_points"]:
    with (
        contextlib.suppress(ValueError, TypeError, UserWarning, DeprecationWarning),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")  # numpy's, of time zones, which it leaves out
        given = [np.datetime64("NaT", "D") if time is None else time for time in times.tolist()]
        return np.array(given, "datetime64")
    for number, time in enumerate(times.tolist()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                np.datetime64(time)
        except (ValueError, TypeError, UserWarning, DeprecationWarning):
            raise InputError(
                f"{setting('timestamps')} {either('hold', 'holds')} {time!r} at point {number} (counted "
                "from 0), which is no time; expected numbers, or dates such as 2026-03-01 12:30:00, without "
                "a time zone."
            ) from None
    raise InputError(
        f"{setting('timestamps')} {either('are', 'is')} of several kinds, and no times together."
    )


def read_changes(groups: Any, n_points: int) -> Int64[np.ndarray, " changes"]:
    """Find where one series ends and another begins.

    Parameters
    ----------
    groups : array-like of shape (n_points,)
        Which series each point is of.
    n_points : int
        How many there must be.

    Returns
    -------
    int array
        The first point of each series but the first.

    Raises
    ------
    InputError
        They are too few or too many, or a series' points do not stand together.

    Examples
    --------
    >>> read_changes(["a", "a", "b"], 3).tolist()
    [2]
    """
    names = np.asarray(groups)
    if names.shape != (n_points,):
        raise InputError(
            f"{setting('groups')} have shape {names.shape}; expected ({n_points},), one a point of the "
            "series."
        )
    names = names.astype(str)
    changes = np.flatnonzero(names[1:] != names[:-1]) + 1
    firsts = names[np.append(0, changes)].tolist()
    again = next((place for place, name in enumerate(firsts) if name in firsts[:place]), None)
    if again is not None:
        raise InputError(
            f"{setting('groups')} hold {firsts[again]!r} again at point {int(changes[again - 1])} (counted "
            "from 0), after another; sort the points by series, and those of each by time."
        )
    return changes


def stretches(
    times: Shaped[np.ndarray, " n_points"] | None,
    n_points: int,
    gap: float | None,
    changes: Int64[np.ndarray, " changes"] | None = None,
) -> Int64[np.ndarray, "n_stretches 2"]:
    """Find the stretches of a series between which time is missing.

    Parameters
    ----------
    times : array of shape (n_points,) or None
        Not falling; None where they are not known, and nothing is missing.
    n_points : int
        How many points there are.
    gap : float or None
        A step in time of more than so many median steps is a gap; with None none is.
    changes : int array, optional
        Points with which another series begins.

    Returns
    -------
    int array of shape (n_stretches, 2)
        The first point of each, and the one after its last.

    Examples
    --------
    >>> stretches(np.array([0, 1, 2, 9, 10]), 5, 1.5).tolist()
    [[0, 3], [3, 5]]
    """
    inner = np.zeros(0, np.int64) if changes is None else changes
    if times is not None and gap is not None and n_points > 2:
        steps = np.diff(times).astype(np.float64)
        middle = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
        inner = np.union1d(inner, np.flatnonzero(steps > gap * middle) + 1)
    edges = np.concatenate([[0], inner, [n_points]])
    return np.column_stack([edges[:-1], edges[1:]]).astype(np.int64)
