"""A fit that is killed as it trains, writes a checkpoint or saves ends with the same bits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the fits")


def killed(scenario, n_kills, folder):
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, str(script), scenario, str(n_kills), "0", str(folder)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("scenario", ["dense", "disk", "detector"])
def test_two_kills_change_no_bit(scenario, tmp_path):
    found = killed(scenario, 2, tmp_path)
    assert found["killed"] == 2
    assert found["equal"] == found["fits"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["dense", "convolutional", "detector", "disk", "wide", "sweep"])
def test_five_kills_change_no_bit(scenario, tmp_path):
    found = killed(scenario, 5, tmp_path)
    assert found["killed"] == 5
    assert found["equal"] == found["fits"] > 0
