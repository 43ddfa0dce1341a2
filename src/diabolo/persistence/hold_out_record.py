"""How rows were held out, as an entry of a model file's record, and back."""

from __future__ import annotations

from typing import Any

from diabolo.data.hold_out import HoldOut
from diabolo.persistence.record_entries import refusal, shown

__all__ = ["hold_out_from_record", "hold_out_record"]


def hold_out_record(held_out: HoldOut | None) -> dict[str, Any] | None:
    """Write down how rows were held out, in what JSON knows."""
    if held_out is None:
        return None
    amount = held_out.amount
    return {
        "amount": list(amount) if isinstance(amount, tuple) else amount,
        "groups": held_out.groups,
        "shuffle": held_out.shuffle,
        "seed": held_out.seed,
    }


def hold_out_from_record(entry: Any) -> HoldOut | None:
    """Read how rows were held out, trusting nothing.

    Raises
    ------
    ModelFileError
        The entry is not one of :func:`hold_out_record`.
    """
    if entry is None:
        return None
    expected = "how rows were held out, or nothing"
    if not isinstance(entry, dict) or set(entry) != {"amount", "groups", "shuffle", "seed"}:
        raise refusal("the record's 'hold_out'", expected, shown(entry))
    amount, groups = entry["amount"], entry["groups"]
    is_list = isinstance(amount, list) and amount and all(type(row) is int and row >= 0 for row in amount)
    is_number = (type(amount) is int and amount >= 1) or (type(amount) is float and 0 < amount < 1)
    if (
        not (is_list or is_number)
        or not isinstance(groups, (str, type(None)))
        or type(entry["shuffle"]) is not bool
        or type(entry["seed"]) is not int
        or entry["seed"] < 0
    ):
        raise refusal("the record's 'hold_out'", expected, shown(entry))
    return HoldOut(tuple(amount) if is_list else amount, groups, entry["shuffle"], entry["seed"])
