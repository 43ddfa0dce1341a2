"""What the cells of a table are that is not written in plain numbers: looked at, all of them, once.

Only a table with such cells is looked at, so plain ones are read at their usual speed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from diabolo.data.columns import listed
from diabolo.data.formats import ABOVE_LIMIT, BELOW_LIMIT
from diabolo.data.formats.csv_cells import is_grouped, notations, parts_of, plain_numbers, truth
from diabolo.data.formats.csv_fault import cell_fault
from diabolo.data.formats.csv_layout import CsvLayout
from diabolo.errors import DataFileError
from diabolo.messages import Message, setting

__all__ = ["surveyed"]

_SHOWN = 5
_SHOWN_UNITS = 3
# Rows that are looked at together.
_BATCH = 1000
_LIMIT_RULES = {"<": ("below_limit", BELOW_LIMIT), ">": ("above_limit", ABOVE_LIMIT)}
_COUNTS_AS = {
    "half": "as half of their limit",
    "limit": "as their limit",
    "zero": "as 0",
    "missing": "as missing",
}

Marks = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class _Place:
    """A cell, and where it was met first."""

    line: int
    cell: str
    number: int


@dataclass
class _Column:
    """What a column holds beside plain numbers: how often, and where it was met first."""

    units: dict[str, int] = field(default_factory=dict)
    places: dict[str, _Place] = field(default_factory=dict)

    def count(self, what: str, place: _Place, times: int = 1) -> None:
        """Count a unit, or a limit."""
        self.units[what] = self.units.get(what, 0) + times
        self.places.setdefault(what, place)


def surveyed(layout: CsvLayout) -> CsvLayout:
    r"""Look at all cells that should be numbers, and find out how they are written.

    Parameters
    ----------
    layout : CsvLayout
        Of a table of which some cell is no plain number.

    Returns
    -------
    CsvLayout
        With the marks in the numbers, the units behind them, and notes of what was found out.

    Raises
    ------
    DataFileError
        A cell is no number; numbers are written in several ways, or behind those of a column stand several
        units, or none behind some; a cell is a limit and it was not said what it counts as.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from diabolo.data.formats.csv_layout import find_layout
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("dose;share\n1.139,80 mg;5 %\n0,5 mg;12 %\n")
    >>> layout = surveyed(find_layout(path))
    >>> layout.notation, layout.units
    (Notation(decimal=',', thousands='.'), {0: 'mg', 1: '%'})
    """
    units: dict[int, _Column] = {}
    limits: dict[str, dict[int, _Column]] = {"<": {}, ">": {}}
    marks: dict[Marks, _Place] = {}
    booked: list[_Place] = []
    formulas: list[_Place] = []
    truths: dict[int, _Place] = {}
    for rows in _batches(layout):
        text: list[_Place] = []
        for number in layout.numeric:
            cells = [(line, row[number].strip()) for line, row in rows]
            column = units.setdefault(number, _Column())
            if _says_nothing([cell for _, cell in cells], layout.decimal, marks):
                if any(cell.lower() not in layout.missing for _, cell in cells):  # and not nan alone
                    column.count("", _Place(*cells[0], number), len(cells))
                continue
            for line, cell in cells:
                if cell.lower() in layout.missing:
                    continue
                if _says_nothing([cell], layout.decimal, marks):
                    column.count("", _Place(line, cell, number))
                    continue
                parts = parts_of(cell)
                found = notations(parts.number) if parts is not None else frozenset()
                if parts is None or not found:
                    if truth(cell) is not None:
                        truths.setdefault(number, _Place(line, cell, number))
                    elif layout.notation.number(cell) is None:  # nor an infinity
                        text.append(_Place(line, cell, number))
                        break
                    continue
                place = _Place(line, cell, number)
                marks.setdefault(_taken(found, parts.number, layout), place)
                column.count(parts.unit, place)
                if parts.is_booked and not booked:
                    booked.append(place)
                if parts.is_formula and not formulas:
                    formulas.append(place)
                if parts.limit:
                    limits[parts.limit].setdefault(number, _Column()).count("", place)
        if text:
            raise _text(layout, min(text, key=lambda place: (place.line, place.number)))
    units = {number: column for number, column in units.items() if column.units}
    for number, place in truths.items():
        if number in units:  # of which some cells are numbers
            raise _text(layout, place)
    decimal, thousands = _chosen(layout, marks)
    _refuse_mixed(layout, units)
    _refuse_limits(layout, limits)
    found_units = {number: next(iter(column.units)) for number, column in units.items()}
    words = {number: place.cell for number, place in truths.items()}
    changed = replace(layout, decimal=decimal, thousands=thousands, units=found_units, truths=words)
    notes = (
        *_mark_notes(layout, changed, marks),
        *_booked_notes(changed, booked),
        *_formula_notes(changed, formulas),
        *_truth_notes(changed, truths),
        *_notes(layout, found_units, limits),
    )
    return replace(changed, notes=(*layout.notes, *map(Message, notes)))


def _batches(layout: CsvLayout) -> Iterator[list[tuple[int, list[str]]]]:
    """Read rows, some at a time, up to one that is not whole."""
    whole = itertools.takewhile(lambda row: len(row[1]) == layout.n_columns, layout.rows())
    while rows := list(itertools.islice(whole, _BATCH)):
        yield rows


def _says_nothing(cells: Sequence[str], decimal: str, marks: Mapping[Marks, _Place]) -> bool:
    """Whether cells are plain numbers, of which nothing is to be learned that is not known already."""
    is_plain = plain_numbers(cells, decimal) is not None
    return is_plain and (_DECIMALS[decimal] in marks or not any(decimal in cell for cell in cells))


def _text(layout: CsvLayout, place: _Place) -> DataFileError:
    return cell_fault(layout, place.line, place.number, place.cell)


def _taken(found: Marks, number: str, layout: CsvLayout) -> Marks:
    """Beside decimal commas that were asked for, take points for no fault that stand before decimals."""
    is_lenient = layout.decimal == "," and "decimal" in layout.settled and not layout.thousands
    if is_lenient and ("thousands" in layout.settled or not is_grouped(number)) and (".", "") in found:
        return found | {(",", "")}
    return found


def _chosen(layout: CsvLayout, marks: Mapping[Marks, _Place]) -> tuple[str, str | None]:
    """Choose the marks in which all numbers can be read; of several, what was found out before."""
    is_settled = "thousands" in layout.settled
    other = "," if layout.decimal == "." else "."
    is_clear = any(all(decimal == other for decimal, _ in each) for each in marks)
    # Between commas, numbers in quotes must show that theirs stand before decimals.
    is_fixed = "decimal" in layout.settled or (layout.delimiter == "," and not is_clear)
    decimals = layout.decimal if is_fixed else ".,"
    possible = {
        (decimal, between)
        for decimal, between in frozenset.intersection(frozenset(_EVERY), *marks)
        if decimal in decimals and (not is_settled or between in ("", layout.thousands))
    }
    own = layout.thousands or ""
    if (layout.decimal, "") in possible or (layout.decimal, own) in possible:
        return layout.decimal, layout.thousands
    if (other, "") in possible and is_clear:
        return other, layout.thousands
    # That a mark stands between thousands must be shown by one cell alone, such as 1.139,80 or 1.234.567.
    is_shown = any(each and all(between for _, between in each) for each in marks)
    if possible and (other, "") not in possible and (is_shown or layout.delimiter == ","):
        return min(possible, key=lambda each: each[0] != layout.decimal)
    readable = (layout.decimal, own), (layout.decimal, "")
    raise _text(layout, next(place for each, place in marks.items() if not each.intersection(readable)))


def _refuse_mixed(layout: CsvLayout, units: Mapping[int, _Column]) -> None:
    """Refuse columns whose numbers have several units, or of which some have one."""
    mixed = {number: column for number, column in units.items() if len(column.units) > 1}
    if not mixed:
        return
    number, column = next(iter(mixed.items()))
    counts = sorted(column.units.items(), key=lambda each: -each[1])
    shown = [
        f"{repr(unit) if unit else 'nothing'} beside {count:,} of its numbers (line "
        f"{column.places[unit].line}: {column.places[unit].cell!r})"
        for unit, count in counts[:_SHOWN_UNITS]
    ]
    more = f", and others beside {sum(count for _, count in counts[_SHOWN_UNITS:]):,}" * (
        len(counts) > _SHOWN_UNITS
    )
    names = [layout.called(each) for each in mixed]
    also = f", and so it is in {len(mixed) - 1} more columns" if len(mixed) > 2 else ""
    also = f", and so it is in {layout.column(list(mixed)[1])}" if len(mixed) == 2 else also
    them = "the column" if len(mixed) == 1 else "the columns"
    raise DataFileError(
        f"{layout.path}: {layout.column(number)} has {', '.join(shown)}{more}{also}; give all numbers of a "
        f"column one unit, or carry {them} along with {setting('keep_columns', names)}{_or_names(layout)}."
    )


def _refuse_limits(layout: CsvLayout, limits: Mapping[str, Mapping[int, _Column]]) -> None:
    """Refuse cells that are limits where it was not said what they count as: all of them at once."""
    wanted = {
        limit: columns
        for limit, columns in limits.items()
        if columns and getattr(layout, _LIMIT_RULES[limit][0]) is None
    }
    if not wanted:
        return
    rules = [_LIMIT_RULES[limit] for limit in wanted]
    flags = " ".join(setting(name, known[0]) for name, known in rules)
    said = "; ".join(f"{setting(name)} may be {_either(known)}" for name, known in rules)
    raise DataFileError(
        f"{layout.path} has limits in the place of numbers: {_limit_text(layout, wanted)}; say "
        f"what they count as with {flags} ({said}){_or_names(layout)}."
    )


def _or_names(layout: CsvLayout) -> str:
    """Say what to do where the first line is a header of numbers with units, such as 2h."""
    return f"; if the first line holds names, say {setting('header', True)}" if layout.names is None else ""


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _limit_text(layout: CsvLayout, wanted: Mapping[str, Mapping[int, _Column]]) -> str:
    texts = []
    for columns in wanted.values():
        for number, column in columns.items():
            count, place = column.units[""], column.places[""]
            cells = f"{count:,} cell{'s' * (count > 1)}"
            name = repr(layout.called(number)) if layout.names else str(layout.column(number))
            texts.append(f"{name} ({cells}, such as {place.cell!r} in line {place.line})")
    return ", ".join(texts[:_SHOWN]) + (f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")


def _n_cells(wanted: Mapping[str, Mapping[int, _Column]]) -> int:
    return sum(column.units[""] for columns in wanted.values() for column in columns.values())


def _mark_notes(before: CsvLayout, after: CsvLayout, marks: Mapping[Marks, _Place]) -> Iterator[str]:
    """Say which marks were found in numbers beyond what the first rows showed."""
    if after.decimal != before.decimal and not after.thousands:
        yield (
            f"commas in {after.path} were taken to stand before decimals, and {after.delimiter!r} between "
            f"cells; if that is wrong, say {setting('decimal', '.')}"
        )
    if after.thousands and "thousands" not in before.settled:
        plain = (after.decimal, "")
        place = next(each for found, each in marks.items() if plain not in found)
        shown = after.notation.read(place.cell)
        so = "" if shown is None else f", so {place.cell!r} in line {place.line} is {shown.value:.15g}"
        yield (
            f"{after.thousands!r} in the numbers of {after.path} was taken to stand between thousands{so}; "
            f"if that is wrong, say {setting('thousands', 'none')}"
        )


def _booked_notes(layout: CsvLayout, booked: Sequence[_Place]) -> Iterator[str]:
    """Say that numbers in brackets, or with a minus behind them, are negative."""
    for place in booked:
        found = layout.notation.read(place.cell)
        if found is not None:
            yield (
                f"brackets around a number, or a minus behind it, were taken for its sign in {layout.path}, "
                f"so {place.cell!r} in line {place.line} is {found.value:.15g}; to carry such a column along "
                f"as text, say {setting('keep_columns', [layout.called(place.number)])}"
            )


def _formula_notes(layout: CsvLayout, formulas: Sequence[_Place]) -> Iterator[str]:
    """Say that numbers were taken out of what keeps spreadsheets from changing them."""
    for place in formulas:
        found = layout.notation.read(place.cell)
        if found is not None:
            yield (
                f"cells such as {place.cell} in line {place.line} of {layout.path}, which a spreadsheet "
                f"shows as text, were read as numbers; to carry such a column along as text, say "
                f"{setting('keep_columns', [layout.called(place.number)])}"
            )


def _truth_notes(layout: CsvLayout, truths: Iterable[int]) -> Iterator[str]:
    """Say that TRUE and FALSE are numbers."""
    columns = sorted(truths)
    if columns:
        yield (
            f"TRUE and FALSE in {listed([layout.called(each) for each in columns])} of {layout.path} are "
            f"read as 1 and 0; to carry such a column along as text, say "
            f"{setting('keep_columns', [layout.called(columns[0])])}"
        )


def _notes(
    layout: CsvLayout, units: Mapping[int, str], limits: Mapping[str, Mapping[int, _Column]]
) -> Iterator[str]:
    """Say of which numbers a unit was left out, and how many limits were taken as what."""
    found = {number: unit for number, unit in units.items() if unit}
    if found:
        shown = [f"{layout.called(number)!r} ({unit})" for number, unit in list(found.items())[:_SHOWN]]
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        first = layout.called(next(iter(found)))
        yield (
            f"units beside the numbers of {layout.path} were left out: {', '.join(shown)}{more}; to carry "
            f"such a column along as text, say {setting('keep_columns', [first])}"
        )
    for limit, columns in limits.items():
        if columns:
            rule = getattr(layout, _LIMIT_RULES[limit][0])
            count = _n_cells({limit: columns})
            side = "below" if limit == "<" else "above"
            place = next(iter(columns.values())).places[""]
            such = f"{side} a limit, such as {place.cell!r} in line {place.line}"
            yield (
                f"{count:,} cell{'s' * (count > 1)} of {layout.path} {such}, count{'s' * (count == 1)} "
                f"{_COUNTS_AS[rule]}"
            )


_EVERY = notations("1")
_DECIMALS = {".": notations("0.5"), ",": notations("0,5")}
