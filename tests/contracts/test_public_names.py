"""Public = exported = documented, and importing costs next to nothing."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import diabolo
import diabolo.datasets
import diabolo.detection
import diabolo.errors
import diabolo.evaluation
import diabolo.plotting
import diabolo.pyod
import diabolo.screening
import diabolo.series
import diabolo.workers
from diabolo.core.penalties import PENALTIES
from diabolo.training.history import COLUMNS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference.md").read_text()

PUBLIC = [(diabolo, name) for name in [*diabolo.__all__, "open"] if name != "__version__"]
PUBLIC += [(diabolo.datasets, name) for name in diabolo.datasets.__all__]
PUBLIC += [(diabolo.detection, name) for name in diabolo.detection.__all__]
PUBLIC += [(diabolo.errors, name) for name in diabolo.errors.__all__]
PUBLIC += [(diabolo.evaluation, name) for name in diabolo.evaluation.__all__]
PUBLIC += [(diabolo.pyod, name) for name in diabolo.pyod.__all__]
PUBLIC += [(diabolo.screening, name) for name in diabolo.screening.__all__]
PUBLIC += [(diabolo.series, name) for name in diabolo.series.__all__]
PUBLIC += [(diabolo.workers, name) for name in diabolo.workers.__all__]
PUBLIC += [(diabolo.plotting, name) for name in diabolo.plotting.__all__]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_a_public_name_exists_and_is_documented(module, name):
    thing = getattr(module, name)
    assert inspect.getdoc(thing)
    assert f"`{name}" in REFERENCE, f"docs/reference.md does not mention {name}"


def test_the_list_of_names_is_what_dir_shows():
    assert dir(diabolo) == sorted([*diabolo.__all__, "open"])


def test_whoever_imports_all_keeps_the_built_in_open():
    names = {"open": open}
    exec("from diabolo import *", names)
    assert names["open"] is open
    assert names["Autoencoder"] is diabolo.Autoencoder
    assert diabolo.open is not open


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'diabolo' has no attribute 'Autoencode'"):
        _ = diabolo.Autoencode


def public_methods():
    for name in [*diabolo.__all__, "open"]:
        thing = getattr(diabolo, name)
        if inspect.isclass(thing):
            for method, function in inspect.getmembers(thing, inspect.isfunction):
                if not method.startswith("_") and function.__module__.startswith("diabolo"):
                    yield pytest.param(function, id=f"{name}.{method}")
        elif inspect.isfunction(thing):
            yield pytest.param(thing, id=name)


@pytest.mark.parametrize("function", list(public_methods()))
def test_a_public_function_documents_every_parameter_and_is_annotated(function):
    documentation = inspect.getdoc(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self":
            continue
        assert name in documentation, f"{function.__qualname__}: {name} is not documented"
        assert parameter.annotation is not inspect.Parameter.empty
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty
    first = documentation.splitlines()[0]
    assert first.endswith("."), first


CLASSES = [name for name in diabolo.__all__ if inspect.isclass(getattr(diabolo, name))]
SECTION = re.compile(r"\nParameters\n-+\n(.*?)\n\n\w[\w ]*\n-+\n", re.DOTALL)


def entries_of(documentation):
    """List the parameters of each entry of numpydoc's section: one name, or several with commas between."""
    section = SECTION.search(documentation)[1]
    heads = [line.partition(" : ")[0] for line in section.splitlines() if not line.startswith(" ")]
    return [[name.strip() for name in head.split(",")] for head in heads]


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_documents_its_parameters_and_no_others(name):
    entries = entries_of(inspect.getdoc(getattr(diabolo, name)))
    named = [parameter for entry in entries for parameter in entry]
    assert sorted(named) == sorted(inspect.signature(getattr(diabolo, name)).parameters)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_documents_its_parameters_in_order_within_an_entry(name):
    """What an estimator has for itself comes first; what it shares with another is one entry at the end."""
    order = list(inspect.signature(getattr(diabolo, name)).parameters)
    for entry in entries_of(inspect.getdoc(getattr(diabolo, name))):
        assert entry == sorted(entry, key=order.index)
    if name == "Autoencoder":
        entries = entries_of(inspect.getdoc(diabolo.Autoencoder))
        assert [parameter for entry in entries for parameter in entry] == order


def test_an_estimator_documents_every_attribute_that_fit_leaves():
    fitted = diabolo.Autoencoder(max_epochs=1, supervision_weight=1.0).fit(
        np.arange(20.0).reshape(10, 2) / 20, ["a", "b"] * 5
    )
    attributes = (
        inspect.getdoc(diabolo.Autoencoder).partition("\nAttributes\n")[2].partition("\nReferences\n")[0]
    )
    left = [name for name in vars(fitted) if name.endswith("_") and not name.startswith("_")]
    for name in [*left, "classes_", *COLUMNS]:
        name = name.removeprefix("validation_")
        if name in PENALTIES:  # which the docstring names where they are a parameter
            continue
        assert re.search(rf"\b{name}\b", attributes), name


def in_a_new_process(code, home):
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    environment.pop("DIABOLO_CACHE_DIR", None)
    return subprocess.run(
        [sys.executable, *code], capture_output=True, text=True, env=environment, cwd=home, check=True
    ).stdout


HEAVY = {"jax", "sklearn", "numpy", "matplotlib"} | {
    *("fsspec", "s3fs", "gcsfs", "aiohttp", "botocore"),
    *("dask", "distributed", "ray"),
    *("asyncio", "ssl"),  # which only those who speak to servers need
}


def test_import_reaches_no_heavy_package_and_leaves_no_file(tmp_path):
    code = f"import sys, diabolo; print(sorted({HEAVY} & set(sys.modules)))"
    assert in_a_new_process(["-B", "-c", code], tmp_path).strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_help_reaches_no_heavy_package_and_leaves_no_file(tmp_path):
    code = (
        "import sys, contextlib\nfrom diabolo.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    shown = in_a_new_process(["-B", "-c", code], tmp_path)
    assert shown.strip().endswith("[]")
    assert "demo" in shown
    assert list(tmp_path.iterdir()) == []
