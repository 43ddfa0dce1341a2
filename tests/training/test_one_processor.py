"""Processes that are held to one processor: how that is found out, and the same bits of rows passed there."""

import os

import numpy as np
import pytest

from diabolo import Autoencoder
from diabolo.training.one_processor import has_one_processor


@pytest.mark.parametrize(
    ("threads", "processors", "expected"),
    [(None, 2, False), ("1", 2, True), ("4", 2, False), (None, 1, True)],
)
def test_the_environment_or_the_system_may_say_so(monkeypatch, threads, processors, expected):
    monkeypatch.delenv("NPROC", raising=False)
    if threads is not None:
        monkeypatch.setenv("NPROC", threads)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    assert has_one_processor() is expected


def test_rows_in_turn_have_the_same_bits(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(3000, 40)).astype(np.float32)
    model = Autoencoder(4, max_epochs=1, random_state=0, verbose=0).fit(rows[:200])
    monkeypatch.delenv("NPROC", raising=False)
    at_once = model.transform(rows)
    monkeypatch.setenv("NPROC", "1")
    assert model.transform(rows).tobytes() == at_once.tobytes()
