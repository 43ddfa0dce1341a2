"""What a Parquet file says of itself, held against the file before Arrow reads by it.

Arrow sets memory aside for what a footer and the heads of pages say, and some contradictions between them
take the process down. Here both are read, nothing is trusted, and the first thing that cannot be is refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diabolo.data.allowance import check_room
from diabolo.data.remote_file import RemoteFile

__all__ = ["ColumnPart", "ParquetFooter", "parquet_footer"]

# Types of thrift's compact protocol,
# https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
_MOST_DEPTH = 16
_MOST_BYTES = 2**22
_TAIL = 8
_MARK = b"PAR1"
# A page's head holds statistics, too, of which the longest texts are cut by whoever writes them.
_HEAD_BYTES = 2**16
# Fields of parquet.thrift, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4
_DICTIONARY_PAGE = 2
_DESCRIPTIONS = {0: 5, _DICTIONARY_PAGE: 7, 3: 8}  # by the type of a page; 0 and 3 hold cells


@dataclass(frozen=True)
class ColumnPart:
    """A column's cells in a row group.

    Parameters
    ----------
    n_values : int
        Cells, missing ones included; of a column of lists more or less than rows.
    n_missing : int or None
        As the file says it.
    start, stop : int
        Where its pages lie.
    """

    n_values: int
    n_missing: int | None
    start: int
    stop: int


@dataclass(frozen=True)
class ParquetFooter:
    """What a footer says.

    Parameters
    ----------
    parts : list of dict of str to ColumnPart, or None
        Of each row group, its columns that are no lists and no parts of others, by their names. None of a
        footer of more than 4 MiB, which would take seconds: what it says is not looked at.
    """

    parts: list[dict[str, ColumnPart]] | None

    def check_pages(self, handle: Any, path: Path | RemoteFile, number: int, names: Sequence[str]) -> None:
        """Go through the heads of the pages of some columns of a row group.

        Raises
        ------
        DataFileError
            A page takes more memory than the file may.
        ValueError
            A page goes beyond its column, or they hold another number of cells than the footer says.
        """
        found = {} if self.parts is None else self.parts[number]
        for name in names:
            part = found.get(name)
            if part is not None:
                _check_pages(handle, path, name, part)


def parquet_footer(path: Path | RemoteFile) -> ParquetFooter:
    """Read a footer.

    Parameters
    ----------
    path : Path
        A Parquet file.

    Returns
    -------
    ParquetFooter

    Raises
    ------
    ValueError
        It says what cannot be.
    """
    with path.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        if size < _TAIL + len(_MARK):
            raise ValueError(f"it has {size} bytes")
        handle.seek(size - _TAIL)
        tail = handle.read(_TAIL)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MARK or length > size - _TAIL - len(_MARK):
            raise ValueError("its last bytes are not those of a Parquet file")
        end = size - _TAIL - length
        if length > _MOST_BYTES:
            return ParquetFooter(None)
        handle.seek(end)
        footer = handle.read(length)
    try:
        about, _ = _struct(footer, 0, 0)
    except IndexError:
        raise ValueError("its footer breaks off") from None
    leaves = _leaves(_entries(about, _SCHEMA))
    counts, parts = [], []
    for group in _entries(about, _GROUPS):
        n_rows, columns = _number(group, 3), _entries(group, 1)
        if len(columns) != len(leaves):
            raise ValueError(f"a row group has {len(columns)} columns, and the schema {len(leaves)}")
        counts.append(n_rows)
        parts.append(
            {
                name: _part(column, kind, n_rows, end)
                for (name, kind, is_plain), column in zip(leaves, columns, strict=True)
                if is_plain
            }
        )
    if sum(counts) != _number(about, _ROWS):
        raise ValueError(
            f"its row groups have {sum(counts):,} rows, and its footer says {_number(about, _ROWS):,}"
        )
    return ParquetFooter(parts)


def _leaves(schema: list[Any]) -> list[tuple[str, int, bool]]:
    """List the columns of a schema: their names and types, and whether they are plain ones."""
    if not schema:
        raise ValueError("its schema is empty")
    found: list[tuple[str, int, bool]] = []
    open_groups = [_number(schema[0], 5, 0)]  # how many children are still to come, of each group around
    for element in schema[1:]:
        while open_groups and open_groups[-1] == 0:
            open_groups.pop()
        if not open_groups or len(open_groups) > _MOST_DEPTH:
            raise ValueError("its schema is no tree")
        open_groups[-1] -= 1
        n_children = _number(element, 5, 0)
        if n_children < 0 or n_children > len(schema):
            raise ValueError("its schema is no tree")
        if n_children:
            open_groups.append(n_children)
        else:
            name = element.get(4)
            if not isinstance(name, bytes):
                raise ValueError("a column has no name")
            is_plain = len(open_groups) == 1 and element.get(3) in (0, 1)
            found.append((name.decode("utf-8", "replace"), _number(element, 1), is_plain))
    if any(open_groups):
        raise ValueError("its schema is no tree")
    return found


def _part(column: Any, kind: int, n_rows: int, end: int) -> ColumnPart:
    about = column.get(3) if isinstance(column, dict) else None
    if not isinstance(about, dict):
        raise ValueError("a column has no description")
    if about.get(1) != kind:
        raise ValueError("a column has two types")
    n_values, stored = _number(about, 5), _number(about, 7)
    if n_values != n_rows or n_rows < 0:
        raise ValueError(f"a column has {n_values:,} cells for {n_rows:,} rows")
    start = _number(about, 9)
    first_page = about.get(11)
    if isinstance(first_page, int) and 0 < first_page < start:
        start = first_page
    # Of no rows nothing is stored, and where it would be is not said.
    if n_rows and (stored < 0 or not len(_MARK) <= start <= start + stored <= end):
        raise ValueError("a column lies outside of the file")
    statistics = about.get(12)
    missing = statistics.get(3) if isinstance(statistics, dict) else None
    return ColumnPart(n_values, missing if isinstance(missing, int) else None, start, start + stored)


def _check_pages(handle: Any, path: Path | RemoteFile, name: str, part: ColumnPart) -> None:
    at, n_values = part.start, 0
    while n_values < part.n_values:
        handle.seek(at)
        held = handle.read(min(_HEAD_BYTES, part.stop - at))
        try:
            head, length = _struct(held, 0, 0)
        except IndexError:
            raise ValueError(f"the pages of the column {name!r} break off") from None
        unpacked, stored = _number(head, 2), _number(head, 3)
        at += length + stored
        if unpacked < 0 or stored < 0 or at > part.stop:
            raise ValueError(f"a page of the column {name!r} goes beyond its end")
        check_room(path, float(unpacked), f"a page of the column {name!r}")
        described = head.get(_DESCRIPTIONS.get(_number(head, 1), -1))
        if isinstance(described, dict):
            count = _number(described, 1)
            if head.get(1) == _DICTIONARY_PAGE:
                if not 0 <= count <= max(unpacked, 1) * 8:
                    raise ValueError(f"the dictionary of the column {name!r} has {count:,} entries")
            else:
                if count < 0:
                    raise ValueError(f"a page of the column {name!r} has {count:,} cells")
                n_values += count
    if n_values != part.n_values:
        raise ValueError(
            f"the pages of the column {name!r} have {n_values:,} cells, and it should have {part.n_values:,}"
        )


def _number(fields: Any, field: int, usual: int | None = None) -> int:
    value = fields.get(field, usual) if isinstance(fields, dict) else None
    if type(value) is not int:
        raise ValueError("its footer lacks a number")
    return value


def _entries(fields: dict[int, Any], field: int) -> list[Any]:
    value = fields.get(field)
    if not isinstance(value, list):
        raise ValueError("its footer lacks a list")
    return value


def _varint(content: bytes, at: int) -> tuple[int, int]:
    number = content[at]
    at += 1
    if number < 128:
        return number, at
    number &= 127
    for shift in range(7, 70, 7):
        byte = content[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise ValueError("a number in its footer has no end")


def _struct(content: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """Read a struct of thrift's compact protocol, and say where it ends."""
    if depth > _MOST_DEPTH:
        raise ValueError("its footer is nested too deep")
    fields: dict[int, Any] = {}
    last = 0
    while True:
        head = content[at]
        at += 1
        if head == 0:
            return fields, at
        kind = head & 15
        if head > 15:
            last += head >> 4
        else:
            number, at = _varint(content, at)
            last = (number >> 1) ^ -(number & 1)
        if kind in _INTEGERS:
            number, at = _varint(content, at)
            fields[last] = (number >> 1) ^ -(number & 1)
        elif kind == _BINARY:
            length, at = _varint(content, at)
            if length > len(content) - at:
                raise ValueError("a text in its footer goes beyond its end")
            fields[last] = content[at : at + length]
            at += length
        else:
            fields[last], at = _value(content, at, kind, depth)


def _value(content: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind == _BYTE:
        return content[at], at + 1
    if kind in _INTEGERS:
        number, at = _varint(content, at)
        return (number >> 1) ^ -(number & 1), at
    if kind == _DOUBLE:
        content[at + 7]
        return None, at + 8
    if kind == _BINARY:
        length, at = _varint(content, at)
        if length > len(content) - at:
            raise ValueError("a text in its footer goes beyond its end")
        return content[at : at + length], at + length
    if kind in (_LIST, _SET) and depth <= _MOST_DEPTH:
        head = content[at]
        at += 1
        count, inner = head >> 4, head & 15
        if count == 15:
            count, at = _varint(content, at)
        if count > len(content) - at:
            raise ValueError("a list in its footer goes beyond its end")
        entries = []
        for _ in range(count):
            if inner in (_TRUE, _FALSE):
                entry: Any = content[at] == _TRUE
                at += 1
            else:
                entry, at = _value(content, at, inner, depth + 1)
            entries.append(entry)
        return entries, at
    if kind == _STRUCT:
        return _struct(content, at, depth + 1)
    raise ValueError(f"its footer has a field of type {kind}")
