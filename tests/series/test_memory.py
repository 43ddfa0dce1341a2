"""What a series of a million points takes: the peak of a whole process that fits, scores and finds events."""

import json
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import json, sys
import diabolo
from diabolo.training.process_memory import peak_bytes

with diabolo.open(sys.argv[1]) as table:
    windows = diabolo.sliding_windows(table, 48)
    detector = diabolo.AutoencoderDetector(random_state=0).fit(windows)
    scores = windows.point_scores(detector)
oddest = max(scores.events(detector.threshold_), key=lambda event: event.score)
said = {"peak": peak_bytes(), "cells": windows.shape[0] * windows.shape[1], "folds": detector.n_folds_}
print(json.dumps({**said, "start": oddest.start, "end": oddest.end, "channel": next(iter(oddest.channels))}))
"""


@pytest.mark.slow
def test_a_million_points_of_twenty_channels_fit_into_a_gigabyte(tmp_path):
    random, path = np.random.default_rng(0), tmp_path / "series.npy"
    series = np.lib.format.open_memmap(path, "w+", np.float32, (1_000_000, 20))
    for channel in range(20):
        series[:, channel] = np.sin(np.arange(1_000_000) / (20 + 3 * channel))
        series[:, channel] += 0.1 * random.standard_normal(1_000_000)
    series[450_000:450_060, 4] += 3
    series.flush()
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(path)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert said["cells"] == 999_953 * 960
    assert said["peak"] < 10**9
    assert said["folds"] == 3
    assert said["start"] <= 450_000 < 450_060 <= said["end"]
    assert said["channel"] == "x4"
