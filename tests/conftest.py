"""Shared by the whole suite: real rows, and compiled programs kept for the session."""

import os
import tempfile

import numpy as np
import pytest

# One cache for the whole session, so that workers and subprocesses share what they compile.
if "DIABOLO_CACHE_DIR" not in os.environ:
    os.environ["DIABOLO_CACHE_DIR"] = os.path.join(tempfile.gettempdir(), f"diabolo-tests-{os.getuid()}")  # noqa: PTH118

# scikit-learn's contract tests arrays of other libraries only where SciPy was told to take them.
os.environ.setdefault("SCIPY_ARRAY_API", "1")


@pytest.fixture(scope="session")
def digits():
    from diabolo.datasets import load_digits

    return load_digits()


@pytest.fixture
def rows():
    """Make 60 rows of 6 correlated columns, of which three numbers a row decide all."""
    random = np.random.default_rng(7)
    return (random.normal(size=(60, 3)) @ random.normal(size=(3, 6))).astype(np.float32)
