"""One row of a table: what a model gives back beside it, or what a detector says of it."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diabolo.cli.opening import OpenModel
from diabolo.cli.output import heading, pairs_text
from diabolo.cli.reasons import direction
from diabolo.cli.scored_rows import scored_rows
from diabolo.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from diabolo.data.source import Source
    from diabolo.series import Windows

__all__ = ["autoencoder_row", "detector_row", "shaded", "window_at", "window_row"]

_SHOWN = 15
_SMALLEST_IMAGE = 16  # as plot_reconstructions has it
_SHADES, _PLAIN_SHADES = " ░▒▓█", " .:+#"


def autoencoder_row(opened: OpenModel, source: Source, number: int, shape: Any) -> tuple[dict[str, Any], str]:
    """Encode and decode one row of a table.

    Parameters
    ----------
    opened : OpenModel
        An autoencoder.
    source : Source
        Rows that fit it.
    number : int
        Which, from 0.
    shape : tuple of int, False or None
        The image that the row holds; None finds out whether it is square, False draws none.

    Returns
    -------
    record : dict
        For programs; the columns in the file's order.
    text : str
        For people; the columns in the order of what they differ by.
    """
    from diabolo.evaluation.numbers_alone import refuse_categories

    refuse_categories(opened.estimator, "one row beside what comes back")
    row = source[number : number + 1]
    codes = opened.estimator.transform(row)
    # Of a model that was fitted to images, an image comes back.
    values, back = row[0], opened.estimator.inverse_transform(codes)[0].reshape(-1)
    code = dict(zip(opened.code_names, codes[0].tolist(), strict=True))
    names, labels = opened.names_of(source, "{}"), _labels(source, number)
    error = float(((values.astype(float) - back) ** 2).mean())
    record = {
        "row": number,
        "labels": labels,
        "code": code,
        "columns": names,
        "values": values,
        "reconstruction": back,
        "reconstruction_error": error,
    }
    cells = zip(names, values.tolist(), back.tolist(), strict=True)
    columns = sorted(
        ((name, value, came, came - value) for name, value, came in cells), key=lambda each: -abs(each[3])
    )
    lines = [
        _title(source, number),
        "code   " + ", ".join(f"{name} {value:.6g}" for name, value in code.items()),
        f"error  {error:.6g} (mean squared)",
        "",
        *_table(("row", "came back", "difference"), columns, "differ"),
    ]
    picture = _picture(values, back, shape)
    if picture:
        lines += ["", *picture]
    return record, "\n".join(lines)


def detector_row(opened: OpenModel, source: Source, number: int) -> tuple[dict[str, Any], str]:
    """Say how odd one row is, and what each feature adds.

    Parameters
    ----------
    opened : OpenModel
        A detector.
    source : Source
        Rows that fit it.
    number : int
        Which, from 0.

    Returns
    -------
    record : dict
        For programs.
    text : str
        For people.
    """
    row = source[number]
    scored = scored_rows(opened, source.rows([number]), opened.estimator.n_features_in_)
    threshold, labels = float(opened.estimator.threshold_), _labels(source, number)
    texts = {name: str(cells[number]) for name, cells in source.category_cells.items()}
    numbers = [name for name in scored.names if name not in texts]
    values: dict[str, Any] = {**dict(zip(numbers, row.tolist(), strict=True)), **texts}
    record = {**scored.row(0), "row": number, "labels": labels, "threshold": threshold, "values": values}
    called = (
        "above the threshold {}: an anomaly" if record["anomaly"] else "not above the threshold {}: normal"
    )
    pairs = [("score", f"{record['score']:.6g}, {called.format(f'{threshold:.6g}')}")]
    if record["p_value"] is not None:
        pairs.append(("p-value", f"{record['p_value']:.4g}"))
    assert scored.values is not None
    assert scored.expected is not None
    cells = zip(scored.top[0].tolist(), scored.values[0], scored.expected[0], scored.added[0], strict=True)
    columns = [
        (scored.names[at], scored.shown(at, value), scored.shown(at, expected), float(added))
        for at, value, expected, added in cells
    ]
    marks = [direction(value, expected) for _, value, expected, _ in columns]
    table = _table(("row", "expected", "adds"), columns, "add", marks)
    lines = [_title(source, number), pairs_text(pairs), "", *table]
    return record, "\n".join(lines)


def window_at(windows: Windows, line: int) -> int:
    """Find the window that begins on a line of the file.

    Raises
    ------
    InputError
        None does.
    """
    import numpy as np

    from diabolo.data.row_places import row_at

    point = row_at(windows.series, line)
    found = np.flatnonzero(windows.windows.starts == point)
    if not len(found):
        raise InputError(
            f"no window begins on line {line} of {windows.series.name}, which is point {point} of the series "
            f"(counted from 0): windows are {windows.windows.length} points long and begin "
            f"{windows.windows.step} apart; give another line, or --step 1."
        )
    return int(found[0])


def window_row(opened: OpenModel, windows: Windows, number: int) -> tuple[dict[str, Any], str]:
    """Say how odd one window of a series is, and what each of its cells adds; as :func:`detector_row`."""
    start = int(windows.windows.starts[number])
    end = start + windows.windows.length - 1
    times = (None, None) if windows.times is None else (str(windows.times[start]), str(windows.times[end]))
    record, text = detector_row(opened, windows, number)
    when = "" if times[0] is None else f" ({times[0]} to {times[1]})"
    told = heading(f"Window {number}: points {start} to {end}{when}")
    where = {"start": start, "end": end, "start_time": times[0], "end_time": times[1]}
    return {**record, **where}, "\n".join([told, *text.split("\n")[told.count("\n") + 1 :]])


def _labels(source: Source, number: int) -> dict[str, str]:
    return {name: str(values[number]) for name, values in source.carried.items()}


def _title(source: Source, number: int) -> str:
    from diabolo.data.row_places import line_of

    line = line_of(source, number)
    place = "" if line is None else f" (line {line})"
    labels = "".join(f", {name} {value}" for name, value in _labels(source, number).items())
    return heading(f"Row {number}{place}{labels}")


def _table(
    titles: Sequence[str], columns: Sequence[tuple[Any, ...]], what_less: str, marks: Sequence[str] = ()
) -> list[str]:
    """Write the first columns of a row: the name, numbers, one that is told with its sign, and a mark."""
    shown = columns[:_SHOWN]
    width = min(max([len("column"), *(len(name) for name, *_ in shown)]), 36)
    lines = [heading(f"{'column':<{width}}" + "".join(f"  {title:>12}" for title in titles))]
    for (name, *values, last), mark in zip(shown, marks or [""] * len(shown), strict=False):
        short = name if len(name) <= width else name[: width - 3] + "..."
        numbers = "".join(f"  {each if isinstance(each, str) else f'{each:.6g}':>12}" for each in values)
        lines.append(f"{short:<{width}}{numbers}  {last:>+12.4g}  {mark}".rstrip())
    if len(columns) > _SHOWN:
        lines.append(f"and {len(columns) - _SHOWN} columns that {what_less} less; --json prints all")
    return lines


def _picture(values: Float[np.ndarray, " n"], back: Float[np.ndarray, " n"], shape: Any) -> list[str]:
    """Draw the row and what came back side by side, if they are gray images that fit."""
    size = len(values)
    if shape is None:
        side = math.isqrt(size)
        shape = (side, side) if side * side == size and size >= _SMALLEST_IMAGE else False
    if shape is False or len(shape) != 2 or math.prod(shape) != size:
        return []
    room = (min(shutil.get_terminal_size((80, 24)).columns, 120) - 4) // 2
    low, high = float(values.min()), float(values.max())
    images = [shaded(image.reshape(shape), low, high, room) for image in (values, back)]
    if not images[0]:
        return []
    width = max(len(images[0][0]), len("row"))
    pairs = zip(["row", *images[0]], ["came back", *images[1]], strict=True)
    return [f"{left:<{width}}    {right}" for left, right in pairs]


def shaded(image: Float[np.ndarray, "height width"], low: float, high: float, room: int) -> list[str]:
    """Draw a gray image in characters.

    A pixel is two characters wide, since characters are about twice as high as wide; where that is too wide,
    one character stands for two pixels, one above the other.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        The pixels.
    low, high : float
        What is drawn empty, and what full.
    room : int
        The largest width, characters.

    Returns
    -------
    list of str
        The lines; none if the image is too wide.

    Examples
    --------
    >>> import numpy as np
    >>> [line.replace(" ", ".") for line in shaded(np.array([[0.0, 1.0]]), 0, 1, 80)]
    ['..██']
    """
    import numpy as np

    height, width = image.shape
    each = 2
    if 2 * width > room:
        each = 1
        if width > room:
            return []
        lower = image[1::2] if height % 2 == 0 else np.vstack([image[1::2], image[-1:]])
        image = (image[::2] + lower) / 2
    shades = _SHADES if _can_print(_SHADES) else _PLAIN_SHADES
    share = np.clip((image - low) / ((high - low) or 1.0), 0, 1)
    levels = np.minimum((share * len(shades)).astype(int), len(shades) - 1)
    return ["".join(shades[level] * each for level in line).rstrip() for line in levels]


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
