"""A detector as nodes: what its networks leave of rows, and what that adds up to; in float64, as there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from diabolo.detection.linear import TOWARDS_MEAN, LinearAutoencoder
from diabolo.estimators.inside import (
    LEAST_PROBABILITY,
    fitted_parameters,
    learned_of,
    missing_of,
    score_of,
    table_of,
)
from diabolo.export.graph import Graph
from diabolo.export.network_graph import decoded, encoded
from diabolo.export.row_graph import scaled, unscaled

__all__ = ["DetectorNodes"]

_F64 = np.dtype(np.float64)
_ONE = np.float64(1.0)
# Steps to the codes of rows with gaps: the error falls by half at each.
_STEPS = 40


@dataclass(frozen=True)
class _Member:
    """What one network makes of rows: values of shape (rows, cells), and the codes where there are any."""

    rebuilt: str
    residuals: str
    codes: str | None


class DetectorNodes:
    """Adds to a graph what a detector computes.

    Parameters
    ----------
    graph : Graph
        To which nodes are added.
    detector : AutoencoderDetector
        Fitted; its networks are no user's own.
    cells : str
        Values of shape (rows, cells), float64, NaN where one is missing.
    """

    def __init__(self, graph: Graph, detector: Any, cells: str) -> None:
        self._graph, self._detector = graph, detector
        self._learned, self._table = learned_of(detector), table_of(detector)
        kind = fitted_parameters(detector)["autoencoder"]
        self._is_scaled, self._is_narrow = isinstance(kind, str), kind == "deep"
        self._missing = missing_of(detector, fitted=True)
        center = self._learned.deviation.mean
        self._gaps = None if self._missing == "error" else graph("IsNaN", cells)
        self._there = cells if self._gaps is None else graph("Where", self._gaps, center, cells)
        self.refused = graph.total(graph("Mul", self._there, np.float64(0.0)))
        self._prepared = self._as_networks_take_them(cells if self._missing == "mask" else self._there)
        self._members = [self._member(each) for each in self._learned.members]

    def _as_networks_take_them(self, cells: str) -> str:
        graph, scale = self._graph, self._learned.deviation.scale
        if not self._is_scaled:
            return cells
        ratio = graph("Div", graph("Sub", cells, scale.center), scale.spread)
        drawn_in = _arcsinh(graph, ratio)
        if self._is_narrow:
            drawn_in = graph.cast(graph.cast(drawn_in, np.float32), _F64)
        return drawn_in

    def _member(self, member: Any) -> _Member:
        graph, rows = self._graph, self._prepared
        if isinstance(member, LinearAutoencoder):
            centered = graph("Sub", rows, member.mean)
            if not len(member.components):
                rebuilt = graph("Sub", rows, centered)
                if self._missing == "mask":
                    rebuilt = graph("Add", graph("Mul", self._there, np.float64(0.0)), member.mean)
                return _Member(rebuilt, centered, None)
            codes = self._linear_codes(member, centered)
            along = graph("MatMul", codes, member.components)
            return _Member(graph("Add", along, member.mean), graph("Sub", centered, along), codes)
        code = encoded(graph, member, scaled(graph, rows, member.scaler_, _F64))
        rebuilt = unscaled(graph, decoded(graph, member, code), member.scaler_, _F64)
        if member.scaler_.dtype == np.float32:
            rebuilt = graph.cast(graph.cast(rebuilt, np.float32), _F64)
        return _Member(rebuilt, graph("Sub", rows, rebuilt), graph.cast(code, _F64))

    def _linear_codes(self, member: LinearAutoencoder, centered: str) -> str:
        graph, axes = self._graph, member.components
        if self._gaps is None or self._missing != "mask":
            return graph("MatMul", centered, axes.T)
        is_gap = graph.cast(self._gaps, _F64)
        given = graph("MatMul", graph("Where", self._gaps, np.float64(0.0), centered), axes.T)
        # (I - s L) codes = given, where L is what the axes have in common on the missing cells: between 0 and
        # 1. Chebyshev's iteration needs no more than these bounds.
        share = 1.0 - TOWARDS_MEAN
        middle, half = 1.0 - share / 2, share / 2
        codes = step = graph("Div", given, np.float64(middle))
        rho = half / middle
        for _ in range(_STEPS):
            lost = graph("MatMul", graph("Mul", graph("MatMul", codes, axes), is_gap), axes.T)
            left = graph("Add", graph("Sub", given, codes), graph("Mul", lost, np.float64(share)))
            after = 1.0 / (2.0 * middle / half - rho)
            step = graph(
                "Add",
                graph("Mul", step, np.float64(after * rho)),
                graph("Mul", left, np.float64(2.0 * after / half)),
            )
            codes, rho = graph("Add", codes, step), after
        return codes

    def reconstructions(self) -> str:
        """Add the mean of what the networks give back, in the user's units."""
        graph, scale = self._graph, self._learned.deviation.scale
        mean = self._mean([each.rebuilt for each in self._members])
        if not self._is_scaled:
            return mean
        return _undone(graph, scale, mean)

    def scores(self) -> str:
        """Add the anomaly scores: values of shape (rows, 1)."""
        graph, learned, table = self._graph, self._learned, self._table
        kind, weights = score_of(self._detector)
        lacking = self._by_column(None if self._gaps is None else graph.cast(self._gaps, _F64))
        n_columns = len(learned.deviation.mean) if table is None else table.n_columns
        terms = [self._deviation(weights)]
        members = []
        shares = self._shares() if lacking is not None and (weights.code or weights.density) else None
        for own, member in zip(learned.calibrations, self._members, strict=True):
            members.append(self._contribution(kind, weights.code, own, member, lacking, n_columns, shares))
        terms.append(self._mean(members))
        if weights.density and (sparse := self._sparsity(self._members[-1].codes)):
            sparse = graph("Mul", sparse, np.float64(weights.density))
            terms.append(self._shared_out(sparse, shares, n_columns))
        cells = terms[0]
        for term in terms[1:]:
            cells = graph("Add", cells, term)
        if lacking is None:
            return graph.total(cells)
        is_lacking = graph("Greater", lacking, np.float64(0.0))
        cells = graph("Where", is_lacking, np.float64(0.0), cells)
        n_there = graph.total(graph.cast(graph("Not", is_lacking), _F64))
        n_there = graph("Max", n_there, _ONE)
        return graph("Mul", graph.total(cells), graph("Div", np.float64(n_columns), n_there))

    def _mean(self, values: list[str]) -> str:
        total = values[0] if len(values) == 1 else self._graph("Sum", *values)
        return total if len(values) == 1 else self._graph("Div", total, np.float64(len(values)))

    def _by_column(self, cells: str | None) -> str | None:
        """Add up what belongs to one column of the user's table."""
        if cells is None or self._table is None:
            return cells
        owners = np.eye(self._table.n_columns)[self._table.owners]
        return self._graph("MatMul", cells, owners)

    def _deviation(self, weights: Any) -> str:
        graph, found = self._graph, self._learned.deviation
        drawn_in, standard = found.weights_of_squares((weights.deviation, weights.distance))
        cells = graph("Mul", self._there, np.float64(0.0))
        if drawn_in:
            ratio = graph("Div", graph("Sub", self._there, found.scale.center), found.scale.spread)
            far = _arcsinh(graph, ratio)
            cells = graph("Add", cells, graph("Mul", graph("Mul", far, far), np.float64(drawn_in)))
        if standard:
            far = graph("Div", graph("Sub", self._there, found.mean), found.deviation)
            cells = graph("Add", cells, graph("Mul", graph("Mul", far, far), np.float64(standard)))
        return self._by_column(cells) or cells

    def _shares(self) -> str:
        """Add which share each column has in how far a row lies from the medians."""
        graph, scale = self._graph, self._learned.deviation.scale
        ratio = graph("Div", graph("Sub", self._there, scale.center), scale.spread)
        far = _arcsinh(graph, ratio)
        cells = graph("Mul", far, far)
        total = graph.total(cells)
        is_far = graph("Greater", total, np.float64(0.0))
        even = np.float64(1.0 / len(scale.center))
        shares = graph("Where", is_far, graph("Div", cells, graph("Where", is_far, total, _ONE)), even)
        return self._by_column(shares) or shares

    def _shared_out(self, sizes: str, shares: str | None, n_columns: int) -> str:
        """Share a size of a whole row out among columns; evenly where nothing depends on it."""
        if shares is None:
            return self._graph("Mul", sizes, np.full(n_columns, 1.0 / n_columns))
        return self._graph("Mul", sizes, shares)

    def _contribution(
        self,
        kind: str,
        code_weight: float,
        own: Any,
        member: _Member,
        lacking: str | None,
        n_columns: int,
        shares: str | None,
    ) -> str:
        graph, zero = self._graph, np.float64(0.0)
        residuals = self._residuals(member)
        if lacking is not None:
            residuals = graph("Where", graph("Greater", lacking, zero), zero, residuals)
        if kind == "absolute_error":
            return graph("Div", graph("Abs", residuals), np.float64(n_columns))
        if kind == "squared_error":
            return graph("Div", graph("Mul", residuals, residuals), np.float64(n_columns))
        ratio = graph("Div", residuals, own.spread)
        if kind == "mahalanobis":
            ratio = graph("MatMul", ratio, own.whitening)
        terms = graph("Mul", ratio, ratio)
        if kind == "calibrated":
            terms = graph("Log", graph("Add", terms, _ONE))
        terms = graph("Div", terms, np.float64(n_columns * own.typical[0]))
        if code_weight and own.code_precision.size and member.codes is not None:
            centered = graph("Sub", member.codes, own.code_center)
            whitened = graph("MatMul", centered, own.code_precision)
            distance = graph.total(graph("Mul", whitened, centered))
            scale = code_weight / (own.typical[1] * len(own.code_center))
            distance = graph("Mul", distance, np.float64(scale))
            terms = graph("Add", terms, self._shared_out(distance, shares, n_columns))
        return terms

    def _residuals(self, member: _Member) -> str:
        """Return what is left of rows by column: of a category how surprising its value is."""
        graph, table = self._graph, self._table
        if table is None:
            return member.residuals
        given, rebuilt = self._prepared, graph("Sub", self._prepared, member.residuals)
        if self._is_scaled:
            scale = self._learned.deviation.scale
            given, rebuilt = _undone(graph, scale, given), _undone(graph, scale, rebuilt)
        least = np.float64(LEAST_PROBABILITY)
        parts = [graph.columns(member.residuals, 0, len(table.numbers))] if table.numbers else []
        for block in table.blocks:
            share = graph("Max", graph.columns(rebuilt, block.start, block.stop), least)
            own = graph("Mul", graph.columns(given, block.start, block.stop), share)
            own = graph("Div", graph.total(own), graph.total(share))
            own = graph("Min", graph("Max", own, least), _ONE)
            parts.append(graph("Neg", graph("Log", own)))
        columns = parts[0] if len(parts) == 1 else graph("Concat", *parts, axis=1)
        order = np.argsort([*table.numbers, *table.places])
        return graph("Gather", columns, order.astype(np.int64), axis=1)

    def _sparsity(self, codes: str | None) -> str | None:
        """Add how sparse known codes are about others."""
        graph, density = self._graph, self._learned.density
        if codes is None:
            return None
        center = density.codes.mean(axis=0)
        known = density.codes - center
        own = graph("Sub", codes, center)
        place = density.place
        squares = graph("Add", graph("MatMul", own, -2.0 * known.T), (known**2).sum(axis=1))
        nearest, _ = graph.several(
            "TopK", 2, squares, np.array([place + 1], np.int64), axis=1, largest=0, sorted=1
        )
        square = graph.columns(nearest, place, place + 1)
        square = graph("Add", square, graph.total(graph("Mul", own, own)))
        square = graph("Div", graph("Max", square, np.float64(0.0)), np.float64(density.typical))
        return graph("Div", graph("Log", graph("Add", square, _ONE)), np.float64(math.log(2.0)))


def _arcsinh(graph: Graph, values: str) -> str:
    """Add the inverse hyperbolic sine, which runtimes have of float32 alone."""
    size = graph("Abs", values)
    root = graph("Sqrt", graph("Add", graph("Mul", values, values), _ONE))
    return graph("Mul", graph("Sign", values), graph("Log", graph("Add", size, root)))


def _undone(graph: Graph, scale: Any, values: str) -> str:
    """Add what turns rows back that a robust scale has drawn in."""
    edge = np.float64(700.0)
    values = graph("Max", graph("Min", values, edge), -edge)
    raised, lowered = graph("Exp", values), graph("Exp", graph("Neg", values))
    sinh = graph("Mul", graph("Sub", raised, lowered), np.float64(0.5))
    return graph("Add", graph("Mul", sinh, scale.spread), scale.center)
