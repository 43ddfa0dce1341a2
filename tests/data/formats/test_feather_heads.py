"""What the heads of batches say: as Arrow counts once it has read the cells."""

import io

import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo.data.formats.feather_heads import missing_counts


def column(kind, n_rows=50):
    random = np.random.default_rng(2)
    cells = [None if random.uniform() < 0.3 else int(random.integers(5)) for _ in range(n_rows)]
    if kind == "nested":
        return pyarrow.array([None if each is None else {"a": each, "b": [each, None]} for each in cells])
    if kind == "categories":
        return pyarrow.array([None if each is None else str(each) for each in cells]).dictionary_encode()
    if kind == "nothing":
        return pyarrow.nulls(n_rows)
    if kind == "uuid":
        return pyarrow.array([None if each is None else bytes([each] * 16) for each in cells], pyarrow.uuid())
    return pyarrow.array(cells, kind)


def written(table, **options):
    out = io.BytesIO()
    with pyarrow.ipc.new_file(out, table.schema, options=pyarrow.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=20)
    return out


KINDS = ["nested", "int32", "categories", "nothing", "double"]
if hasattr(pyarrow, "uuid"):  # since PyArrow 18
    KINDS.append("uuid")


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(KINDS), max_size=5),
    st.sampled_from([{}, {"compression": "zstd"}, {"use_legacy_format": True}]),
)
def test_missing_cells_are_counted_as_arrow_counts_them(kinds, options):
    table = pyarrow.table({f"{kind}-{place}": column(kind) for place, kind in enumerate([*kinds, "int16"])})
    expected = {name: table.column(name).null_count for name in table.column_names}
    assert missing_counts(written(table, **options), table.schema) == expected


@pytest.mark.parametrize("legacy", [False, True])
def test_what_is_damaged_says_nothing_or_a_count(legacy):
    table = pyarrow.table({"a": column("int32"), "b": column("nested")})
    whole = written(table, use_legacy_format=legacy).getvalue()
    for stop in range(0, len(whole), 7):
        assert missing_counts(io.BytesIO(whole[:stop]), table.schema) is None
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        found = missing_counts(io.BytesIO(bytes(damaged)), table.schema)
        assert found is None or all(count >= 0 for count in found.values())
    other = pyarrow.schema([("a", "int32")])
    assert missing_counts(io.BytesIO(whole), other) is None
