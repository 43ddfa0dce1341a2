"""The how-to pages of many files, Dask, Ray and Spark, every block in order, with the real engine."""

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
