"""The rows that can be looked at on the page: which, how much of each, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.data.source import Source
from diabolo.estimators.inside import Decoder, table_of
from diabolo.reporting.feature_view import FeatureView
from diabolo.reporting.packing import packed, page_bytes
from diabolo.reporting.page_budget import entry_bytes
from diabolo.reporting.row_measures import rebuilt_cells
from diabolo.reporting.row_reasons import REASON_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jaxtyping import Float, Float32, Int

    from diabolo.data.categories import CategoryTable

__all__ = ["Plan", "code_entry", "detail_entries", "planned", "usual_of"]

_DECODER_BYTES = 1_500_000
# Above it a browser takes more than a twentieth of a second for a row, and the page no longer follows a hand.
_DECODER_PRODUCTS = 50_000_000
# A code takes four bytes a number while all of them take no more than this.
_WIDE_CODES = 300_000
# Of so many rows it is measured what a row takes on the page.
_MEASURED_ROWS = 200
_READ_CELLS = 2**21
_REBUILT_LEVELS = 2**12


@dataclass(frozen=True)
class Plan:
    """What of the rows stands on the page.

    Parameters
    ----------
    view : FeatureView
        Of each row.
    points : int array of shape (m,)
        Which points, ascending.
    decoder : dict or None
        The decoder as the page has it, but for its ranges.
    is_too_large : bool
        Whether there is a decoder that is too large for the page.
    """

    view: FeatureView
    points: Int[np.ndarray, " m"]
    decoder: dict[str, Any] | None
    is_too_large: bool


def planned(
    model: Any,
    cells: Source,
    rows: Int[np.ndarray, " n"],
    codes: Float32[np.ndarray, "n n_components"],
    views: Sequence[FeatureView],
    decoder: Decoder | None,
    first: Int[np.ndarray, " first"],
    room: float,
    *,
    keeps_rebuilt: bool,
) -> Plan:
    """Choose how much of the rows the page has room for: first of each less, then fewer of them.

    Parameters
    ----------
    model : estimator
        Fitted.
    cells : Source
        All rows of the table.
    rows : int array of shape (n,)
        Those that are drawn.
    codes : array of shape (n, n_components)
        Theirs.
    views : sequence of FeatureView
        To choose from, each smaller than the one before.
    decoder : Decoder or None
        Of a network that the page can work out.
    first : int array
        Points that come before others, the most important first.
    room : float
        Bytes on the page.
    keeps_rebuilt : bool
        Whether what is made of rows is kept even beside a decoder.

    Returns
    -------
    Plan
    """
    n = len(rows)
    n_some = min(n, _MEASURED_ROWS, max(_READ_CELLS // cells.n_features, 8))
    some = np.unique(np.linspace(0, n - 1, n_some).astype(np.int64))
    given = [view for view in views if decoder is None or _is_small(view, decoder)]
    is_too_large = decoder is not None and not given
    best: tuple[FeatureView, float, int] | None = None
    rebuilt = None
    for view in given or views:
        has_decoder = decoder is not None and not is_too_large
        # Names of features, and the ranges of their packed numbers.
        fixed = 60 * view.width
        if decoder is not None and has_decoder:
            fixed += entry_bytes(view.decoder(decoder))
        cost = 0.0
        if len(some):
            kind, by_column = cell_packing(view)
            sizes = page_bytes(packed(view.read(cells, rows[some]), kind, by_column=by_column)["values"])
            if not has_decoder or keeps_rebuilt:
                if rebuilt is None:
                    rebuilt = _all_rebuilt(model, cells, rows[some], codes[some])
                sizes += page_bytes(packed_rebuilt(view, view.of(rebuilt))["values"])
            sizes += page_bytes(code_entry(codes[some], n)) if n * codes.shape[1] else 0
            is_wide = view.kind.kind == "table" and view.index is not None
            cost = sizes / len(some) + 6 + (REASON_BYTES if is_wide else 0)
        count = n if cost == 0 else min(int((room - fixed) / cost), n)
        best = view, cost, count
        if count >= n:
            break
    assert best is not None
    view, _, count = best
    cut = None if decoder is None or is_too_large else view.decoder(decoder)
    return Plan(view, _chosen(n, max(count, min(n, len(first), 36)), first), cut, is_too_large)


def _is_small(view: FeatureView, decoder: Decoder) -> bool:
    return decoder.n_products <= _DECODER_PRODUCTS and view.decoder_bytes(decoder) <= _DECODER_BYTES


def _chosen(n: int, count: int, first: Int[np.ndarray, " first"]) -> Int[np.ndarray, " m"]:
    """Choose points: the first ones as far as half of the room goes, and others evenly."""
    if count >= n:
        return np.arange(n)
    kept = list(dict.fromkeys(first.tolist()))[: max(count // 2, min(36, count))]
    others = np.setdiff1d(np.arange(n), kept)
    places = np.linspace(0, len(others) - 1, count - len(kept)).round().astype(np.int64)
    return np.union1d(np.array(kept, np.int64), others[np.unique(places)])


def cell_packing(view: FeatureView) -> tuple[Any, bool]:
    """Say in how many bits cells are packed, and whether by column."""
    return ("u1", False) if view.kind.kind == "image" else ("u2", True)


def packed_rebuilt(view: FeatureView, made: Float[np.ndarray, "m width"]) -> dict[str, Any]:
    """Pack what is made of rows: it is looked at beside them, for which fewer levels do."""
    kind, by_column = cell_packing(view)
    return packed(made, kind, by_column=by_column, n_levels=_REBUILT_LEVELS)


def code_entry(codes: Float32[np.ndarray, "m n_components"], n_rows: int) -> Any:
    """Return codes as they are, or their packed values where all of them take much."""
    is_small = n_rows * codes.shape[1] * 4 <= _WIDE_CODES
    return codes if is_small else packed(codes, "u2", by_column=True)["values"]


def _all_rebuilt(
    model: Any, cells: Source, rows: Int[np.ndarray, " m"], codes: Float32[np.ndarray, "m n_components"]
) -> Float[np.ndarray, "m columns"]:
    parts = list(_rebuilt_blocks(model, cells, rows, codes))
    return np.concatenate(parts) if parts else np.empty((0, cells.n_features))


def _rebuilt_blocks(model: Any, cells: Source, rows: Any, codes: Any) -> Any:
    step = max(_READ_CELLS // max(cells.n_features, 1), 1)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        made = rebuilt_cells(model, cells.read(rows[part]), codes[part])
        table = table_of(model)
        yield made if table is None else made[:, [*table.numbers, *table.places]]


def detail_entries(
    model: Any,
    cells: Source,
    rows: Int[np.ndarray, " n"],
    codes: Float32[np.ndarray, "n n_components"],
    plan: Plan,
    *,
    keeps_rebuilt: bool,
) -> tuple[dict[str, Any], Float[np.ndarray, "m width"]]:
    """Describe the rows that can be looked at, but for the names of features and reasons.

    Returns
    -------
    entries : dict
        ``point``, ``shape``, ``values``, ``rebuilt``, ``range``, ``categories`` and ``code``.
    values : array of shape (m, width)
        What stands in ``values``.
    """
    view, table = plan.view, table_of(model)
    chosen = rows[plan.points]
    own = codes[plan.points]
    step = max(_READ_CELLS // max(cells.n_features, 1), 1)
    values = np.empty((len(chosen), view.width))
    for start in range(0, len(chosen), step):
        values[start : start + step] = view.read(cells, chosen[start : start + step])
    kind, by_column = cell_packing(view)
    rebuilt = None
    categories: list[dict[str, Any]] = []
    if plan.decoder is None or keeps_rebuilt:
        made, start = np.empty(values.shape), 0
        numbers = np.empty((len(chosen), 0 if table is None else len(table.places)))
        for block in _rebuilt_blocks(model, cells, chosen, own):
            part = slice(start, start + len(block))
            made[part], start = view.of(block[:, : view.n_features]), part.stop
            numbers[part] = block[:, view.n_features :] if table is not None else numbers[part]
        rebuilt = packed_rebuilt(view, made)
        if table is not None:
            categories = _categories(cells, chosen, table, numbers)
    is_wide = len(own) * own.shape[1] * 4 > _WIDE_CODES
    entries = {
        "point": plan.points.astype(np.int32),
        "shape": None if view.shape is None else list(view.shape),
        "values": packed(values, kind, by_column=by_column),
        "rebuilt": rebuilt,
        "range": image_range(values, view) if view.kind.kind == "image" else None,
        "categories": categories,
        "code": packed(own, "u2", by_column=True) if is_wide else own,
    }
    return entries, values


def _categories(
    cells: Source, rows: Int[np.ndarray, " m"], table: CategoryTable, rebuilt: Float[np.ndarray, "m places"]
) -> list[dict[str, Any]]:
    found = []
    missing = np.iinfo(np.uint16).max
    for number, block in enumerate(table.blocks):
        own = cells.read(rows, block)
        is_known = np.nan_to_num(own).any(axis=1)
        given = np.where(is_known, np.nan_to_num(own).argmax(axis=1) if own.size else 0, missing)
        entry = {"name": table.category_names[number], "names": list(table.values[number])}
        found.append(
            {**entry, "values": given.astype(np.uint16), "rebuilt": rebuilt[:, number].astype(np.uint16)}
        )
    return found


def image_range(values: Float[np.ndarray, "m pixels"], view: FeatureView) -> list[float]:
    """Say between which values an image's shades lie; colors in 0 to 1 or 0 to 255 are taken as they are."""
    there = values[np.isfinite(values)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    if view.kind.shape is not None and view.kind.shape[-1] == 3 and low >= 0 and high <= 255:
        return [0.0, 1.0 if high <= 1 else 255.0]
    return [low, high if high > low else low + 1.0]


def usual_of(sample: Float[np.ndarray, "some width"]) -> dict[str, Any]:
    """Return the quantiles 0.05, 0.5 and 0.95 of each feature; 0 of one without a known cell."""
    ends = np.zeros((3, sample.shape[1]))
    if len(sample):
        ordered = np.sort(sample.T, axis=1)  # what is missing comes last
        counts = np.count_nonzero(~np.isnan(ordered), axis=1)
        lines = np.arange(len(ordered))
        for place, share in enumerate((0.05, 0.5, 0.95)):
            at = share * np.maximum(counts - 1, 0)
            below = at.astype(np.int64)
            above = np.minimum(below + 1, np.maximum(counts - 1, 0))
            first, second = ordered[lines, below], ordered[lines, above]
            ends[place] = np.where(counts > 0, first + (at - below) * (second - first), 0.0)
    low, middle, high = ends.astype(np.float32)
    return {"low": low, "middle": middle, "high": high}
