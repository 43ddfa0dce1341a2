import numpy as np

from diabolo.training.process_memory import peak_bytes, resident_bytes


def test_what_the_process_holds_grows_with_an_array():
    before = resident_bytes()
    block = np.ones(10**7)
    assert resident_bytes() - before > 0.9 * block.nbytes
    assert peak_bytes() >= resident_bytes() * 0.99
