"""How a row is drawn: as an image, as a series, or as the cells of a table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.plotting.image_shape import drawn_shape
from diabolo.reporting.given_rows import GivenRows

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = ["RowKind", "are_alike", "are_numbered", "row_kind"]

# Fewer features are no curve. Neighbors are alike where they differ by less than this share of what features
# differ by in any order.
_LEAST_POINTS, _ALIKE = 32, 0.25
_NUMBERED = re.compile(r"^(.*?)(\d+)\D?$")


@dataclass(frozen=True)
class RowKind:
    """How rows are drawn.

    Parameters
    ----------
    kind : {"image", "series", "table"}
        As what.
    shape : tuple of int or None
        (height, width, channels) of an image, (length, channels) of a series.
    """

    kind: Literal["image", "series", "table"]
    shape: tuple[int, ...] | None


def row_kind(
    model: Any,
    given: GivenRows,
    names: Sequence[str] | None,
    image_shape: tuple[int, ...] | Literal[False] | None,
    sample: Float[np.ndarray, "some features"],
) -> RowKind:
    """Decide how rows are drawn.

    Parameters
    ----------
    model : estimator
        Fitted: its images have a shape, its windows a length.
    given : GivenRows
        The rows.
    names : sequence of str or None
        Of the features.
    image_shape : tuple, False or None
        What was asked for.
    sample : array of shape (some, features)
        Some of the rows.

    Returns
    -------
    RowKind

    Raises
    ------
    ParameterError
        `image_shape` does not fit the rows.
    """
    windows = given.windows or getattr(model, "window_", None)
    if image_shape is None and windows is not None:
        return RowKind("series", (windows.length, windows.n_channels))
    own = getattr(model, "image_shape_", None)
    if image_shape is None and own is not None and len(given.row_shape) == 1:
        if min(own[:2]) == 1:  # a signal
            return RowKind("series", (max(own[:2]), own[2]))
        if own[2] in (1, 3):
            return RowKind("image", own)
    is_free = names is None or are_numbered(names)
    shape = None
    if image_shape is not None or len(given.row_shape) > 1 or is_free:
        shape = drawn_shape(given.row_shape, image_shape)
    if shape is not None:
        return (
            RowKind("series", (max(shape[:2]), shape[2])) if min(shape[:2]) == 1 else RowKind("image", shape)
        )
    if is_free and sample.shape[1] >= _LEAST_POINTS and are_alike(sample):
        return RowKind("series", (sample.shape[1], 1))
    return RowKind("table", None)


def are_numbered(names: Sequence[str]) -> bool:
    """Say whether names differ in nothing but consecutive numbers at their ends, such as t0, t1, t2.

    Examples
    --------
    >>> are_numbered(["t8", "t9", "t10"]), are_numbered(["1", "3"]), are_numbered(["age", "x1"])
    (True, False, False)
    """
    found = [_NUMBERED.match(name) for name in names]
    if not all(found):
        return False
    parts = [(each[1], int(each[2])) for each in found if each is not None]
    is_row = all(one[1] + 1 == other[1] for one, other in itertools.pairwise(parts))
    return is_row and len({stem for stem, _ in parts}) == 1


def are_alike(rows: Float[np.ndarray, "rows features"]) -> bool:
    """Say whether neighboring features are alike, as the points of a curve are.

    The mean squared difference of neighbors is held against that of any two features, which is what it would
    be on average in random order: twice the variance within a row. Both are taken of the rows as they are and
    less their columns' means, so that neither columns that merely rise from left to right nor rows that are
    smooth about ragged columns count.

    Parameters
    ----------
    rows : array of shape (rows, features)
        Missing cells are NaN.

    Returns
    -------
    bool

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> are_alike(random.normal(size=(20, 50)).cumsum(axis=1)), are_alike(random.normal(size=(20, 50)))
    (True, False)
    """
    rows = np.asarray(rows, np.float64)
    known = ~np.isnan(rows).any(axis=0)
    if not len(rows) or known.sum() < _LEAST_POINTS:
        return False
    rows = rows[:, known]
    forms = [rows, rows - rows.mean(axis=0)] if len(rows) > 1 else [rows]
    for form in forms:
        any_two = 2 * np.mean(form.var(axis=1, ddof=1))
        neighbors = np.mean(np.diff(form, axis=1) ** 2)
        if not neighbors < _ALIKE * any_two:
            return False
    return True
