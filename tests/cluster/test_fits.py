"""Fits of several processes beside those of one: the same model to rounding, each row read by one of them."""

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

EVERY_TABLE = (
    "dense,deep,tied,layer by layer,guided,classes,denoising,masking,variational,sparse,weighted,"
    "own functions,stopped,own network,detector,own detector"
)

# By float32's rounding, through some dozens of steps of Adam, of a parameter's array's largest number.
ROUNDING = 1e-4


def made():
    random = np.random.default_rng(0)
    rows = random.normal(size=(600, 5)) @ random.normal(size=(5, 24)) + 0.3 * random.normal(size=(600, 24))
    return rows.astype(np.float32)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("tables"), made()
    with h5py.File(folder / "rows.h5", "w") as file:
        file.create_dataset("rows", data=rows, chunks=(32, 24), compression="gzip")
    parts = folder / "parts"
    parts.mkdir()
    for number in range(4):
        part = {f"c{i}": rows[number * 150 : (number + 1) * 150, i] for i in range(24)}
        pq.write_table(pa.table(part), parts / f"{number}.parquet", row_group_size=40)
    return {"memory": "memory", "hdf5": folder / "rows.h5", "parts": parts / "*.parquet"}


@pytest.fixture(scope="module")
def found(tables, run_cluster, tmp_path_factory):
    """Fit in so many processes, once for each way, and give what each process has written."""
    folder, kept = tmp_path_factory.mktemp("found"), {}

    def find(table, n_processes, device, chosen):
        key = f"{table}-{n_processes}-{device}-{len(chosen)}"
        if key not in kept:
            # Two devices in one process, where it is to use all.
            n_devices = 2 if n_processes == 1 and device == "all" else 1
            flags = f"--xla_force_host_platform_device_count={n_devices}"
            given = (tables[table], device, chosen, folder / key)
            run_cluster("fits.py", n_processes, *given, XLA_FLAGS=flags)
            kept[key] = []
            for index in range(n_processes):
                with np.load(folder / f"{key}-{index}.npz") as written:
                    kept[key].append(dict(written))
        return kept[key]

    return find


FEW = "dense,denoising,detector"
QUICK = [
    ("memory", 1, "all", "dense,denoising"),
    ("memory", 2, "all", "deep,tied,own network,convolutional,denoising"),
    ("hdf5", 2, "all", "dense,guided,stopped,own detector"),
    ("parts", 2, "own", FEW),
]
SLOW = [
    (table, n_processes, device, "every" if table == "memory" else EVERY_TABLE)
    for table in ("memory", "hdf5", "parts")
    for n_processes in (2, 4)
    for device in ("all", "own")
]
CASES = [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)]


@pytest.mark.parametrize(("table", "n_processes", "device", "chosen"), CASES)
def test_every_process_has_the_model_that_one_process_has(found, table, n_processes, device, chosen):
    (expected,) = found(table, 1, "own", chosen)
    for process in found(table, n_processes, device, chosen):
        assert set(process) == set(expected)
        for name in expected:
            if not name.endswith(".counts"):
                # A network of one's own does not say what it takes for a row, so its rows are always shared.
                is_shared = device == "all" or name.startswith("own network.")
                near = ROUNDING * np.abs(expected[name]).max() if is_shared else 0
                np.testing.assert_allclose(process[name], expected[name], rtol=0, atol=near, err_msg=name)


@pytest.mark.parametrize(
    ("table", "n_processes", "device", "chosen"), [case for case in CASES if "memory" not in str(case)]
)
def test_no_row_is_read_by_two_or_by_none(found, table, n_processes, device, chosen):
    (alone,) = found(table, 1, "own", chosen)
    processes = found(table, n_processes, device, chosen)
    for name in alone:
        if name.endswith(".counts"):
            read = [process[name] for process in processes]
            np.testing.assert_array_equal(np.sum(read, axis=0), alone[name], err_msg=name)
            assert max(part.sum() for part in read) < 0.8 * alone[name].sum(), name
