"""Rows that are held out of everything: the flags, and what is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diabolo.cli.wrong_use import WrongUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diabolo.data.hold_out import HoldOut

__all__ = ["HoldOutAmount", "HoldOutBy", "HoldOutOrdered", "kept_columns", "requested_hold_out"]

_PANEL = "Held-out rows"

HoldOutAmount = Annotated[
    str | None,
    typer.Option(
        "--hold-out",
        metavar="N",
        help="Rows that nothing is learned from, measured at the end: how many, a share such as 0.2, or a "
        "file of row numbers.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
HoldOutBy = Annotated[
    str | None,
    typer.Option(
        "--hold-out-by",
        metavar="COLUMN",
        help="Hold out together all rows that share a value of this column, such as a person's.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
HoldOutOrdered = Annotated[
    bool,
    typer.Option(
        "--hold-out-ordered",
        help="Hold out the last rows instead of random ones.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]


def requested_hold_out(amount: str | None, by: str | None, ordered: bool, seed: int) -> HoldOut | None:
    """Read the flags.

    Parameters
    ----------
    amount, by : str or None
        As typed.
    ordered : bool
        As typed.
    seed : int
        Of the draw.

    Returns
    -------
    HoldOut or None
        None where nothing is held out.

    Raises
    ------
    WrongUse
        The amount cannot be read, or the other flags came without it.
    """
    if amount is None:
        if by is not None or ordered:
            flag = "--hold-out-by" if by is not None else "--hold-out-ordered"
            raise WrongUse(f"{flag} says which rows to hold out, but not how many; add --hold-out 0.2.")
        return None
    from diabolo.data.hold_out import HoldOut

    return HoldOut(_amount(amount), by, not ordered, seed)


def kept_columns(
    keep: Sequence[str] | None, by: str | None, named: str | None, data: Path
) -> tuple[str, ...]:
    """Return the columns to carry: those named, and the one that rows are held out by.

    Parameters
    ----------
    keep : sequence of str or None
        As typed.
    by : str or None
        The column to hold out by.
    named : str or None
        The label or the target.
    data : Path
        The file.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> kept_columns(["id"], "person", "age", Path("a.csv"))
    ('id', 'person')
    >>> kept_columns(None, "person", "age", Path("a.h5"))
    ()
    """
    from diabolo.data.formats import format_of
    from diabolo.data.open_table import split_address

    given = tuple(keep or ())
    if by is None:
        return given
    is_feature = by != named and format_of(split_address(str(data))[0]).has_columns
    return (*given, by) if is_feature and by not in given else given


def _amount(text: str) -> int | float | tuple[int, ...]:
    for read in (int, float):
        try:
            value = read(text)
        except ValueError:
            continue
        if (value >= 1 and read is int) or 0 < value < 1:
            return value
        break
    path = Path(text)
    if not path.is_file():
        raise WrongUse(
            f"--hold-out {text!r} is not possible; give a number of rows, a share above 0 and below 1, or a "
            "file with a row number on each line."
        )
    try:
        return tuple(int(line) for line in path.read_text(encoding="utf-8").split())
    except ValueError as problem:
        raise WrongUse(f"--hold-out {text}: a line is no row number ({problem}).") from None
