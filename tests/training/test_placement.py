import jax
import numpy as np
import pytest

from diabolo.errors import ParameterError
from diabolo.training.placement import SMALL_NETWORK, choose_placement


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
