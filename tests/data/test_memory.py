import pytest

from diabolo.data.memory import is_memory, memory_bytes, shown_bytes
from diabolo.errors import ParameterError


@pytest.mark.parametrize(
    ("given", "found"),
    [(1000, 1000), ("1GB", 10**9), ("1.5 GB", 15 * 10**8), ("2GiB", 2**31), ("10m", 10**7), ("5kb", 5000)],
)
def test_memory_is_read(given, found):
    assert is_memory(given)
    assert memory_bytes(given) == found


@pytest.mark.parametrize("given", ["much", "", "-1GB", 0, True, None, "1 XB", 1.5e-3, "0"])
def test_no_amount_of_memory_is_refused(given):
    with pytest.raises(ParameterError, match="such as '500MB' or '2GB'; got"):
        memory_bytes(given)


def test_memory_is_shown_in_decimal_units():
    assert [shown_bytes(n) for n in (4_500_000_000, 12_345_678, 0)] == ["4.50 GB", "12.3 MB", "0.0 MB"]
