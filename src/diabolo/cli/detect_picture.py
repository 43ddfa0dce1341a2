"""The picture of scored rows: where the oddest lie among the others, and what of each was not expected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel
from diabolo.cli.output import save_picture

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from diabolo.cli.scored_rows import ScoredRows
    from diabolo.data.source import Source

__all__ = ["save_odd_rows"]

_MARKED, _SHOWN, _FEATURES = 5, 4, 5
_DRAWN_ROWS, _DRAWN_COLUMNS = 4_000, 500
_USUAL = (0.05, 0.5, 0.95)


def save_odd_rows(
    path: Path | None, opened: OpenModel, source: Source, scored: ScoredRows, names: list[str]
) -> None:
    """Draw scored rows as a map, and the oddest beside what was expected of them; nothing without a path.

    Of a large table some rows are drawn, the oddest among them; the map of a wide one is of some columns.

    Parameters
    ----------
    path : Path or None
        Where to write the picture.
    opened : OpenModel
        The detector.
    source : Source
        The rows.
    scored : ScoredRows
        What it says of them.
    names : list of str
        What to call the oddest rows, the oddest first; others are not named.
    """
    if path is None:
        return
    import numpy as np

    oddest = np.argsort(-scored.scores, kind="stable")[:_MARKED]
    shown = oddest[:_SHOWN]
    rows = source.rows(shown)
    # What was expected is that of the reasons in words.
    found = zip(*opened.estimator.explanation_blocks(rows), strict=True)
    added, values, expected = (np.concatenate(blocks).astype(float) for blocks in found)
    n_rows, n_features = source.shape
    drawn = np.union1d(_some(n_rows, _DRAWN_ROWS), oddest)
    on_map = source.columns(_some(n_features, _DRAWN_COLUMNS))
    table, called = on_map.read(drawn).astype(float), scored.names
    row_names = np.full(len(drawn), "", object)
    row_names[np.searchsorted(drawn, oddest)] = names[: len(oddest)]

    def draw(plotting: Any) -> Any:
        from matplotlib import pyplot as plt

        # The rows fill the right half, however few they are.
        figure = plt.figure(figsize=(13.5, 6.6), layout="constrained")
        grid = figure.add_gridspec(len(shown), 2, width_ratios=(1, 1.05))
        ax = plotting.plot_score_map(
            table,
            scored.scores[drawn],
            n_marked=len(oddest),
            names=row_names,
            features=called,
            ax=figure.add_subplot(grid[:, 0]),
        )
        for place in range(len(shown)):
            top = np.argsort(-added[place], kind="stable")[:_FEATURES]
            title = f"{names[place]}: score {scored.scores[shown[place]]:.4g}"
            row_ax = plotting.plot_odd_row(
                values[place, top],
                expected[place, top],
                _usual(source, drawn, top),
                names=[called[feature] for feature in top],
                title=title,
                ax=figure.add_subplot(grid[place, 1]),
            )
            if place == 0:
                row_ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=8)
        return ax

    save_picture(draw, path)


def _some(count: int, most: int) -> np.ndarray:
    """Choose some of so many things, evenly."""
    import numpy as np

    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _usual(source: Source, drawn: np.ndarray, features: np.ndarray) -> Float[np.ndarray, "3 features"]:
    """Say what is low, usual and high in a few columns."""
    import numpy as np

    cells = source.columns(features).read(drawn).astype(float)
    cells[:, np.isnan(cells).all(axis=0)] = 0.0
    return np.nanquantile(cells, _USUAL, axis=0)
