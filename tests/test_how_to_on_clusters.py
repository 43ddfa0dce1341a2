"""How-to pages of many files and models, Dask, Ray and Spark, every block in order, with the real engine."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.test_readme import blocks, run_blocks

import diabolo

PAGES = Path(__file__).parents[1] / "docs" / "how-to"
needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="pyspark or a Java runtime is not here: pip install 'pyspark==4.*'",
)


@pytest.mark.parametrize(
    "name",
    [
        "dask",
        pytest.param("ray", marks=pytest.mark.slow),
        pytest.param("spark", marks=[pytest.mark.slow, needs_spark]),
    ],
)
def test_every_block_of_the_page(tmp_path, name):
    engine = {"dask": "distributed", "spark": "pyspark"}.get(name, name)
    pytest.importorskip(engine)
    chosen = [
        code for _, language, code in blocks((PAGES / f"{name}.md").read_text()) if language == "python"
    ]
    assert len(chosen) >= 3
    assert sum(code.count("assert ") for code in chosen) >= 1
    # What a user types in a script; workers that are started as Python's own import it again.
    script = tmp_path / "page.py"
    body = "\n".join(chosen)
    script.write_text(body)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(Path(diabolo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        ),
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    # As in a notebook: Dask's processes would run a script from its start where it has no guard.
    program = f"exec(compile(open({str(script)!r}).read(), 'page', 'exec'))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_the_page_of_many_files(tmp_path):
    pytest.importorskip("distributed")
    chosen = [(language, code) for _, language, code in blocks((PAGES / "many-files.md").read_text())]
    folder, done = run_blocks(chosen, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "; 40 of them were there already" in done.stdout
    parts = [f"part-{number:02d}.parquet" for number in range(40)]
    for name in parts:
        assert (folder / "codes" / name).read_bytes() == (folder / "codes-by-dask" / name).read_bytes()
    with diabolo.open(folder / "codes.parquet") as whole, diabolo.open(folder / "codes") as apart:
        assert (whole[:] == apart[:]).all()


# What the page of many models finds, and what it says of a cluster elsewhere, as it is on this machine.
MADE = """
import h5py, numpy
rows = numpy.random.default_rng(0).normal(size=(60, 20)).cumsum(axis=1)
numpy.savetxt("table.csv", rows[:, :6], delimiter=",", header="a,b,c,d,e,f", comments="")
with h5py.File("table.h5", "w") as file:
    file["data"], file["age"] = rows, rows[:, 3]
"""
HERE = {
    'Client("tcp://scheduler:8786")': 'Client(n_workers=2, threads_per_worker=1, dashboard_address=":0")',
    '"/shared/table.h5"': '"table.h5"',
    "n_components=(32, 64, 128)": "n_components=(2, 4), seeds=(0,)",
    'ray.init("auto")': "ray.init(num_cpus=2, include_dashboard=False, object_store_memory=2**28)",
}
ENDED = """
assert len(search.best_estimator_.history_["loss"]) == 5 and len(sweep.rows) == 2
client.cluster.close()
client.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("with_ray", [False, True])
def test_the_page_of_many_models(tmp_path, monkeypatch, with_ray):
    pytest.importorskip("distributed")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    found = [(language, code) for _, language, code in blocks((PAGES / "many-models.md").read_text())]
    text = "".join(code for _, code in found)
    assert [text.count(each) for each in HERE] == [1, 1, 2, 1]
    chosen = [("python", MADE)]
    for language, code in found:
        for there, here in HERE.items():
            code = code.replace(there, here)
        if with_ray or "ray.init" not in code:
            chosen.append((language, code))
    folder, done = run_blocks([*chosen, ("python", ENDED)], tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = ((folder / name).read_text().splitlines() for name in ("sweep.csv", "sweep-by-dask.csv"))
    assert len(one) == 3
    # All but the seconds, which are the last column.
    assert [line.rpartition(",")[0] for line in one] == [line.rpartition(",")[0] for line in two]
