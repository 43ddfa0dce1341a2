"""One case: what became of it, in a word."""

import time
import warnings
from random import Random

import numpy as np
import pytest
from fuzz.kind import Kind
from fuzz.kinds import DATA, KINDS
from fuzz.worker import made, watched

from diabolo.errors import DataFileError


def raises(problem):
    def read(path, random):
        raise problem

    return read


def hoards(path, random):
    np.ones(2**25).sum()  # 256 MiB, of which nothing is kept
    return 0


def warns(path, random):
    warnings.warn("of a library", RuntimeWarning, stacklevel=1)
    return 0


@pytest.mark.parametrize(
    ("read", "verdict"),
    [
        (lambda path, random: 0, "loaded"),
        (raises(DataFileError("a.csv is empty.")), "refused"),
        (raises(DataFileError("a.csv\nis empty.")), "unreadable sentence"),
        (raises(DataFileError("a.csv is \ud800.")), "unreadable sentence"),
        (raises(DataFileError("x" * 5000 + ".")), "unreadable sentence"),
        (raises(KeyError("a")), "foreign exception"),
        (raises(MemoryError()), "over-allocation"),
        (hoards, "over-allocation"),
        (warns, "foreign warning"),
    ],
)
def test_what_became_of_a_file(read, verdict, tmp_path):
    kind = Kind("odd", ".odd", lambda folder: None, lambda random, content: content, read)
    assert watched(kind, tmp_path / "a.odd", 10, Random(0))[0] == verdict


@pytest.mark.parametrize("name", DATA)
def test_the_same_seed_makes_the_same_files_and_most_are_spoilt(name, tmp_path):
    for folder in ("one", "other"):
        (tmp_path / folder / name).mkdir(parents=True)
        KINDS[name].whole(tmp_path / folder / name)
        time.sleep(0.01)
    cases = [made(KINDS[name], tmp_path / "one", 3, number)[0] for number in range(8)]
    assert cases == [made(KINDS[name], tmp_path / "other", 3, number)[0] for number in range(8)]
    assert len({str(case) for case in cases}) > 4
