"""Wide ends in parts: the same network as whole, whatever the number of parts."""

import numpy as np
import pytest
from tests.cluster.programs.wide import RATE, STEPS


@pytest.fixture(scope="module")
def whole(run_cluster, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "found"
    run_cluster("wide.py", 1, "own", out)
    with np.load(f"{out}-0.npz") as written:
        return dict(written)


@pytest.mark.parametrize(
    ("n_processes", "n_devices"), [(2, 1), (1, 2), pytest.param(2, 2, marks=pytest.mark.slow)]
)
def test_parts_of_the_features_are_trained_as_all_are(whole, run_cluster, tmp_path, n_processes, n_devices):
    devices = f"--xla_force_host_platform_device_count={n_devices}"
    run_cluster("wide.py", n_processes, "all", tmp_path / "found", XLA_FLAGS=devices)
    for index in range(n_processes):
        with np.load(tmp_path / f"found-{index}.npz") as found:
            check_same(found, whole)


def check_same(found, whole):
    assert set(found) == set(whole)
    for name in whole:
        if name.endswith("loss"):
            np.testing.assert_allclose(found[name], whole[name], rtol=1e-5, err_msg=name)
            continue
        apart = np.abs(found[name] - whole[name])
        # Adam gives a number whose gradient is nothing but rounding a whole step; few have such.
        assert apart.max() <= 2 * RATE * STEPS, name
        assert apart.mean() <= 0.02 * RATE, name


@pytest.mark.slow
def test_a_loss_of_ones_own_is_not_asked_for_features_that_are_not_there(run_cluster, tmp_path):
    run_cluster("wide.py", 1, "own", tmp_path / "whole", "own loss")
    flags = "--xla_force_host_platform_device_count=2"
    run_cluster("wide.py", 1, "all", tmp_path / "parts", "own loss", XLA_FLAGS=flags)
    with np.load(tmp_path / "whole-0.npz") as whole, np.load(tmp_path / "parts-0.npz") as parts:
        assert np.isfinite(whole["own loss.loss"]).all()
        check_same(parts, whole)
