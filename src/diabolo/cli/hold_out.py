"""Which rows are held out, as it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diabolo.cli.page import WrongUse

if TYPE_CHECKING:
    from diabolo.data.hold_out import HoldOut

__all__ = ["requested_hold_out"]


def requested_hold_out(amount: str | None, by: str | None, is_ordered: bool, seed: int) -> HoldOut | None:
    """Read the flags about rows that are held out.

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
        if by is not None or is_ordered:
            flag = "--hold-out-by" if by is not None else "--hold-out-ordered"
            raise WrongUse(f"{flag} says which rows to hold out, but not how many; add --hold-out 0.2.")
        return None
    from diabolo.data.hold_out import HoldOut

    return HoldOut(_amount(amount), by, not is_ordered, seed)


def _amount(text: str) -> int | float | tuple[int, ...]:
    from diabolo.parameters.kinds import number

    value = number(text)
    if (isinstance(value, int) and value >= 1) or (isinstance(value, float) and 0 < value < 1):
        return value
    from diabolo.data.remote_file import located

    path = located(text)
    if not path.is_file():
        raise WrongUse(
            f"--hold-out {text!r} is not possible; give a number of rows, a share above 0 and below 1, or a "
            "file with a row number on each line."
        )
    try:
        return tuple(int(line) for line in path.read_text(encoding="utf-8").split())
    except ValueError as problem:
        raise WrongUse(f"--hold-out {text}: a line is no row number ({problem}).") from None
