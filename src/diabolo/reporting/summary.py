"""A model and rows in, the plain dictionary of reporting/README.md out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from diabolo.data.cells import mean_of_known
from diabolo.data.remote_file import located
from diabolo.errors import InputTypeError, ParameterError
from diabolo.estimators.inside import (
    Decoder,
    check_is_fitted,
    decoder_of,
    is_detector,
    is_model,
    n_components_of,
    some_rows,
    table_of,
)
from diabolo.messages import setting
from diabolo.reporting.described_model import described_model
from diabolo.reporting.feature_view import FeatureView, feature_views
from diabolo.reporting.given_rows import GivenRows, given_rows
from diabolo.reporting.map_axes import Axes, checked_axes, map_axes
from diabolo.reporting.page_budget import PAGE_CODE, allowed_bytes, entry_bytes
from diabolo.reporting.point_columns import known_columns, number_column, point_column
from diabolo.reporting.result_tables import screening_table, sweep_table
from diabolo.reporting.row_details import Plan, detail_entries, planned, usual_of
from diabolo.reporting.row_kind import RowKind, row_kind
from diabolo.reporting.row_measures import RowMeasures, linear_error, measured_rows
from diabolo.reporting.row_reasons import REASON_BYTES, detector_reasons, n_explained, wide_reasons
from diabolo.reporting.row_scores import described_detector, truth_of
from diabolo.reporting.training_record import comparison_of, training_of

if TYPE_CHECKING:
    from jaxtyping import Float64, Int

    Points = Int[np.ndarray, " points"]

__all__ = ["Wishes", "summarise"]

_EXTREMES, _ODDEST = 12, 200
# Of so many rows, evenly drawn, it is told what is usual, and of some how a row is drawn.
_SAMPLE, _LOOKED_AT, _SAMPLE_CELLS = 5_000, 500, 2**23
_MOST_FEATURES = {"table": 2_000, "image": 20_000, "series": 20_000}
# Of the page components that are offered beside the map may take so much, and columns that are carried.
_AXES_SHARE, _COLUMNS_SHARE = 0.2, 0.2


@dataclass(frozen=True)
class Wishes:
    """What was asked of a report beside model and rows; see `diabolo.report`."""

    label_name: str | None = None
    columns: Mapping[str, Any] | None = None
    components: tuple[int, int] | None = None
    projection: str = "auto"
    image_shape: tuple[int, ...] | Literal[False] | None = None
    normal_label: Any = None
    sweep: Any = None
    screening: Any = None
    title: str | None = None
    max_points: int = 100_000
    random_state: int = 0
    model_name: str | None = None
    data_name: str | None = None


def summarise(model: Any, X: Any, labels: Any, wishes: Wishes) -> dict[str, Any]:
    """Collect all that a page says of a model and of rows.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : array-like, data frame, images, Source or path
        The rows.
    labels : array-like, str or None
        What to color them by.
    wishes : Wishes
        What else was asked.

    Returns
    -------
    dict
        As reporting/README.md describes it.

    Raises
    ------
    InputTypeError
        The model is none of Diabolo's.
    NotFittedError, InputError, ParameterError
        It is not fitted, the rows do not fit it, or something that was asked cannot be.
    """
    if isinstance(model, type) or not is_model(model):
        what = f"the class {model.__name__}" if isinstance(model, type) else f"a {type(model).__name__}"
        raise InputTypeError(
            f"report shows one of Diabolo's own autoencoders or detectors, fitted; got {what}. Of a pipeline "
            "give its last step, and rows that went through the steps before."
        )
    check_is_fitted(model)
    if wishes.normal_label is not None and not is_detector(model):
        raise ParameterError(
            f"{setting('normal_label', wishes.normal_label)} is about the rows of a detector, and "
            f"{type(model).__name__} is none; leave it out."
        )
    axes = checked_axes(wishes.components, wishes.projection, n_components_of(model))
    tables = {"sweep": sweep_table(wishes.sweep), "screening": screening_table(wishes.screening)}
    name = wishes.data_name
    if name is None and isinstance(X, (str, os.PathLike)):
        name = located(X).name
    with given_rows(model, X, labels, wishes.columns) as given:
        found = _Collected(model, given, wishes, axes)
        return {**found.summary(name), **tables, "notes": found.notes}


class _Collected:
    """What is known of model and rows, collected step by step."""

    def __init__(self, model: Any, given: GivenRows, wishes: Wishes, axes: Axes) -> None:
        self.model, self.given, self.wishes, self.asked = model, given, wishes, axes
        self.notes: list[list[Any]] = []
        self.cells, self.table = given.cells, table_of(model)
        n_rows = len(self.cells)
        self.rows = _points_of(n_rows, wishes.max_points, wishes.random_state)
        if len(self.rows) < n_rows:
            self.note("points_sampled", n=len(self.rows), of=n_rows)
        self.measures: RowMeasures = measured_rows(model, self.cells)
        self.codes = self.measures.codes[self.rows]
        self.errors: Float64[np.ndarray, " points"] = self.measures.errors[self.rows]
        self.scores: Float64[np.ndarray, " points"] | None = None
        if is_detector(model):
            self.scores = model.anomaly_score(some_rows(self.cells, self.rows))
        self.names, self.places = self._features()
        whole = FeatureView(RowKind("table", None), len(self.measures.spread))
        self.kind = RowKind("table", None)
        if self.table is None:
            few = _evenly(n_rows, min(_LOOKED_AT, max(_SAMPLE_CELLS // max(whole.width, 1), 20)))
            sample = whole.read(self.cells, few)
            self.kind = row_kind(model, given, self.names, wishes.image_shape, sample)
        self.whole = FeatureView(self.kind, whole.n_features)

    def note(self, key: str, **values: Any) -> None:
        self.notes.append([key, values])

    def _features(self) -> tuple[list[str] | None, Int[np.ndarray, " features"] | None]:
        """Return the names of features that are numbers, and where they are among others."""
        if self.table is not None:
            numbers = self.table.numbers
            names = None if self.table.names is None else [self.table.names[place] for place in numbers]
            return names, np.array(numbers, np.int64)
        known = getattr(self.model, "feature_names_in_", self.cells.feature_names)
        return (None if known is None else [str(each) for each in known]), None

    def summary(self, data_name: str | None) -> dict[str, Any]:
        model, measures = self.model, self.measures
        whole = allowed_bytes(len(self.rows))
        extremes = _extremes(self.errors)
        points = self._points(whole)
        found: dict[str, Any] = {
            "title": self.wishes.title or _title(model, data_name),
            "kind": self.kind.kind,
            "model": described_model(model, self.wishes.model_name),
            "data": {"name": data_name, "n_rows": len(self.cells), "n_points": len(self.rows)},
            "points": points,
            "features": self._feature_entry(),
            "extremes": {name: each.tolist() for name, each in extremes.items()},
            "errors": {
                "mean": mean_of_known(measures.errors),
                "linear": self._linear(),
                "constant": measures.constant,
            },
            "detector": None,
            "training": training_of(model),
            "comparison": comparison_of(model),
        }
        if self.scores is not None:
            truth = truth_of(model, self.given, self.wishes.normal_label)
            truth = None if truth is None else truth[self.rows]
            found["detector"] = described_detector(model, self.scores, truth, self.wishes.model_name)
        room = whole - PAGE_CODE - entry_bytes(found)
        return {**found, **self._details(extremes, room)}

    def _points(self, allowed: int) -> dict[str, Any]:
        height, kind = (self.errors, "error") if self.scores is None else (self.scores, "score")
        room = _AXES_SHARE * allowed
        axes, pairs, n_left = map_axes(self.codes, height, kind, self.asked, room, self.wishes.random_state)
        if n_left:
            self.note("components_left_out", n=self.codes.shape[1] - n_left, of=self.codes.shape[1])
        return {
            "row": self.rows.astype(np.int32),
            "axes": axes,
            "pairs": pairs,
            "columns": self._columns(_COLUMNS_SHARE * allowed),
        }

    def _columns(self, room: float) -> list[dict[str, Any]]:
        given, columns = self.given, []
        if given.labels is not None:
            name = self.wishes.label_name or given.label_name or "label"
            columns.append(point_column(name, "label", given.labels, self.rows, is_label=True))
        if self.scores is not None:
            columns.append(number_column("score", "score", self.scores))
        columns.append(number_column("error", "error", self.errors))
        if hasattr(self.model, "target_"):
            predicted = self.model.predict(some_rows(self.cells, self.rows))
            if np.ndim(predicted) == 1:
                everywhere = np.arange(len(self.rows))
                columns.append(point_column("prediction", "prediction", predicted, everywhere, is_label=True))
        carried, left = known_columns(given.columns, self.rows, room)
        for name in left:
            self.note("column_left_out", name=name)
        return [*columns, *carried]

    def _feature_entry(self) -> dict[str, Any]:
        measures, most = self.measures, _MOST_FEATURES[self.kind.kind]
        error, spread = measures.feature_error, measures.spread
        index = None
        if len(error) > most:
            index = np.sort(np.argsort(-self._variation(), kind="stable")[:most])
            error, spread = error[index], spread[index]
        names, numbers = self._named(index)
        return {
            "names": names,
            "index": numbers,
            "n_features": int(self.model.n_features_in_),
            "error": error.astype(np.float32),
            "spread": spread.astype(np.float32),
        }

    def _variation(self) -> Float64[np.ndarray, " features"]:
        """Say how much each feature varies, in the network's units."""
        return self.measures.spread * self.measures.factor**2

    def _named(self, index: Int[np.ndarray, " kept"] | None) -> tuple[list[str] | None, list[int] | None]:
        """Return names and numbers of features that are kept."""
        names = self.names
        if index is not None and names is not None:
            names = [names[place] for place in index.tolist()]
        places = self.places if index is None else index if self.places is None else self.places[index]
        return names, None if places is None else places.tolist()

    def _linear(self) -> float | None:
        if self.table is not None:
            return None
        size, seed = self.codes.shape[1], self.wishes.random_state
        return linear_error(self.cells, self.measures.factor, size, seed)

    def _details(self, extremes: Mapping[str, Points], room: float) -> dict[str, Any]:
        model, decoder = self.model, decoder_of(self.model)
        if isinstance(decoder, str):
            self.note(f"decoder_{decoder}")
        # A detector gives back the mean of all its networks, and the page has the decoder of one.
        keeps = self.scores is not None and len(model.members_) > 1
        views = feature_views(self.kind, self.whole.n_features, self._variation())
        plan = planned(
            model, self.cells, self.rows, self.codes, views,
            decoder if isinstance(decoder, Decoder) else None,
            self._first(extremes), room - self._room_for_reasons(), keeps_rebuilt=keeps,
        )  # fmt: skip
        if plan.is_too_large:
            self.note("decoder_too_large")
        elif plan.decoder is not None and keeps:
            self.note("decoder_of_largest", of=len(model.members_))
        self._note_view(plan)
        entries, _ = detail_entries(model, self.cells, self.rows, self.codes, plan, keeps_rebuilt=keeps)
        names, index = (None, None) if plan.view.side > 1 else self._named(plan.view.index)
        entries |= {"names": names, "index": index, "usual": self._usual(plan.view)}
        entries["reasons"] = self._reasons(plan)
        found = plan.decoder
        if found is not None:
            ends = (self.measures.codes.min(axis=0), self.measures.codes.max(axis=0))
            found = {**found, "ranges": {"low": ends[0], "high": ends[1]}}
        return {"details": entries, "decoder": found}

    def _usual(self, view: FeatureView) -> dict[str, Any]:
        some = _evenly(len(self.cells), min(_SAMPLE, max(_SAMPLE_CELLS // max(view.width, 1), 20)))
        return usual_of(view.read(self.cells, some))

    def _room_for_reasons(self) -> float:
        if self.scores is None:
            return 0.0
        return float(REASON_BYTES * n_explained(self.scores, self.model.threshold_))

    def _note_view(self, plan: Plan) -> None:
        view, n = plan.view, len(plan.points)
        if n < len(self.rows):
            self.note("details_sampled", n=n, of=len(self.rows))
        if view.side > 1:
            self.note("pixels_pooled", n=view.side)
        elif view.index is not None:
            self.note("features_kept", n=view.width, of=view.n_features)

    def _first(self, extremes: Mapping[str, Points]) -> Points:
        """Say which points come before others: extremes, the oddest, all that are flagged."""
        parts: Sequence[Points] = list(extremes.values())
        if self.scores is not None:
            order = np.argsort(-self.scores, kind="stable")
            flagged = order[self.scores[order] > self.model.threshold_]
            parts = [*parts, order[:_ODDEST], flagged]
        return np.concatenate([*parts, np.empty(0, np.int64)]).astype(np.int64)

    def _reasons(self, plan: Plan) -> dict[str, Any] | None:
        rows = self.rows[plan.points]
        if self.scores is not None:
            names: Any = self.names
            if self.table is not None:
                names = [self.table.name_of(place) for place in range(self.table.n_columns)]
            return detector_reasons(self.model, self.cells, rows, self.scores[plan.points], names)
        if self.kind.kind != "table" or plan.view.index is None or self.table is not None:
            return None
        return wide_reasons(self.model, self.cells, rows, self.codes[plan.points], self.names)


def _title(model: Any, data_name: str | None) -> str:
    name = type(model).__name__
    return name if data_name is None else f"{name}: {data_name}"


def _points_of(n_rows: int, most: int, random_state: int) -> Points:
    """Draw rows without replacement, in their order; all where there are no more."""
    if n_rows <= most:
        return np.arange(n_rows)
    random = np.random.Generator(np.random.PCG64(random_state))
    return np.sort(random.choice(n_rows, most, replace=False))


def _evenly(n_rows: int, count: int) -> Points:
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, count)).round().astype(np.int64))


def _extremes(errors: Float64[np.ndarray, " points"]) -> dict[str, Points]:
    """Find the points rebuilt best, in the middle, and worst, by falling rank of each."""
    order = np.argsort(errors, kind="stable")
    order = order[: np.count_nonzero(~np.isnan(errors))]
    count = min(_EXTREMES, len(order))
    start = (len(order) - count) // 2
    return {"best": order[:count], "median": order[start : start + count], "worst": order[::-1][:count]}
