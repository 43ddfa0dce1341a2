"""Rows that are sent to workers as what was typed of them: each opens them for itself, once."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.hold_out import requested_hold_out
from diabolo.cli.many_files import KeptOutput
from diabolo.cli.opening import open_rows
from diabolo.cli.page import Typed
from diabolo.cli.streams import SeveralFiles
from diabolo.data.source import Source, View

if TYPE_CHECKING:
    from jaxtyping import Shaped

__all__ = ["SentRows"]


@dataclass(frozen=True)
class _Opening:
    """How rows are opened, in a key that goes by what was typed."""

    typed: Typed = field(compare=False)
    keep: tuple[str, ...]
    said: str


class SentRows(View):
    """Rows of the files that were typed, those that are held out left out; pickled, what was typed.

    Parameters
    ----------
    parent : Source
        The rows, as this process opened them.
    typed : Typed
        What was typed of them.
    keep : sequence of str
        Columns to carry.
    """

    def __init__(self, parent: Source, typed: Typed, keep: Sequence[str]) -> None:
        super().__init__(parent, parent.shape)
        given: Any = typed.data
        paths = given.paths if isinstance(given, SeveralFiles) else (given,)
        found = tuple(path if "://" in str(path) else Path(path).absolute() for path in paths)
        data = SeveralFiles(found) if isinstance(given, SeveralFiles) else found[0]
        held = typed.hold_out
        if isinstance(held, str) and Path(held).is_file():
            held = str(Path(held).absolute())
        self._typed = Typed(**{**vars(typed), "data": data, "hold_out": held})
        self._keep = tuple(keep)

    def _read(self, rows: slice, columns: slice, out: Shaped[Any, "rows columns"]) -> None:
        self.parent.read(rows, columns, out)

    _take = _read  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (_Opening(self._typed, self._keep, repr(self._typed)),)


@functools.lru_cache(maxsize=1)
def _opened(how: _Opening) -> Source:
    typed = how.typed
    source = open_rows(typed.data, typed, KeptOutput(), keep=how.keep)
    held = requested_hold_out(typed.hold_out, typed.hold_out_by, typed.hold_out_ordered, typed.seed)
    return source if held is None else held.apply(source)[0]
