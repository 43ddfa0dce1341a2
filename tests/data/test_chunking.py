import numpy as np
import pytest

from diabolo.data.chunking import advice, amplification
from diabolo.data.source import Source


class Stored(Source):
    """A table of a shape and of blocks, without cells."""

    def __init__(self, shape, block, *, compressed=False, transposed=False):
        super().__init__("big.h5::data", shape, np.float32, block=block)
        self.is_compressed, self.is_transposed = compressed, transposed

    def _read(self, rows, columns, out):
        raise AssertionError


# Of 485,512 columns four rows are read at once.
@pytest.mark.parametrize(
    ("stored", "times"),
    [
        (Stored((2000, 485_512), (1, 242_756)), 1),
        (Stored((2000, 485_512), (2000, 1), compressed=True), 500),
        (Stored((2000, 485_512), (2000, 1)), 256),
        (Stored((2000, 485_512), (2000, 8), transposed=True), 256),
        (Stored((2000, 485_512), (64, 1000)), 1),
        (Stored((2000, 485_512), (64, 1000), compressed=True), 16),
        (Stored((2000, 100), (2000, 1), compressed=True), 1),
    ],
)
def test_how_many_times_the_bytes_wanted_are_read(stored, times):
    assert amplification(stored) == pytest.approx(times)


def test_the_sentence_names_the_command():
    assert advice(Stored((2000, 485_512), (2000, 1), compressed=True)) == (
        "big.h5::data is stored in blocks of 2,000 rows x 1 columns, so reading some rows at a time reads "
        "about 500 times what is wanted: rewrite it by rows once, with diabolo rechunk big.h5 -o NEW.h5."
    )
    assert advice(Stored((2000, 485_512), (2000, 1), compressed=True).rows([1, 2])) is not None
    assert advice(Stored((2000, 485_512), (1, 485_512))) is None
