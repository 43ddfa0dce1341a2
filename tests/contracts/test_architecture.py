"""Who may import whom, as docs/explanation/architecture.md draws it, read from the source itself."""

import ast
import re
import sys
from pathlib import Path

import pytest

import diabolo

ROOT = Path(diabolo.__file__).parent

# Room -> rooms it may import beside itself and diabolo.errors.
MAY_IMPORT = {
    "core": set(),
    "data": set(),
    "training": {"core"},
    "detection": set(),
    "screening": {"data"},
    "estimators": {"core", "data", "detection", "screening", "training"},
    "evaluation": {"core", "data", "estimators"},
    "datasets": {"data"},
    "persistence": {"core", "data", "detection", "estimators", "training"},
    "plotting": {"data", "training"},
    "pyod": {"estimators"},
    "cli": {
        "core",
        "data",
        "detection",
        "training",
        "screening",
        "estimators",
        "evaluation",
        "datasets",
        "persistence",
        "plotting",
    },
}

# Third-party package -> where it may be imported; numpy is free.
HOMES = {
    "jax": ("core", "training", "persistence/model_record.py"),
    "sklearn": ("estimators", "detection", "evaluation", "datasets/digits.py"),
    "scipy": ("pyod", "screening"),
    "matplotlib": ("plotting", "cli"),
    "mpl_toolkits": ("plotting",),
    "h5py": ("data/hdf5_source.py", "data/hdf5_sink.py", "data/h5ad_source.py"),
    "zarr": ("data/zarr_source.py", "data/zarr_sink.py"),
    "pyarrow": ("data/parquet_source.py", "data/parquet_sink.py"),
    "safetensors": ("persistence",),
    "rich": ("training/progress.py", "datasets/download_bar.py", "cli"),
    "typer": ("cli",),
    "click": ("cli",),
}
STANDARD = sys.stdlib_module_names

# What numpy.random offers that makes a generator of one's own.
MAKERS = {"Generator", "SFC64", "PCG64", "SeedSequence", "default_rng", "RandomState"}


def sources():
    return sorted(ROOT.rglob("*.py"))


def imports_of(path):
    """List what a file imports when it runs; imports for the type checker alone do not count."""
    tree = ast.parse(path.read_text())
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped.update(id(child) for statement in node.body for child in ast.walk(statement))
    found = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module)
            if node.module == "diabolo":
                found += [f"diabolo.{alias.name}" for alias in node.names]
    return found


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else None


def test_every_folder_is_a_room_in_the_table():
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path):
    room = room_of(path)
    for name in imports_of(path):
        package, _, rest = name.partition(".")
        if package == "diabolo":
            target = rest.partition(".")[0]
            allowed = MAY_IMPORT.get(room, set()) | {room, "errors", ""}
            if room == "cli" or room is None:
                continue
            assert target in allowed, f"{room} may not import {name}"
        elif package not in STANDARD and package != "numpy":
            assert package in HOMES, f"{name} has no home room; add it to the table and to docs/decisions"
            place = path.relative_to(ROOT).as_posix()
            assert any(place == home or place.startswith(f"{home}/") for home in HOMES[package]), (
                f"{name} is imported in {place}; its home is {HOMES[package]}"
            )


def test_no_room_is_called_utils():
    names = {part for path in sources() for part in path.relative_to(ROOT).parts}
    assert not {name for name in names if "util" in name.lower() or "helper" in name.lower()}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_the_head(path):
    assert len(path.read_text().splitlines()) <= 450


def test_no_file_touches_the_global_random_generators():
    for path in sources():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                names = re.match(r"(?:np|numpy)\.random\.(\w+)", ast.unparse(node))
                assert names is None or names[1] in MAKERS, f"{path}: {ast.unparse(node)}"
