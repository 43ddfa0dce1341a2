"""Networks of the user's own: made of what was given, and refused in a sentence where they do not fit."""

from __future__ import annotations

from typing import Any

from diabolo.core.own_network import OwnNetwork, made_module
from diabolo.core.own_part import BATCH_AXIS, OwnPart, own_part
from diabolo.errors import ParameterError
from diabolo.estimators._choices import Choices
from diabolo.messages import setting
from diabolo.training.forked import refuse_if_lost

__all__ = ["new_own_network"]


def new_own_network(
    choices: Choices, n_features: int, image_shape: tuple[int, int, int] | None, key: int
) -> OwnNetwork:
    """Make a network of the encoder and the decoder that were given.

    Parameters
    ----------
    choices : Choices
        Checked.
    n_features : int
        Columns.
    image_shape : tuple of (height, width, channels) or None
        Of a row, where rows are images: then the encoder is given images, and the decoder gives them.
    key : int
        Of modules that functions make.

    Returns
    -------
    OwnNetwork

    Raises
    ------
    ParameterError
        For a part that cannot be made, applied or trained, and for one that gives something else than it
        should.
    """
    refuse_if_lost(f"{choices.owner}: a network of your own cannot be made here, load it before the fork")
    is_image, factor = image_shape is not None, choices.width_factor
    rows: Any = image_shape if is_image else n_features
    row_shape: tuple[int, ...] = rows if is_image else (n_features,)
    width = choices.n_components
    encoder = _part(choices, "encoder", 2 * key, (rows, None if width is None else width * factor), row_shape)
    encoded = _output_shape(choices, "encoder", encoder)
    means = "means and log-variances of " if factor == 2 else ""
    if width is None:
        if len(encoded) != 1 or not encoded[0] or encoded[0] % factor:
            twice = f", the {means}the code" if means else ""
            raise ParameterError(
                f"{choices.owner}: the encoder gives an array of shape {encoded} for a row; expected one of "
                f"one dimension{twice}."
            )
        width = encoded[0] // factor
    elif encoded != (width * factor,):
        raise ParameterError(
            f"{choices.owner}: the encoder gives an array of shape {encoded} for a row; expected "
            f"({width * factor},), the {means}{setting('n_components', width)}."
        )
    decoder = _part(choices, "decoder", 2 * key + 1, (width, rows), (width,), flattens=is_image)
    decoded = _output_shape(choices, "decoder", decoder)
    if decoded != row_shape:
        raise ParameterError(
            f"{choices.owner}: the decoder gives an array of shape {decoded} for a code; expected "
            f"{row_shape}, {'an image' if is_image else 'the columns of X'}."
        )
    for side, part in (("encoder", encoder), ("decoder", decoder)):
        try:
            part.trained_shape()
        except Exception as problem:
            raise ParameterError(
                f"{choices.owner}: the {side} of your own cannot be trained ({_said(problem)}); in training "
                f"it is handed a row of a batch, whose rows are the axis {BATCH_AXIS!r}, and a state that it "
                "takes must be the same for all of them."
            ) from problem
    return OwnNetwork(encoder, decoder)


def _part(
    choices: Choices,
    side: str,
    seed: int,
    shape: tuple[Any, Any],
    row_shape: tuple[int, ...],
    *,
    flattens: bool = False,
) -> OwnPart:
    try:
        module, state = made_module(getattr(choices, side), seed, shape)
        return own_part(module, row_shape, state, flattens=flattens)
    except ParameterError as problem:
        raise ParameterError(f"{choices.owner}: the {side} of your own cannot be used: {problem}.") from None


def _output_shape(choices: Choices, side: str, part: OwnPart) -> tuple[int, ...]:
    try:
        return part.output_shape()
    except Exception as problem:
        what = "row" if side == "encoder" else "code"
        # JAX says so of an axis that is not there.
        alone = " When it is applied, a row is by itself: what a layer learns of a batch it keeps in a state."
        raise ParameterError(
            f"{choices.owner}: the {side} of your own cannot be applied to a {what}, an array of shape "
            f"{part.row_shape}: {_said(problem)}.{alone if isinstance(problem, NameError) else ''}"
        ) from problem


def _said(problem: Exception) -> str:
    """Write what another's code raised, by its first lines."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    return (text if len(text) <= 300 else text[:297] + "...").removesuffix(".")
