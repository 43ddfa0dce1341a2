"""Thrift's compact protocol, in which Parquet writes its footer and its pages' heads: read, and written.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from random import Random

from fuzz.spoil import ODD_TEXTS, number_near

__all__ = ["Struct", "read_struct", "spoil_struct", "written"]

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

Struct = list[list]
"""Fields: a number, a type, a value; of a list, its type of entries, these, and what it claims of both."""


def _varint(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7


def _value(content: bytes, at: int, kind: int) -> tuple[object, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind == _BYTE:
        return content[at], at + 1
    if kind in (_I16, _I32, _I64):
        number, at = _varint(content, at)
        return (number >> 1) ^ -(number & 1), at
    if kind == _DOUBLE:
        return content[at : at + 8], at + 8
    if kind == _BINARY:
        length, at = _varint(content, at)
        return content[at : at + length], at + length
    if kind in (_LIST, _SET):
        head = content[at]
        at += 1
        count, inner = head >> 4, head & 15
        if count == 15:
            count, at = _varint(content, at)
        entries = []
        for _ in range(count):
            if inner in (_TRUE, _FALSE):
                entry, at = content[at], at + 1
            else:
                entry, at = _value(content, at, inner)
            entries.append(entry)
        return [inner, entries, None, None], at
    assert kind == _STRUCT, kind
    return read_struct(content, at)


def read_struct(content: bytes, at: int = 0) -> tuple[Struct, int]:
    """Read the fields of a struct, and say where it ends."""
    fields: Struct = []
    last = 0
    while True:
        head = content[at]
        at += 1
        if head == 0:
            return fields, at
        kind = head & 15
        if head >> 4:
            last += head >> 4
        else:
            number, at = _varint(content, at)
            last = (number >> 1) ^ -(number & 1)
        value, at = _value(content, at, kind)
        fields.append([last, kind, value])


def _write_varint(number: int) -> bytes:
    number %= 2**64
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _zigzag(number: int) -> bytes:
    return _write_varint(number * 2 if number >= 0 else -number * 2 - 1)


def _written_value(kind: int, value: object) -> bytes:
    if kind in (_TRUE, _FALSE):
        return b""
    if kind == _BYTE:
        return bytes([int(value) % 256])
    if kind in (_I16, _I32, _I64):
        return _zigzag(int(value))
    if kind == _DOUBLE:
        return bytes(value)
    if kind == _BINARY:
        return _write_varint(len(value)) + bytes(value)
    if kind in (_LIST, _SET):
        inner, entries, claimed, shown = value
        count, shown = len(entries) if claimed is None else claimed, inner if shown is None else shown
        head = (
            bytes([count << 4 | shown]) if 0 <= count < 15 else bytes([0xF0 | shown]) + _write_varint(count)
        )
        boolean = inner in (_TRUE, _FALSE)
        return head + b"".join(bytes([each]) if boolean else _written_value(inner, each) for each in entries)
    return written(value)


def written(fields: Struct) -> bytes:
    """Write a struct."""
    out, last = bytearray(), 0
    for number, kind, value in fields:
        if kind in (_TRUE, _FALSE):
            kind = _TRUE if value else _FALSE
        step = number - last
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _zigzag(number)
        out += _written_value(kind, value)
        last = number
    return bytes(out) + b"\0"


def _fields(fields: Struct) -> list[tuple[Struct, int]]:
    """List all fields at any depth, each with the struct that has it."""
    found = []
    for place, (_, kind, value) in enumerate(fields):
        found.append((fields, place))
        if kind == _STRUCT:
            found += _fields(value)
        elif kind in (_LIST, _SET) and value[0] == _STRUCT:
            for each in value[1]:
                found += _fields(each)
    return found


def spoil_struct(random: Random, fields: Struct) -> None:
    """Change, remove or double a field, or the length of a list."""
    every = _fields(fields)
    if not every:
        return
    holder, place = random.choice(every)
    number, kind, value = holder[place]
    what = random.randrange(20)
    if what == 0:
        del holder[place]
    elif what == 1:
        holder.insert(place, [number, kind, value])
    elif what == 2:
        holder[place][0] = random.choice((number + 1, 1, 99, 32767))
    elif what == 3:
        holder[place][1:] = [_I64, random.choice((0, -1, 2**31, 2**62))]
    elif kind in (_TRUE, _FALSE):
        holder[place][2] = not value
    elif kind in (_BYTE, _I16, _I32, _I64):
        holder[place][2] = random.choice((number_near(random, value), random.randrange(12)))
    elif kind == _BINARY:
        odd = random.choice(ODD_TEXTS).encode("utf-8", "replace")
        holder[place][2] = random.choice(
            (odd, value[:-1], value + b"x", b"", b"a", value[::-1], b"x" * 70_000)
        )
    elif kind in (_LIST, _SET):
        entries = value[1]
        how = random.randrange(5)
        if how == 0 and entries:
            entries.pop(random.randrange(len(entries)))
        elif how == 1 and entries:
            entries += [random.choice(entries)] * random.choice((1, 3, 300))
        elif how == 2:
            value[2] = random.choice((0, 2**20, 2**31 - 1, 2**32, 2**63))
        elif how == 3:
            random.shuffle(entries)
        else:
            value[1], value[3] = random.choice((([], None), (entries, random.randrange(16))))
