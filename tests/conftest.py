"""Shared by the whole suite: real rows, and compiled programs kept for the session."""

import gc
import importlib.util
import itertools
import os
import pathlib
import tempfile

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

ROOT = pathlib.Path(__file__).parents[1]

# One cache for the whole session, so that workers and subprocesses share what they compile.
if "DIABOLO_CACHE_DIR" not in os.environ:
    os.environ["DIABOLO_CACHE_DIR"] = os.path.join(tempfile.gettempdir(), f"diabolo-tests-{os.getuid()}")  # noqa: PTH118

# scikit-learn's contract tests arrays of other libraries only where SciPy was told to take them.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

# Packages that Diabolo does without, or that only tests need. Not every Python has wheels of each;
# where one is not installed, what imports it is skipped by its name.
GUESTS = (
    *("dask", "distributed", "equinox", "flask", "flask_cors", "flatbuffers", "fsspec", "gcsfs", "jaxtyping"),
    *("moto", "onnx", "onnxruntime", "optax", "optuna", "pandas", "playwright", "polars", "pyarrow"),
    *("python_calamine", "ray", "s3fs", "skl2onnx", "tensorboardX", "zarr"),
)
ABSENT = {name for name in GUESTS if importlib.util.find_spec(name) is None}

# How long an example takes says how much else the machine does.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

_FIRST_STATES = {}
_MODULES_DONE = itertools.count(1)
_LOOK_AT_ALL_EVERY = 50


def absent(said):
    """Say what a test has to have and lacks: elsewhere it is skipped, under CI that is a failure."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(said)


def absent_guest(problem):
    """Name the guest whose absence an exception is about, or None."""
    while problem is not None:
        name = (getattr(problem, "name", None) or "").partition(".")[0]
        if isinstance(problem, ModuleNotFoundError) and name in ABSENT:
            return name
        problem = problem.__cause__
    return None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Skip a file of tests that imports a guest who is not here."""
    report = yield
    guest = report.failed and absent_guest(report.call.excinfo.value)
    if guest and os.environ.get("CI") != "true":
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, f"Skipped: {guest} is not installed")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    """Skip a test that imports a guest who is not here."""
    return (yield from skipped_without_guests())


def skipped_without_guests():
    try:
        return (yield)
    except ModuleNotFoundError as problem:
        guest = absent_guest(problem)
        if guest is None:
            raise
        absent(f"{guest} is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Set a module's generator back, so that a test draws the same numbers whatever ran before it."""
    module = getattr(item, "module", None)
    random = getattr(module, "RANDOM", None)
    if random is not None:
        first = _FIRST_STATES.setdefault(module.__name__, random.bit_generator.state)
        random.bit_generator.state = first
    return (yield from skipped_without_guests())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Keep what modules leave behind (imports, what JAX has traced) out of later garbage collections.

    After some thousand tests it is millions of objects, and each collection of all of them takes two seconds.
    """
    done = yield
    if nextitem is None or nextitem.path != item.path:
        if next(_MODULES_DONE) % _LOOK_AT_ALL_EVERY == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
    return done


@pytest.fixture(scope="session")
def digits():
    from diabolo.datasets import load_digits

    return load_digits()


@pytest.fixture
def rows():
    """Make 60 rows of 6 correlated columns, of which three numbers a row decide all."""
    random = np.random.default_rng(7)
    return (random.normal(size=(60, 3)) @ random.normal(size=(3, 6))).astype(np.float32)


@pytest.fixture
def data_folder():
    """Give the folder of real data that is no part of the project."""
    named = os.environ.get("DIABOLO_DATA", "")
    folder = pathlib.Path(named)
    if not named or not folder.is_dir():
        absent("DIABOLO_DATA names no folder")
    return folder


@pytest.fixture
def packaged_series():
    """Make sure that the package which carries a public series is installed, as ``make test`` does."""
    if importlib.util.find_spec("aeon") is None:
        absent("aeon is not here: pip install --no-deps -r requirements-data.lock")


@pytest.fixture
def real_set():
    """Make sure that a real data set is on this machine; nothing is downloaded."""

    def check(name):
        from diabolo.datasets.catalog import CATALOG
        from diabolo.datasets.files import files_here

        dataset = CATALOG[name]
        _, missing = files_here(dataset)
        if missing:
            package = f"apt-get install {dataset.debian_package}" if dataset.debian_package else ""
            ways = ["set DIABOLO_DATA", *filter(None, [package, dataset.command])]
            absent(f"{dataset.title} is not here ({', '.join(missing)}): {', or '.join(ways)}")

    return check


@pytest.fixture(scope="session")
def store_server():
    from tests.data.store_server import s3_server

    with s3_server() as between:
        yield between


@pytest.fixture
def s3(store_server, monkeypatch):
    """Give an empty bucket of a store on this machine, and what stands between."""
    import fsspec

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-that-no-message-holds")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word-that-no-message-holds")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{store_server.port}")
    store_server.reset()
    fs, name = fsspec.filesystem("s3", use_listings_cache=False), f"bucket-{os.urandom(4).hex()}"
    fs.mkdir(name)
    store_server.fs, store_server.bucket = fs, f"s3://{name}"
    yield store_server
    store_server.reset()
