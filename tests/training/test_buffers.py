from hypothesis import given
from hypothesis import strategies as st

from diabolo.training.buffers import planned_buffers


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
