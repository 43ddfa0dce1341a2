import json

import numpy as np
import pytest

from diabolo.reporting.packing import page_bytes
from diabolo.reporting.page_budget import allowed_bytes, entry_bytes


@pytest.mark.parametrize(
    ("n_points", "most"), [(0, 5e6), (5_000, 5e6), (6_000, 6e6), (10_000, 10e6), (10**6, 10e6)]
)
def test_a_page_may_grow_with_its_points(n_points, most):
    assert 0.95 * most < allowed_bytes(n_points) < most


def test_text_counts_as_it_is_and_arrays_as_they_deflate():
    plain = {"a": ["\u5730\u56fe", 1.5, None]}
    assert entry_bytes(plain) == len(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode())
    array = np.random.default_rng(0).normal(size=1000)
    assert entry_bytes({"a": array}) - entry_bytes({"a": None}) == page_bytes(array) + 110
