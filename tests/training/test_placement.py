import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diabolo.errors import ParameterError
from diabolo.training import placement as placement_module
from diabolo.training.placement import SMALL_NETWORK, choose_placement, place_rows, planned_buffers
from diabolo.training.pooled_rows import RowsPooled
from diabolo.training.rows import RowsOnDevice, RowsStreamed, Table


def aligned(shape):
    """A float32 array that begins on a multiple of 64 bytes, as XLA wants one that it uses in place."""
    size = int(np.prod(shape))
    store = np.zeros(size + 16, np.float32)
    start = (-store.ctypes.data % 64) // 4
    return store[start : start + size].reshape(shape)


@pytest.mark.parametrize("device", [None, "cpu", "cpu:0"])
def test_the_cpu_is_found_by_each_of_its_names(device):
    with jax.default_device(jax.devices("cpu")[0]):
        placement = choose_placement(device)
    assert placement.platform == "cpu"
    assert placement.rows.device_set == placement.parameters.device_set == {jax.devices("cpu")[0]}


def test_a_default_device_given_by_name_is_honored():
    with jax.default_device("cpu"):
        assert choose_placement(None).platform == "cpu"


@pytest.mark.parametrize("device", ["cpu:99", "cpu:-1", "cpu:one", "quantum", "quantum:0", ""])
def test_a_device_that_is_not_there_is_named_with_those_that_are(device):
    with pytest.raises(ParameterError) as caught:
        choose_placement(device)
    assert f"device={device!r} is not present" in str(caught.value)
    assert "cpu:0" in str(caught.value)


def test_an_aligned_table_is_used_where_it_lies(placement):
    table = aligned((8, 16))
    assert placement.put_rows(table).unsafe_buffer_pointer() == table.ctypes.data


def test_arrays_on_the_device_are_copied_unless_aliased(placement):
    weight = placement.put_rows(aligned((8, 16)))
    own, shared = placement.put_parameters([weight])[0], placement.put_parameters([weight], alias=True)[0]
    assert own.unsafe_buffer_pointer() != weight.unsafe_buffer_pointer()
    assert shared.unsafe_buffer_pointer() == weight.unsafe_buffer_pointer()


def test_only_small_networks_on_the_cpu_are_kept_to_one_thread(placement):
    assert dict(placement.compiler_options(SMALL_NETWORK - 1)) == {"xla_cpu_multi_thread_eigen": False}
    assert placement.compiler_options(SMALL_NETWORK) == ()
    elsewhere = type(placement)(placement.rows, placement.parameters, "gpu")
    assert elsewhere.compiler_options(10) == ()


def table_of(n_rows, n_columns, held_bytes=None, buffer_bytes=0):
    """A table whose cells are their row's number."""

    def gather(rows, out):
        out[:] = np.arange(n_rows)[rows][:, None]

    return Table(
        gather, n_rows, n_columns, held_bytes, block_rows=1, buffer_bytes=buffer_bytes, n_all=n_columns
    )


def visited(source):
    return [row for chunk in source.chunks(None) for row in np.asarray(chunk.rows)[chunk.order, 0].tolist()]


WAYS = {
    "small": (table_of(1000, 4, held_bytes=0), RowsOnDevice),
    "small, on disk": (table_of(1000, 4), RowsOnDevice),
    "large": (table_of(17_000, 1000, held_bytes=68 * 10**6), RowsStreamed),
    "large and twice as large in memory": (table_of(17_000, 1000, held_bytes=136 * 10**6), RowsOnDevice),
    "large, on disk, fits": (table_of(17_000, 1000, buffer_bytes=2**27), RowsStreamed),
    "large, on disk, by pools": (table_of(17_000, 1000, buffer_bytes=2**25), RowsPooled),
    "large, on disk, by few batches": (table_of(17_000, 1000, buffer_bytes=2**20), RowsStreamed),
}


@pytest.mark.parametrize("way", WAYS)
def test_rows_go_to_the_device_whole_or_streamed_by_what_they_cost(way, placement):
    table, kind = WAYS[way]
    chosen = np.setdiff1d(np.arange(table.n_rows), [3, 17])
    source = place_rows(table, chosen, np.arange(float(table.n_rows)), 64, placement)
    assert type(source) is kind
    assert visited(source) == chosen.tolist()
    assert source.mean_weight == chosen.mean()


def test_another_devices_memory_takes_any_table_in_memory(placement):
    elsewhere = type(placement)(placement.rows, placement.parameters, "gpu")
    table = WAYS["large"][0]
    assert isinstance(place_rows(table, np.arange(9), None, 64, elsewhere), RowsOnDevice)


MB = 10**6
FITTING = {
    "in memory, fits": (table_of(1700, 10_000, held_bytes=68 * MB), 68 * MB, RowsOnDevice),
    "in memory, a byte too few": (table_of(1700, 10_000, held_bytes=68 * MB), 68 * MB - 1, RowsStreamed),
    "small, but more than there is": (table_of(1000, 4, held_bytes=16_000), 15_000, RowsStreamed),
    "small batches are put in order: twice": (table_of(17_000, 40, held_bytes=0), 3 * MB, RowsStreamed),
    "small batches, twice fits": (table_of(17_000, 40, held_bytes=0), 6 * MB, RowsOnDevice),
    "on disk, read once": (table_of(1700, 10_000, buffer_bytes=2**27), 68 * MB, RowsOnDevice),
    "on disk, read once, too much": (table_of(1700, 10_000, buffer_bytes=2**27), 60 * MB, RowsStreamed),
    "on disk, by pools": (table_of(1700, 10_000, buffer_bytes=2**25), 10**10, RowsStreamed),
    "on disk, read once, nothing is told": (table_of(1700, 10_000, buffer_bytes=2**27), None, RowsStreamed),
    "in memory, nothing is told": (table_of(1700, 10_000, held_bytes=68 * MB), None, RowsOnDevice),
}


@pytest.mark.parametrize("way", FITTING)
def test_an_accelerator_holds_what_it_has_room_for_and_is_sent_the_rest(way, placement, monkeypatch):
    table, room, kind = FITTING[way]
    monkeypatch.setattr(placement_module, "room_on", lambda devices: room)
    elsewhere = type(placement)(placement.rows, placement.parameters, "gpu")
    source = place_rows(table, np.arange(table.n_rows), None, 64, elsewhere)
    assert type(source) is kind
    assert visited(source) == list(range(table.n_rows))


def test_a_table_on_disk_is_gone_through_alike_on_a_device_that_holds_it(placement, monkeypatch):
    def order(source):
        chunks = source.chunks(np.random.default_rng(0))
        return [row for chunk in chunks for row in np.asarray(chunk.rows)[chunk.order, 0].tolist()]

    table = table_of(1700, 10_000, buffer_bytes=2**27)
    elsewhere, orders = type(placement)(placement.rows, placement.parameters, "gpu"), []
    for room in (10**9, 0):
        monkeypatch.setattr(placement_module, "room_on", lambda devices, room=room: room)
        orders.append(order(place_rows(table, np.arange(1700), None, 64, elsewhere)))
    assert orders[0] == orders[1] != sorted(orders[0])


def test_the_processor_is_not_asked_for_room(placement, monkeypatch):
    monkeypatch.setattr(placement_module, "room_on", lambda devices: 0)
    assert placement.rows_room() is None
    assert isinstance(place_rows(table_of(9, 4), np.arange(9), None, 4, placement), RowsOnDevice)


@pytest.mark.parametrize(("n_rows", "n_placed"), [(1000, 1024), (1197, 1280), (1198, 1280)])
def test_small_tables_end_in_zeros_so_that_nearly_equal_ones_share_a_program(n_rows, n_placed, placement):
    rows = np.asarray(place_rows(table_of(n_rows, 4), np.arange(n_rows), None, 64, placement).rows)
    assert rows.shape == (n_placed, 4)
    assert (rows[:n_rows, 0] == np.arange(n_rows)).all()
    assert not rows[n_rows:].any()


@pytest.mark.parametrize("way", ["large", "large, on disk, by few batches"])
def test_no_more_rows_are_streamed_together_than_there_are_to_visit(way, placement):
    assert place_rows(WAYS[way][0], np.arange(70), None, 64, placement).rows_per_chunk <= 128


@given(
    room=st.integers(0, 2**33),
    n_rows=st.integers(1, 10**7),
    row_bytes=st.integers(4, 2**22),
    batch_size=st.integers(1, 2**12),
)
def test_no_more_than_there_is_room_for_and_no_batch_is_cut(room, n_rows, row_bytes, batch_size):
    found = planned_buffers(room, n_rows, row_bytes, batch_size)
    least = 2 * min(batch_size, n_rows) * row_bytes
    assert found.nbytes <= max(room, least)
    for rows in (found.pool_rows, found.chunk_rows):
        assert rows % batch_size == 0 or rows == n_rows
    if n_rows * row_bytes * 2 <= room and room >= 2**30 and 4 * row_bytes * batch_size <= room // 4:
        assert found.n_pools == 1
    if found.n_pools == 2 and found.pool_rows < n_rows:
        assert found.nbytes + 2 * batch_size * row_bytes > room  # another batch in each would be too much


def test_rows_of_which_few_make_a_chunk_go_to_the_device_as_a_pool():
    assert planned_buffers(2**29, 2_000, 2**21, 64).chunk_rows == 0
    assert planned_buffers(2**29, 10**7, 400, 64).chunk_rows % 64 == 0
    assert planned_buffers(2**29, 10**7, 400, 64).chunk_rows > 0
