"""What the heads of a Feather file's batches say of their columns, read without the cells behind them.

Arrow's own reader says how many cells are missing once it has read a column's cells.
"""

from __future__ import annotations

import os
import struct
from typing import Any

__all__ = ["missing_counts"]

_TAIL = struct.Struct("<i6s")
_MARK = b"ARROW1"
# https://github.com/apache/arrow/blob/main/format/File.fbs and Message.fbs: places of fields in their tables.
_BATCHES = 3
_HEADER_TYPE, _HEADER, _RECORD_BATCH = 1, 2, 3
_NODES = 1
_BLOCK, _NODE = struct.Struct("<qi4xq"), struct.Struct("<qq")
_CONTINUED = 0xFFFFFFFF


def missing_counts(handle: Any, schema: Any) -> dict[str, int] | None:
    """Add up how many cells of each column are missing.

    Parameters
    ----------
    handle : file object of bytes
        The file, open for reading.
    schema : pyarrow.Schema
        Its columns.

    Returns
    -------
    dict of str to int, or None
        None where the file does not say.

    Examples
    --------
    >>> import io
    >>> import pyarrow
    >>> table, out = pyarrow.table({"a": [1, None], "b": [1.5, 2.5]}), io.BytesIO()
    >>> with pyarrow.ipc.new_file(out, table.schema) as writer:
    ...     writer.write(table)
    >>> missing_counts(out, table.schema)
    {'a': 1, 'b': 0}
    """
    firsts, n_nodes = [], 0
    for field in schema:
        firsts.append(n_nodes)
        n_nodes += _nodes_of(field.type)
    counts = [0] * len(firsts)
    try:
        for offset, length in _blocks(handle):
            nodes = _nodes(_read(handle, offset, length))
            if len(nodes) != n_nodes or any(missing < 0 for _, missing in nodes):
                return None
            counts = [count + nodes[first][1] for count, first in zip(counts, firsts, strict=True)]
    except (struct.error, IndexError, ValueError):  # whoever reads cells says what is wrong
        return None
    return dict(zip(schema.names, counts, strict=True))


def _nodes_of(kind: Any) -> int:
    """Say how many arrays a column of this type is made of."""
    kind = getattr(kind, "storage_type", kind)
    return 1 + sum(_nodes_of(kind.field(number).type) for number in range(kind.num_fields))


def _read(handle: Any, start: int, size: int) -> bytes:
    handle.seek(0, os.SEEK_END)
    if start < 0 or size < 0 or start + size > handle.tell():
        raise ValueError("beyond the file")
    handle.seek(start)
    return bytes(handle.read(size))


def _blocks(handle: Any) -> list[tuple[int, int]]:
    """List where the heads of the batches lie, and how long they are."""
    handle.seek(0, os.SEEK_END)
    end = handle.tell()
    size, mark = _TAIL.unpack(_read(handle, end - _TAIL.size, _TAIL.size))
    if mark != _MARK:
        raise ValueError("no footer")
    footer = _read(handle, end - _TAIL.size - size, size)
    return [
        (start, length)
        for start, length, _ in _vector(footer, _field(footer, _root(footer), _BATCHES), _BLOCK)
    ]


def _nodes(head: bytes) -> list[tuple[int, int]]:
    """List length and missing cells of each array of a batch."""
    message = head[8 if struct.unpack_from("<I", head)[0] == _CONTINUED else 4 :]
    root = _root(message)
    kind, header = (_field(message, root, number) for number in (_HEADER_TYPE, _HEADER))
    if kind is None or header is None or message[kind] != _RECORD_BATCH:
        raise ValueError("no batch")
    return _vector(message, _field(message, _behind(message, header), _NODES), _NODE)


def _root(data: bytes) -> int:
    return _behind(data, 0)


def _behind(data: bytes, place: int) -> int:
    return place + int(struct.unpack_from("<I", data, place)[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    """Find a field of a table of FlatBuffers; None where it has its default."""
    layout = table - struct.unpack_from("<i", data, table)[0]
    if layout < 0:
        raise ValueError("before the table")
    entry = 4 + 2 * number
    if entry >= struct.unpack_from("<H", data, layout)[0]:
        return None
    offset = struct.unpack_from("<H", data, layout + entry)[0]
    return table + offset if offset else None


def _vector(data: bytes, place: int | None, each: struct.Struct) -> list[Any]:
    if place is None:
        return []
    start = _behind(data, place)
    count = struct.unpack_from("<I", data, start)[0]
    return list(each.iter_unpack(data[start + 4 : start + 4 + count * each.size]))
