"""Detectors of series on the command line: the options, windows of a file, and what is said of events."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.column_check import as_trained
from diabolo.cli.opening import open_rows
from diabolo.cli.output import Output, heading
from diabolo.cli.page import Option, Typed, WrongUse, in_group
from diabolo.cli.reasons import direction, reason
from diabolo.errors import InputError
from diabolo.parameters.kinds import number_in, one_of, whole

if TYPE_CHECKING:
    from diabolo.data.window_layout import WindowLayout
    from diabolo.series import Event, Windows

__all__ = [
    "COMBINE",
    "IN_TIME",
    "SERIES",
    "WINDOW",
    "event_lines",
    "event_records",
    "open_series",
    "refuse_series_options",
    "time_again",
    "window_settings",
    "window_text",
    "write_events",
]

SERIES = "A series in time"
_SHOWN, _NAMED = 5, 3

WINDOW, *IN_TIME = in_group(
    SERIES,
    Option(
        "--window N",
        "DATA is a series, a row a point in the order of time: learn from its windows of N points.",
        whole(),
        name="length",
    ),
    Option(
        "--step K",
        "Points from one window to the next. Default: 1, or as it was fitted.",
        whole(),
        name="step",
    ),
    Option(
        "--time COLUMN",
        "The column that says when a point was taken: numbers, or dates such as 2026-03-01 12:30:00.",
        name="timestamps",
    ),
    Option(
        "--gap X",
        "With --time: a step in time of more than X median steps is a gap, and no window reaches over it; "
        "'none' looks for none. Default: 1.5.",
        number_in("of 1 or more", lambda value: value >= 1).or_none(),
        name="gap",
        default=1.5,
    ),
    Option(
        "--series COLUMN",
        "The column that says which series a point is of, where several follow each other in DATA; no window "
        "reaches from one to the next.",
        name="groups",
    ),
)


(COMBINE,) = in_group(
    SERIES,
    Option(
        "--combine",
        "What a point scores, of the windows that hold it: their mean, or as much as the oddest (max). "
        "Default: mean.",
        one_of("mean", "max", foreign={"maximum": "max", "average": "mean"}),
        default="mean",
    ),
)


def refuse_series_options(typed: Typed, because: str, *further: str) -> None:
    """Refuse options of series, and further ones of the verb, where there is no series.

    Raises
    ------
    WrongUse
        One was typed.
    """
    usual = {"step": None, "timestamps": None, "groups": None, "gap": 1.5, "combine": "mean"}
    usual |= dict.fromkeys(further)
    flags = {"timestamps": "--time", "groups": "--series"}
    for name, value in usual.items():
        if getattr(typed, name, value) != value:
            raise WrongUse(f"{flags.get(name, f'--{name}')} is about a series, and {because}.")


def open_series(
    data: Path, typed: Typed, output: Output, length: int | None = None, window: WindowLayout | None = None
) -> Windows:
    """Open a file as the windows of a series, and say what was left out of them.

    Parameters
    ----------
    data : Path
        The file, a row a point.
    typed : Typed
        What was typed about it.
    output : Output
        Where it is said.
    length : int, optional
        Points of a window, where no model says it.
    window : WindowLayout, optional
        What windows a model takes; the columns must be its channels.

    Returns
    -------
    Windows
        Its `series` carries the times, among other columns.
    """
    from diabolo.series import sliding_windows

    about = [name for name in (typed.timestamps, typed.groups) if name is not None]
    keep = [*about, *(typed.keep or ())]
    table = open_rows(data, typed, output, None if window is None else window.channels, keep)
    carried = list(table.carried)  # columns that were named by their numbers come after the label
    found = [
        table.carried[name if name in carried else carried[(typed.labels is not None) + place]]
        for place, name in enumerate(about)
    ]
    times = found[0] if typed.timestamps is not None else None
    groups = found[-1] if typed.groups is not None else None
    step = typed.step
    if window is not None:
        table = as_trained(data, table, window.channels, window.n_channels, output)
        length, step = window.length, window.step if step is None else step
        if len(table) < length:  # which nobody typed
            raise InputError(
                f"{table.name} has {len(table):,} point{'s' * (len(table) != 1)}, and the model takes "
                f"windows of {length:,}; give a series at least as long."
            )
    windows = sliding_windows(table, length or 1, step or 1, times, gap=typed.gap, groups=groups)
    for note in windows.notes:
        output.note(note)
    return windows


def time_again(typed: Typed) -> list[str]:
    """Write the flags about time, for a command to type next on the same file."""
    words = [] if typed.timestamps is None else ["--time", typed.timestamps]
    words += [] if typed.groups is None else ["--series", typed.groups]
    return words if typed.gap == 1.5 else [*words, "--gap", "none" if typed.gap is None else f"{typed.gap:g}"]


def window_settings(window: WindowLayout) -> dict[str, Any]:
    """Write what windows a model takes in what JSON knows."""
    return {"length": window.length, "step": window.step, "channels": window.names}


def window_text(window: WindowLayout) -> str:
    """Say what windows a model takes.

    Examples
    --------
    >>> from diabolo.data.window_layout import WindowLayout
    >>> window_text(WindowLayout(48, 1, 2, ("heat", "flow")))
    'windows of 48 points of 2 channels'
    """
    step = "" if window.step == 1 else f", {window.step} points apart"
    many = "s" if window.n_channels > 1 else ""
    return f"windows of {window.length} points of {window.n_channels} channel{many}{step}"


def event_records(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Write events in what JSON knows."""
    return [
        {
            **{name: value for name, value in vars(event).items() if name != "cells"},
            "reasons": [
                {"channel": name, "value": value, "expected": wanted, "direction": direction(value, wanted)}
                for name, (value, wanted) in event.cells.items()
                if value == value and wanted == wanted
            ],
            "start_time": None if event.start_time is None else str(event.start_time),
            "end_time": None if event.end_time is None else str(event.end_time),
        }
        for event in events
    ]


def event_lines(events: Sequence[Event]) -> list[str]:
    """Write the events of the highest scores under each other, these first."""
    if not events:
        return []
    ranked = sorted(events, key=lambda event: -event.score)[:_SHOWN]
    has_times = ranked[0].start_time is not None
    rows = [("start", "end", "score", "channels")]
    for event in ranked:
        ends = (event.start_time, event.end_time) if has_times else (event.start, event.end)
        shares = [f"{name} {share:.0%}" for name, share in list(event.channels.items())[:_NAMED]]
        told = "; ".join(filter(None, (", ".join(shares), _reasons(event, 1))))
        rows.append((str(ends[0]), str(ends[1]), f"{event.score:.6g}", told))
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = ["  ".join([*map(str.rjust, row[:3], widths), row[3]]).rstrip() for row in rows]
    return ["", heading("The oddest event" + "s" * (len(ranked) > 1)), *lines]


def _reasons(event: Event, most: int) -> str:
    """Say of the channels that add most what they were at the event's oddest point, and what was expected."""
    known = [(name, *event.cells[name]) for name in list(event.channels)[:most] if name in event.cells]
    return ", ".join(reason(*cell) for cell in known if cell[1] == cell[1] and cell[2] == cell[2])


def write_events(events: Sequence[Event], path: Path | None) -> None:
    """Write events, a line each in the order of time, with the channels that add most."""
    if path is None:
        return
    from diabolo.data.atomic import atomic_write
    from diabolo.data.destination import TEXT

    n_named = min(_NAMED, max((len(event.channels) for event in events), default=0))
    tops = [name for n in range(1, n_named + 1) for name in (f"top_{n}", f"top_{n}_share")]
    with atomic_write(path, TEXT, "t") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["start", "end", "start_time", "end_time", "score", "reason", *tops])
        for event in events:
            times = ["" if time is None else time for time in (event.start_time, event.end_time)]
            named = [cell for pair in list(event.channels.items())[:n_named] for cell in pair]
            writer.writerow([event.start, event.end, *times, event.score, _reasons(event, _NAMED), *named])
