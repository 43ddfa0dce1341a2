"""Columns of numbers that are probably no measurements: ids, codes of classes, numbers for missing cells."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from diabolo.cli.categories import category_places
from diabolo.cli.column_check import has_columns, heeds
from diabolo.cli.output import Output, listed
from diabolo.cli.page import Typed
from diabolo.messages import typed_names

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float64, Shaped

    from diabolo.data.source import Source

__all__ = ["OddColumns", "note_odd_columns", "odd_columns"]

# Rows and cells that are looked at; fewer rows than the first say nothing.
_LEAST_ROWS, _ROWS, _CELLS = 10, 10_000, 2**21
# Numbers that differ from row to row say so of an id only in so many rows.
_DISTINCT_ROWS = 20
# Numbers of rows reach over so many times as many numbers as there are rows.
_NUMBERING = 1.5
# Numbers that records are given by chance have so many digits and are spread evenly over all numbers of that
# length: no further from it than 95 of 100 samples of an even spread are (Kolmogorov), or than the last
# number here. Fewer cells than that may well look so by chance.
_LEAST_DIGITS, _EVEN_ROWS, _EVEN, _ALWAYS_EVEN = 6, 40, 1.36, 0.05
# Dates as whole numbers, such as 20240501, lie between.
_FIRST_DATE, _LAST_DATE = 19000101, 21001231
# None of the classes has nearly all rows.
_LARGEST_SHARE = 0.95
# So many columns of decimals beside each column make whole numbers stand out.
_DECIMALS_EACH = 2
_MOST_MISSING = 0.2
# What programs write where nothing was measured: nines alone, with a minus or without.
_STAND_INS = tuple(sign * (10.0**digits - 1) for digits in range(2, 10) for sign in (1, -1))
# What columns are called that name a row: record_id, SampleID, "Patient Nr.", MRN.
_ID_NAME = re.compile(
    r"(?:.*[\W_])?(?:id|ids|uid|uuid|guid|mrn|nr|barcode|u?subjid|identifier)[\W_]*|.*[\W_]no\.?|(?-i:.*[a-z]I[dD])",
    re.IGNORECASE,
)
# A code of a few values under such a name tells groups apart.
_FEW_IDS = 20
_LEAST_OTHERS = 3
_SHOWN = 5


@dataclass(frozen=True)
class OddColumns:
    """Columns by what they look like.

    Parameters
    ----------
    counting : tuple of int
        Whole numbers that go up by one from row to row.
    distinct : tuple of int
        Whole numbers of which no two rows share one, and which are what ids are and measurements hardly ever:
        as many numbers as rows with few gaps, or rising from row to row, or of six digits or more, all alike,
        and spread evenly over all numbers of that length.
    classes : tuple of int
        A few whole numbers that many rows share, among columns of decimals.
    named : tuple of int
        Whole numbers under a name such as ``record_id``, of which none of the above holds.
    dates : tuple of int
        Whole numbers that all are dates, such as 20240501.
    empty : tuple of int
        Those without any cell.
    stand_ins : tuple of (int, float)
        Those with a number of nines alone, such as -99 or 9999, that lies further from all others than they
        from each other, and that number.
    """

    counting: tuple[int, ...] = ()
    distinct: tuple[int, ...] = ()
    classes: tuple[int, ...] = ()
    named: tuple[int, ...] = ()
    dates: tuple[int, ...] = ()
    empty: tuple[int, ...] = ()
    stand_ins: tuple[tuple[int, float], ...] = ()

    def without(self, columns: Collection[int]) -> OddColumns:
        """Leave some columns out."""
        lists = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "stand_ins"}
        left = {name: tuple(each for each in found if each not in columns) for name, found in lists.items()}
        return OddColumns(**left, stand_ins=tuple(each for each in self.stand_ins if each[0] not in columns))


def odd_columns(
    cells: Shaped[np.ndarray, "rows features"], names: Sequence[str | int] | None = None
) -> OddColumns:
    """Find columns that look like ids or classes, or hold numbers that stand for missing cells.

    In a table of whole numbers, such as pixels, counts or yes and no, nothing is said but of columns that
    number the rows, in their order or another: there whole numbers are what is measured.

    Parameters
    ----------
    cells : ndarray of shape (rows, features)
        Rows that stand beside each other in the file, at least one; missing cells are NaN.
    names : sequence of str or int, optional
        What the columns are called; whole numbers under a name such as ``record_id`` are ids.

    Returns
    -------
    OddColumns

    Examples
    --------
    >>> import numpy as np
    >>> number = np.arange(30.0)
    >>> odd_columns(np.column_stack([number + 1, number % 3, np.sqrt(number), np.sin(number)]))
    OddColumns(counting=(0,), distinct=(), classes=(1,), named=(), dates=(), empty=(), stand_ins=())
    """
    import numpy as np

    from diabolo.data.columns import holds_few

    cells = cells.astype(np.float64)
    n_rows, n_columns = cells.shape
    there = np.isfinite(cells)
    filled = np.where(there, cells, 0)
    is_whole = (np.rint(filled) == filled).all(axis=0)
    first = np.take_along_axis(cells, there.argmax(axis=0)[None], axis=0)
    varies = (there & (cells != first)).any(axis=0)
    n_decimals = int((varies & ~is_whole).sum())
    whole = np.flatnonzero(varies & is_whole & (there.mean(axis=0) >= 1 - _MOST_MISSING))
    dates = [each for each in whole.tolist() if _are_dates(cells[there[:, each], each])]
    whole = np.setdiff1d(whole, dates)
    counts_up = (np.diff(cells[:, whole], axis=0) == 1).all(axis=0)
    counting, others = whole[counts_up], whole[~counts_up]
    if n_rows < _LEAST_ROWS or len(counting) * 2 > n_columns:
        counting = counting[:0]
    few = n_decimals // _DECIMALS_EACH
    if len(others) > n_decimals:  # whole numbers are what is measured here
        span = np.nanmax(cells[:, others], axis=0) - np.nanmin(cells[:, others], axis=0)
        others = others[(span >= n_rows - 1) & (span < _NUMBERING * n_rows)]
        others = np.array([each for each in others if len(np.unique(cells[:, each])) == n_rows], int)
        few = n_columns // 2
    known = [] if names is None else [str(name) for name in names]
    named = [each for each in whole.tolist() if known and _ID_NAME.fullmatch(known[each])]
    is_many = [len(np.unique(cells[there[:, each], each])) > _FEW_IDS for each in named]
    named = [each for each, many in zip(named, is_many, strict=True) if many and each not in counting]
    others = np.setdiff1d(others, named)
    distinct: list[int] = []
    classes: list[int] = []
    for column in others.tolist():
        _, counts = np.unique(cells[there[:, column], column], return_counts=True)
        n_there, n_values = int(counts.sum()), len(counts)
        if n_values == n_there >= _DISTINCT_ROWS:
            distinct += [column] * _are_ids(cells[there[:, column], column])
        elif holds_few(n_values, n_there):
            classes += [column] * bool(counts.max() <= _LARGEST_SHARE * n_there)
    return OddColumns(
        tuple(counting.tolist()),
        tuple(distinct) if len(distinct) <= few else (),
        tuple(classes) if len(classes) <= few else (),
        tuple(named),
        tuple(dates) if n_rows >= _LEAST_ROWS else (),
        tuple(np.flatnonzero(~there.any(axis=0)).tolist()),
        tuple(_stand_ins(cells)),
    )


def _are_ids(numbers: Float64[np.ndarray, " cells"]) -> bool:
    """Whether different whole numbers are what ids are and measurements hardly ever."""
    import numpy as np

    ranked, n_cells = np.sort(numbers), len(numbers)
    if ranked[-1] - ranked[0] < _NUMBERING * n_cells or (numbers == ranked).all():
        return True
    low = 10.0 ** (len(f"{abs(ranked[0]):.0f}") - 1)
    is_long = low >= 10 ** (_LEAST_DIGITS - 1) and ranked[0] >= low and ranked[-1] < 10 * low
    if not is_long or n_cells < _EVEN_ROWS:
        return False
    expected, steps = (ranked - low) / (9 * low), np.arange(n_cells + 1) / n_cells
    distance = max((steps[1:] - expected).max(), (expected - steps[:-1]).max())
    return bool(distance <= max(_EVEN / n_cells**0.5, _ALWAYS_EVEN))


def _are_dates(numbers: Float64[np.ndarray, " cells"]) -> bool:
    """Whether whole numbers all are days of the calendar."""
    import datetime

    import numpy as np

    if numbers.min() < _FIRST_DATE or numbers.max() > _LAST_DATE:
        return False
    try:
        for number in np.unique(numbers).astype(int).tolist():
            datetime.date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        return False
    return True


def _stand_ins(cells: Float64[np.ndarray, "rows features"]) -> Iterator[tuple[int, float]]:
    """Find numbers of nines alone, far from all others of their columns."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        for column in np.flatnonzero(np.isin(cells, _STAND_INS).any(axis=0)).tolist():
            numbers = np.unique(cells[np.isfinite(cells[:, column]), column])
            own = [number for number in numbers.tolist() if number in _STAND_INS]
            others = numbers[~np.isin(numbers, _STAND_INS)]
            if len(others) < _LEAST_OTHERS:
                continue
            low, high = others[0], others[-1]
            for number in own:
                if max(low - number, number - high) > high - low:
                    yield column, number


def note_odd_columns(source: Source, typed: Typed, output: Output, keep: Sequence[str] | None = None) -> None:
    """Name columns that are probably no measurements, before something is learned from them.

    Parameters
    ----------
    source : Source
        The table; some of its first rows are read.
    typed : Typed
        What was typed about it.
    output : Output
        Where it is said.
    keep : sequence of str, optional
        Columns that are carried, where they are others than was typed.
    """
    from diabolo.data.rechunk import is_slow

    chosen = getattr(typed, "chosen", {}).get("categories")
    if not source.n_features or typed.columns:  # all are categories, or were named as features
        return
    n_rows = min(len(source), _ROWS, _CELLS // source.n_features)
    names = _typed_names(source, typed, typed.keep if keep is None else keep)
    if names is None or n_rows < _LEAST_ROWS or is_slow(source):
        return
    found = odd_columns(source[:n_rows], names).without(category_places(source, chosen))
    first = f" in the first {n_rows:,} rows" if n_rows < len(source) else ""

    def said(columns: Sequence[int]) -> str:
        return listed([repr(names[column]) for column in columns], _SHOWN)

    def cure(columns: Sequence[int]) -> str:
        given, it = (
            shlex.quote(typed_names([names[each] for each in columns])),
            _number(columns, "it", "them"),
        )
        if has_columns(typed.data):
            return f"to carry {it} along instead of learning from {it}, type --keep {given}"
        return f"to leave {it} out, type --drop {given}"

    ids = [*found.counting, *found.distinct, *found.named]
    if ids:
        parts = []
        if found.counting:
            parts.append(
                f"{said(found.counting)} {_number(found.counting, 'counts', 'count')} up from row to row"
            )
        if found.distinct:
            holds = _number(found.distinct, "holds", "hold")
            parts.append(f"{said(found.distinct)} {holds} another whole number in each row")
        if found.named:
            of = _number(found.named, "has the name of an id", "have names of ids")
            parts.append(f"{said(found.named)} {of} over whole numbers")
        like = _number(ids, "it looks like an id", "they look like ids")
        time = ""
        if getattr(typed, "length", None) is not None and found.counting:
            when = shlex.quote(str(names[found.counting[0]]))
            time = f", or --time {when} if it says when a point was taken"
        output.note(f"{_listed(parts)}{first}, so {like}; {cure(ids)}{time}")
    if found.dates:
        reads, time = _number(found.dates, "reads as a date", "read as dates"), ""
        if getattr(typed, "length", None) is not None:
            when = shlex.quote(str(names[found.dates[0]]))
            time = f", or --time {when} if it says when a point was taken"
        output.note(
            f"each number in {said(found.dates)} {reads}{first}, such as 20240501; {cure(found.dates)}{time}"
        )
    if found.empty:
        has = _number(found.empty, "has", "have")
        output.note(f"{said(found.empty)} {has} no number at all{first}; {cure(found.empty)}")
    if found.stand_ins:
        columns = sorted({column for column, _ in found.stand_ins})
        numbers = sorted({f"{number:g}" for _, number in found.stand_ins})
        holds, it = _number(columns, "holds", "hold"), "it stands" if len(numbers) == 1 else "they stand"
        far = f"{said(columns)} {holds} {' and '.join(numbers)}{first}, far from all other numbers"
        if heeds(typed.data, "na_values"):
            cure_ = f"type --na-values {','.join(numbers)}"
        else:
            cure_ = "make such cells NaN first"
        output.note(f"{far}; if {it} for a missing cell, {cure_}")
    if found.classes:
        holds = _number(found.classes, "holds", "hold")
        names_ = _number(found.classes, "it names a class or a group", "they name classes or groups")
        output.note(
            f"{said(found.classes)} {holds} few different whole numbers{first} among columns of decimals; if "
            f"{names_}, {cure(found.classes)}"
        )


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _number(columns: Sequence[int], one: str, several: str) -> str:
    return one if len(columns) == 1 else several


def _typed_names(source: Source, typed: Typed, keep: Sequence[str] | None) -> Sequence[str | int] | None:
    """Return what each feature is called on the command line; None where that cannot be told."""
    if source.feature_names is not None:
        return source.feature_names
    if typed.columns or (typed.drop and not has_columns(typed.data)):
        return None
    label = getattr(typed, "target", None) or getattr(typed, "labels", None)
    aside = [*([] if label is None else [label]), *(keep or ()), *(typed.drop or ())]
    if not has_columns(typed.data):  # what is carried stands beside the table
        aside = []
    total = source.n_features + len(aside)
    taken = {int(each) % total for each in aside}  # a table without names has numbers for them
    return [number for number in range(total) if number not in taken]
