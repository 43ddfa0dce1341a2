"""What a step sums over devices, and what it multiplies, is what the plan for many hosts counts."""

import json

import pytest
from benchmarks.step_costs import NUMBER, Shape, features_shared, rows_shared
from tests.cluster.programs.sums import FITS


@pytest.fixture(scope="module")
def found_by(run_cluster, tmp_path_factory):
    def found(n_processes, n_devices):
        out = tmp_path_factory.mktemp("sums") / "found"
        devices = f"--xla_force_host_platform_device_count={n_devices}"
        run_cluster("sums.py", n_processes, out, XLA_FLAGS=devices)
        return json.loads(out.read_text())

    return found


def cost_of(way, n_devices):
    (_, n_features), settings = FITS[way]
    hidden, components, batch = (
        settings[name] for name in ("hidden_layer_sizes", "n_components", "batch_size")
    )
    counted = {"rows": rows_shared, "features": features_shared}[way]
    return counted(Shape(n_features, hidden, components, batch), n_devices)


@pytest.mark.parametrize(
    ("n_processes", "n_devices"),
    [(1, 4), pytest.param(1, 2, marks=pytest.mark.slow), pytest.param(2, 1, marks=pytest.mark.slow)],
)
def test_the_compiled_epoch_sums_what_is_counted_and_exchanges_nothing_else(found_by, n_processes, n_devices):
    found = found_by(n_processes, n_devices)
    # Gradients once they are all there; of wide ends what comes in, and later what goes out.
    for way, count in {"rows": 1, "features": 2}.items():
        sums = found[way]["sums"]
        assert [name for name, _ in sums] == ["all-reduce"] * count
        n_bytes = [NUMBER * size for _, sizes in sums for size in sizes]
        assert sorted(n_bytes) == sorted(cost_of(way, n_processes * n_devices).messages)
    # Features are dealt out before XLA counts, so that it counts one device's.
    operations = cost_of("features", n_processes * n_devices).operations
    assert operations <= found["features"]["operations"] <= 1.2 * operations
    # The state's arrays, and gradients of those that come in between; beside features are the table's rows.
    held = found["rows"]["given"] + found["rows"]["beside"]
    assert 1 <= held / cost_of("rows", n_processes * n_devices).held <= 1.15
    assert 1 <= found["features"]["given"] / cost_of("features", n_processes * n_devices).held <= 1.15


def test_the_compiled_epoch_multiplies_what_is_counted(found_by):
    found = found_by(1, 1)
    for way in FITS:
        assert found[way]["sums"] == []
        operations = cost_of(way, 1).operations
        # Beside products there are activations, losses and the update: some for each cell or weight.
        assert operations <= found[way]["operations"] <= 1.2 * operations
