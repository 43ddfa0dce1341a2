"""Room on devices that are not here: they are stubs that tell what XLA's GPU and TPU clients tell."""

import pytest

from diabolo.training.device_memory import room_on


class Device:
    def __init__(self, **told):
        self.told = told or None

    def memory_stats(self):
        return self.told


def test_room_is_what_is_free_less_an_eighth_for_a_step():
    assert room_on([Device(bytes_limit=8_000, bytes_in_use=500)]) == 8_000 - 500 - 1_000


def test_large_parameters_leave_room_for_as_large_gradients():
    assert room_on([Device(bytes_limit=8_000, bytes_in_use=3_000)]) == 2_000


def test_the_fullest_device_decides():
    assert room_on([Device(bytes_limit=800, bytes_in_use=0), Device(bytes_limit=80, bytes_in_use=0)]) == 70


def test_there_is_never_less_room_than_none():
    assert room_on([Device(bytes_limit=800, bytes_in_use=790)]) == 0


@pytest.mark.parametrize("silent", [Device(), Device(bytes_in_use=5)])
def test_a_device_that_does_not_tell_leaves_it_unknown(silent):
    assert room_on([Device(bytes_limit=800, bytes_in_use=0), silent]) is None
