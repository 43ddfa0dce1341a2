"""What a detector says of rows: scores, p-values, and the features that add most, as verbs show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel
from diabolo.cli.reasons import direction, reason

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Float, Int

    from diabolo.data.source import Source

__all__ = ["ScoredRows", "joined_rows", "scored_rows"]


@dataclass(frozen=True)
class ScoredRows:
    """What a detector says of rows.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Higher is odder.
    p_values : ndarray of shape (n_rows,), or None
        Where the detector has rows to compare with.
    is_anomaly : ndarray of bool, shape (n_rows,)
        Whether the score is above the threshold.
    names : sequence of str
        The features.
    top : ndarray of int, shape (n_rows, n_top)
        The features that add most to each row's score, the most first.
    added : ndarray of shape (n_rows, n_top)
        What they add.
    values, expected : ndarrays of shape (n_rows, n_top), or None
        Which values they have, and which were expected, where that is known.
    categories : mapping of int to sequence of str
        Of features that are categories, the texts of their values, whose numbers stand for them.
    """

    scores: Float[np.ndarray, " n_rows"]
    p_values: Float[np.ndarray, " n_rows"] | None
    is_anomaly: Bool[np.ndarray, " n_rows"]
    names: Sequence[str]
    top: Int[np.ndarray, "n_rows n_top"]
    added: Float[np.ndarray, "n_rows n_top"]
    values: Float[np.ndarray, "n_rows n_top"] | None = None
    expected: Float[np.ndarray, "n_rows n_top"] | None = None
    categories: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def row(self, number: int) -> dict[str, Any]:
        """Collect what is said of one row."""
        features = zip(self.top[number], self.added[number], strict=True)
        reasons = [
            {"feature": name, "value": value, "expected": expected, "direction": direction(value, expected)}
            for name, value, expected in self.cells(number)
        ]
        return {
            "row": number,
            "score": float(self.scores[number]),
            "p_value": None if self.p_values is None else float(self.p_values[number]),
            "anomaly": bool(self.is_anomaly[number]),
            "features": {self.names[feature]: float(value) for feature, value in features},
            "reasons": reasons,
        }

    def cells(self, number: int) -> list[tuple[str, Any, Any]]:
        """Name the features that add most to one row, with their values and what was expected of each.

        Missing cells, of which nothing was expected, are left out.
        """
        if self.values is None or self.expected is None:
            return []
        found = zip(self.top[number], self.values[number], self.expected[number], strict=True)
        return [
            (self.names[feature], *(self.shown(int(feature), each) for each in (value, expected)))
            for feature, value, expected in found
            if value == value and expected == expected
        ]

    def shown(self, feature: int, value: float) -> float | str:
        """Return a value as a number, or as the text of a category."""
        texts = self.categories.get(feature)
        return float(value) if texts is None or value != value else texts[int(value)]

    def reasons(self, number: int) -> str:
        """Write them."""
        return ", ".join(reason(*cell) for cell in self.cells(number))


def scored_rows(opened: OpenModel, source: Source, n_top: int) -> ScoredRows:
    """Score the rows of a table.

    Parameters
    ----------
    opened : OpenModel
        A detector.
    source : Source
        Rows that fit it.
    n_top : int
        How many features to name for each row; no more than there are.

    Returns
    -------
    ScoredRows
    """
    import numpy as np

    from diabolo.detection import conformal_pvalues

    estimator = opened.estimator
    n_rows, n_features = len(source), estimator.n_features_in_
    scores, start = np.empty(n_rows), 0
    top = np.empty((n_rows, min(n_top, n_features)), np.int64)
    added, values, expected = (np.empty(top.shape) for _ in range(3))
    # A block at a time: what every feature adds to every row is as large as the table.
    for found in estimator.explanation_blocks(source, scores):
        block = slice(start, start + len(found[0]))
        top[block] = np.argsort(-found[0], axis=1, kind="stable")[:, :n_top]
        for wanted, cells in zip((added, values, expected), found, strict=True):
            wanted[block] = np.take_along_axis(cells, top[block], axis=1)
        start = block.stop
    names, p_values = opened.names_of(source), None
    if estimator.pvalue_kind_ == "conformal":
        p_values = conformal_pvalues(scores, estimator.held_out_scores_)
    elif estimator.pvalue_kind_ is not None:
        p_values = estimator.anomaly_pvalue(source)
    is_anomaly = scores > estimator.threshold_
    table = getattr(estimator, "categories_", None)
    texts = {} if table is None else dict(zip(table.places, table.values, strict=True))
    return ScoredRows(scores, p_values, is_anomaly, names, top, added, values, expected, texts)


def joined_rows(blocks: Sequence[ScoredRows]) -> ScoredRows:
    """Put what was said of blocks of rows together.

    Parameters
    ----------
    blocks : sequence of ScoredRows
        By the same detector, in the order of the rows.

    Returns
    -------
    ScoredRows
    """
    import numpy as np

    names = ("scores", "p_values", "is_anomaly", "top", "added", "values", "expected")
    columns = {name: [getattr(block, name) for block in blocks] for name in names}
    joined: dict[str, Any] = {
        name: None if each[0] is None else np.concatenate(each) for name, each in columns.items()
    }
    return replace(blocks[0], **joined)
