"""What a notebook shows of an estimator: its layers as the hourglass they form, parameters, the fit.

All of it is text and one drawing, in whatever color the notebook writes in: no script, no style sheet, no id,
so it works in light and dark, without JavaScript, and as often as a notebook shows it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from diabolo.estimators._choices import fitted_parameters
from diabolo.estimators._sklearn import BaseEstimator

if TYPE_CHECKING:
    from diabolo.core.networks import LayerShape

__all__ = ["ShownEstimator"]

# A value is cut at so many characters; so many parameters are named, and so many layers.
_WIDEST, _MOST_PARAMETERS, _MOST_LAYERS = 60, 16, 12
_ROW, _HALF, _LEAST_HALF, _TEXT = 22, 60, 5, 136  # pixels
_ACCENT = "#3b82c4"  # is seen on white and on black
_GRID = "display:grid;grid-template-columns:max-content auto;column-gap:1em;margin:.3em 0"


class ShownEstimator(BaseEstimator):
    """scikit-learn's base of estimators; a notebook shows Diabolo's own picture of it.

    What holds one, such as a pipeline, is drawn by scikit-learn, and ``set_config(display="text")`` is
    heeded.
    """

    def _html_repr(self) -> str:
        """Return what scikit-learn gives a notebook, where it is set to give more than text."""
        return _page(self)


def _page(estimator: Any) -> str:
    """Write an estimator as HTML."""
    name = type(estimator).__name__
    if not estimator.__sklearn_is_fitted__():
        pieces = [_line(f"<b>{_text(name)}</b>, not fitted: fit(X) trains it on rows.")]
    elif hasattr(estimator, "network_"):
        pieces = _autoencoder(estimator, name)
    else:
        pieces = _detector(estimator, name)
    body = "".join([*pieces, _parameters(estimator)])
    return f'<div style="font:13px/1.5 system-ui,sans-serif;max-width:46em">{body}</div>'


def _autoencoder(estimator: Any, name: str) -> list[str]:
    layers = estimator.network_.layer_shapes()
    n_features, n_epochs, best = estimator.n_features_in_, estimator.n_epochs_, estimator.best_epoch_
    head = f"<b>{_text(name)}</b>, fitted to {n_features:,} features: {_text(_chain(layers))}"
    epochs = f"{n_epochs:,}"
    if best != n_epochs:
        epochs += f", the best {best:,}" if best else ", none better than the start, which is kept"
    figures = [("trained numbers", f"{estimator.n_parameters_:,}"), ("epochs", epochs)]
    for column, said in (("loss", "loss"), ("validation_loss", "held-out loss")):
        values = estimator.history_.get(column) or ()
        if 0 < best <= len(values) and values[best - 1] == values[best - 1]:
            when = "" if best == n_epochs else " in the best epoch"
            figures.append((said, f"{values[best - 1]:.6g}{when}"))
    if seconds := estimator.history_.get("seconds"):
        figures.append(("seconds", f"{sum(seconds):.1f}"))
    n_labeled = getattr(estimator, "n_labeled_rows_", None)
    if n_labeled is not None:
        figures.append(("guided by", f"the target of {n_labeled:,} rows"))
    compared = getattr(estimator, "comparison_", None)
    if compared is not None:
        figures.append(("rows compared", f"{compared.n_held_out_rows:,} held out of {compared.n_rows:,}"))
    verdicts = [_line(_text(each)) for each in (() if compared is None else compared.sentences)]
    return [_line(head), _hourglass(layers), _grid(figures), *verdicts]


def _detector(estimator: Any, name: str) -> list[str]:
    scores, threshold = estimator.training_scores_, float(estimator.threshold_)
    n_held_out = len(estimator.held_out_scores_)
    line = "set as a number" if estimator.line_ is None else repr(estimator.line_)
    figures = [
        ("networks", _members(estimator.members_)),
        ("normal rows", f"{len(scores):,}" + (f", {n_held_out:,} of them held out" if n_held_out else "")),
        ("threshold", f"{threshold:.6g}, {line}"),
        ("flagged", f"{(scores > threshold).mean():.1%} of the normal rows"),
    ]
    if (window := estimator.window_) is not None:
        figures.insert(1, ("of a series", f"{window.length:,} points, {window.n_channels:,} channels a row"))
    labeled = estimator.known_scores_.labeled
    if labeled is not None:
        n_odd = int(estimator.known_scores_.is_anomaly.sum())
        figures.append(("labeled", f"{len(labeled):,} rows, {n_odd:,} anomalies"))
    head = f"<b>{_text(name)}</b>, fitted to {estimator.n_features_in_:,} features"
    return [_line(head), _grid(figures)]


def _members(members: Sequence[Any]) -> str:
    """Say in words which networks a detector has."""
    by_kind: dict[str, list[int]] = {}
    for member in members:
        # A linear one is solved, and has its directions.
        width = len(member.components) if hasattr(member, "components") else int(member.n_components_)
        by_kind.setdefault(type(member).__name__, []).append(width)
    return "; ".join(f"{len(widths)} {kind}, {_codes(widths)}" for kind, widths in by_kind.items())


def _codes(widths: Sequence[int]) -> str:
    known = sorted(set(widths))
    if len(known) > 4:
        return f"codes of {known[0]:,} to {known[-1]:,} numbers"
    said = [f"{width:,}" for width in known]
    listed = " and ".join(filter(None, [", ".join(said[:-1]), said[-1]]))
    return f"code{'s' * (len(widths) > 1)} of {listed} number{'s' * (known != [1])}"


def _parameters(estimator: Any) -> str:
    """Name the parameters that are not at their defaults, and count the others."""
    present, fitted = estimator.get_params(deep=False), fitted_parameters(estimator)
    table, pairs = estimator.PARAMETERS, []
    for name in dict.fromkeys([*table, *present]):  # a class of the user's own may have more
        value = present[name]
        is_other = not _are_same(value, fitted[name])
        if is_other or name not in table or not _are_same(value, table[name].default):
            more = f" from the next fit; fitted with {_shown(fitted[name])}" if is_other else ""
            pairs.append((name, _shown(value) + more))
    n_usual = len(present) - len(pairs)
    shown, left = pairs[:_MOST_PARAMETERS], len(pairs[_MOST_PARAMETERS:])
    more = f"{left} more parameters are set, " if left else ""
    rest = f"{more}{n_usual} parameters at their defaults"
    return _grid(shown) + _line(rest if pairs else f"all {rest}", "opacity:.75")


def _are_same(one: Any, other: Any) -> bool:
    """Say so by how they are written, as scikit-learn does: arrays compare cell by cell."""
    return one is other or repr(one) == repr(other)


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _chain(layers: Sequence[LayerShape]) -> str:
    """Write the widths from the input to the output."""
    through = _through(layers)
    widths = [through[0].inputs, *(layer.outputs for layer in through)]
    texts = [f"{width:,}" if isinstance(width, int) else width for width in widths]
    if len(texts) > 2 * _MOST_LAYERS:
        texts = [*texts[: _MOST_LAYERS // 2], "...", *texts[-_MOST_LAYERS // 2 :]]
    return " → ".join(texts)


def _through(layers: Sequence[LayerShape]) -> list[LayerShape]:
    """Leave out the head, which stands beside the way from the input to the output."""
    return [layer for layer in layers if layer.name != "head"]


def _hourglass(layers: Sequence[LayerShape]) -> str:
    """Draw a trapezoid for each layer, the input on top, as wide as the logarithms of what comes and goes."""
    through = _through(layers)
    widths = [(layer.n_inputs, layer.n_outputs) for layer in through]
    widest = math.log(max(max(pair) for pair in widths) + 1)
    paths, texts = {False: "", True: ""}, ""
    is_long = len(through) > _MOST_LAYERS
    for number, (layer, pair) in enumerate(zip(through, widths, strict=True)):
        top, is_code = number * _ROW, layer.name == "code"
        (a, b), low = (_half(width, widest) for width in pair), top + _ROW - 2
        paths[is_code] += f"M{_HALF - a} {top}h{2 * a}L{_HALF + b} {low}h{-2 * b}z"
        if not is_long or is_code or number in (0, len(through) - 1):
            said = f"{layer.name}: {_width(layer.inputs)} → {_width(layer.outputs)}, {layer.activation}"
            texts += f'<text x="{_TEXT}" y="{top + 15}">{_text(_cut(said))}</text>'
    height = _ROW * len(through)
    drawn = f'<path d="{paths[False]}" fill="currentColor" opacity=".4"/>'
    drawn += f'<path d="{paths[True]}" fill="{_ACCENT}"/>' if paths[True] else ""
    label = _text(f"The layers from input to output: {_chain(layers)}")
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 400 {height}" width="400" height="{height}" '
        'style="max-width:100%;display:block;margin:.4em 0" font-size="12" fill="currentColor">'
        f"{drawn}{texts}</svg>"
    )


def _half(width: int, widest: float) -> int:
    """Say how many pixels half of a layer of this width takes."""
    return _LEAST_HALF + round((_HALF - _LEAST_HALF) * math.log(width + 1) / widest)


def _width(width: int | str) -> str:
    return f"{width:,}" if isinstance(width, int) else width


def _grid(pairs: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<span>{_text(name)}</span> <span>{_text(value)}</span> " for name, value in pairs)
    return f'<div style="{_GRID}">{cells}</div>' if cells else ""


def _line(markup: str, style: str = "") -> str:
    return f'<div style="{style}">{markup}</div>' if style else f"<div>{markup}</div>"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _text(text: str) -> str:
    import html  # for notebooks alone

    return html.escape(text)
