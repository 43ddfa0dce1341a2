"""Parquet and Feather files."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import numpy as np
import pyarrow
from pyarrow import feather, parquet

from fuzz.kind import Kind
from fuzz.kinds.tables import CELLS, NAMES, WORDS, read_table
from fuzz.kinds.thrift import read_struct, spoil_struct, written
from fuzz.spoil import cut, put_number, spoilt_bytes

__all__ = ["FEATHER", "PARQUET"]


def _table() -> pyarrow.Table:
    columns: dict[str, object] = dict(zip(NAMES, CELLS.T, strict=True))
    columns |= {"kind": WORDS, "n": pyarrow.array([None, 1, 2, 3] * 10, "int16"), "yes": [True, False] * 20}
    columns |= {"cat": pyarrow.array(WORDS).dictionary_encode(), "when": np.arange(40).astype("M8[s]")}
    return pyarrow.table(columns)


def _parquet_whole(folder: Path) -> None:
    table = _table()
    parquet.write_table(table, folder / "plain.parquet", compression="none", row_group_size=16)
    parquet.write_table(table, folder / "packed.parquet", compression="snappy", data_page_version="2.0")
    encodings = {
        "a": "BYTE_STREAM_SPLIT",
        "n": "DELTA_BINARY_PACKED",
        "kind": "DELTA_BYTE_ARRAY",
    }
    parquet.write_table(
        table.drop_columns(["cat"]),
        folder / "odd.parquet",
        compression="zstd",
        use_dictionary=False,
        column_encoding=encodings,
    )
    nested = table.select(["a", "b"]).append_column("list", pyarrow.array([[1, 2], None] * 20))
    parquet.write_table(nested, folder / "nested.parquet", compression="gzip")
    for name, kind in (("text", WORDS), ("twice", WORDS)):
        small = pyarrow.table({"a": CELLS[:, 0], "kind": kind})
        parquet.write_table(small, folder / f"{name}.parquet", use_dictionary=name == "twice")


def _spoil_parquet(random: Random, content: object) -> bytes:
    assert isinstance(content, bytes)
    length = int.from_bytes(content[-8:-4], "little")
    start = len(content) - 8 - length
    body, footer = content[:start], content[start:-8]
    what = random.randrange(20)
    if what < 11:
        fields, _ = read_struct(footer)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            spoil_struct(random, fields)
        footer = written(fields)
    elif what < 14:
        footer = spoilt_bytes(random, footer)
    elif what < 18:
        body = _spoilt_page(random, body)
    elif what < 19:
        return cut(random, content)
    else:
        return put_number(random, content, len(content) - 8)
    return body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _spoilt_page(random: Random, body: bytes) -> bytes:
    """Spoil the head of a page so that it keeps its length where it can, or bytes after a head."""
    for _ in range(60):
        at = random.choice([place.start() for place in re.finditer(rb"\x15[\x00\x04\x06]\x15", body)] or [4])
        try:
            fields, end = read_struct(body, at)
        except (IndexError, AssertionError):
            continue
        if not 3 <= len(fields) <= 8:
            continue
        if random.random() < 0.4:
            return spoilt_bytes(random, body, range(end, min(end + 40, len(body))))
        spoil_struct(random, fields)
        head = written(fields)
        return (
            body[:at] + head + body[end:]
            if len(head) != end - at and random.random() < 0.5
            else (body[:at] + head + body[at + len(head) :])
        )
    return spoilt_bytes(random, body)


PARQUET = Kind("parquet", ".parquet", _parquet_whole, _spoil_parquet, read_table)


def _feather_whole(folder: Path) -> None:
    table = _table()
    feather.write_feather(table, folder / "plain.feather", compression="uncompressed", chunksize=16)
    feather.write_feather(table, folder / "packed.feather", compression="lz4")
    feather.write_feather(table.select(["a", "kind"]), folder / "zstd.feather", compression="zstd")


def _spoil_feather(random: Random, content: object) -> bytes:
    """Spoil the numbers of metadata, which lie behind marks of continuation and in the footer."""
    assert isinstance(content, bytes)
    length = int.from_bytes(content[-10:-6], "little")
    places = [*range(len(content) - 10 - length, len(content) - 10, 4), len(content) - 10]
    for mark in re.finditer(rb"\xff\xff\xff\xff", content):
        size = int.from_bytes(content[mark.end() : mark.end() + 4], "little")
        if size < len(content):
            places += range(mark.end(), mark.end() + 4 + size, 4)
    return spoilt_bytes(random, content, places)


FEATHER = Kind("feather", ".feather", _feather_whole, _spoil_feather, read_table)
