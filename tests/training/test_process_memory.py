"""What this process takes of the memory."""

import ctypes
import subprocess
import sys

import numpy as np
import pytest

from diabolo.training import process_memory
from diabolo.training.process_memory import give_back_memory, peak_bytes, resident_bytes


def test_what_the_process_holds_grows_with_an_array():
    before = resident_bytes()
    block = np.ones(10**7)
    assert resident_bytes() - before > 0.9 * block.nbytes
    assert peak_bytes() >= resident_bytes() * 0.99


# Blocks this small lie in the heap of malloc, which one that is kept above them holds.
HEAP = """
import numpy as np
from diabolo.training.process_memory import give_back_memory, resident_bytes
blocks = [np.ones(8_000) for _ in range(2_000)]
kept = blocks[-1]
held = resident_bytes()
del blocks
freed = resident_bytes()
give_back_memory()
print(held, freed, resident_bytes())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another library than glibc")
def test_what_was_freed_goes_back_to_the_system():
    """2,000 blocks of 64 kB are 128 MB, which the heap holds for the next ones until it is told."""
    ended = subprocess.run([sys.executable, "-c", HEAP], capture_output=True, text=True, check=True)
    held, freed, given_back = map(int, ended.stdout.split())
    assert held - freed < 0.2 * 128e6
    assert freed - given_back > 0.8 * 128e6


@pytest.mark.parametrize("problem", [AttributeError, OSError, TypeError])
def test_a_system_without_such_a_function_is_let_be(problem, monkeypatch):
    def none(_):
        raise problem

    monkeypatch.setattr(process_memory.ctypes, "CDLL", none)
    give_back_memory()
