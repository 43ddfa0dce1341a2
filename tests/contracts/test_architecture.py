"""Who may import whom, as docs/explanation/architecture.md draws it, read from the source itself."""

import ast
import re
import sys
from pathlib import Path

import pytest

import diabolo

ROOT = Path(diabolo.__file__).parent

# Room -> rooms it may import beside itself and what is open to all.
MAY_IMPORT = {
    "parameters": {"data"},
    "cluster": set(),
    "core": set(),
    "data": set(),
    "training": {"cluster", "core"},
    "checkpoints": {"cluster", "data", "training"},
    "linear": set(),
    "detection": set(),
    "screening": {"cluster", "data"},
    "series": {"data"},
    "workers": {"data"},
    "groups": {"data", "screening"},
    "estimators": {"checkpoints", "cluster", "core", "data", "detection", "linear", "screening", "training"},
    "evaluation": {"checkpoints", "core", "data", "estimators", "linear"},
    "datasets": {"data"},
    "persistence": {"core", "data", "detection", "estimators", "linear", "training"},
    "export": {"core", "data", "detection", "estimators", "training"},
    "plotting": {"data", "training"},
    "reporting": {
        "data",
        "datasets",
        "detection",
        "estimators",
        "evaluation",
        "persistence",
        "plotting",
        "series",
        "training",
    },
    "cli": {
        "checkpoints",
        "cluster",
        "core",
        "data",
        "detection",
        "training",
        "screening",
        "series",
        "estimators",
        "evaluation",
        "export",
        "groups",
        "datasets",
        "persistence",
        "plotting",
        "reporting",
        "workers",
        "",  # the package itself, where its users begin, too
    },
}
# What lies outside of the rooms.
ROOT_MAY_IMPORT = {
    "__init__.py": {"errors"},  # which name is near one that there is not
    "__main__.py": {"cli"},
    "errors.py": {"messages"},
    "messages.py": set(),
    "pyod.py": {"errors", "estimators", "messages"},
    "result_table.py": {"errors"},
}
OPEN_TO_ALL = {"errors", "messages", "parameters", "result_table"}

# Third-party package -> where it may be imported; numpy is free.
HOMES = {
    "jax": ("cluster", "core", "training", "persistence/model_record.py", "export/stablehlo.py"),
    "sklearn": (
        "estimators",
        "detection",
        "evaluation",
        "groups",
        "datasets/digits.py",
        "datasets/tables.py",
        "reporting",
    ),
    "scipy": (
        *(
            "pyod.py",
            "screening",
            "linear",
            "groups",
            "core/numpy_primitives.py",
            "estimators/_one_thread.py",
        ),
        *("training/measurement.py", "detection/thresholds.py"),
    ),
    "matplotlib": ("plotting", "cli"),
    "mpl_toolkits": ("plotting",),
    "fsspec": (
        "data/byte_ranges.py",
        "data/object_store.py",
        "data/remote_file.py",
        "data/formats/zarr_elsewhere.py",
    ),
    "aiohttp": ("data/object_store.py",),
    "python_calamine": ("data/formats/excel.py",),
    "h5py": ("data/formats/hdf5.py", "data/formats/hdf5_members.py"),
    "zarr": ("data/formats/zarr.py", "data/formats/zarr_elsewhere.py"),
    "numcodecs": ("data/formats/zarr.py",),
    "pandas": ("estimators/_category_rows.py", "result_table.py"),
    "polars": ("estimators/_category_rows.py",),
    "pyarrow": (
        "data/arrow_source.py",
        "data/fixed_lists.py",
        "data/formats/arrow.py",
        "data/formats/arrow_sink.py",
    ),
    "onnx": ("export/onnx_model.py", "export/skl2onnx_converter.py"),
    "skl2onnx": ("export/skl2onnx_converter.py",),
    "safetensors": ("persistence",),
    "rich": ("training/progress.py", "datasets/downloading.py", "cli"),
    "shtab": ("cli",),
    "threadpoolctl": ("groups", "estimators/_one_thread.py", "workers/one_thread.py"),
    "joblib": ("estimators/_tasks.py", "workers/local.py", "workers/pool.py"),
    "distributed": ("workers/on_dask.py",),
    "cloudpickle": ("estimators/_tasks.py",),
    "ray": ("workers/on_ray.py",),
}
STANDARD = sys.stdlib_module_names | {"compression"}  # of Python 3.14

# What numpy.random offers that makes a generator of one's own.
MAKERS = {"Generator", "SFC64", "PCG64", "SeedSequence", "default_rng", "RandomState"}


def sources():
    return sorted(ROOT.rglob("*.py"))


def import_statements(path):
    """Yield a file's imports that run, in functions too; those for the type checker alone do not count."""
    tree = ast.parse(path.read_text())
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped.update(id(child) for statement in node.body for child in ast.walk(statement))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in skipped:
            assert isinstance(node, ast.Import) or node.level == 0, f"{path}: relative import"
            yield node


def imports_of(path):
    """List the modules that a file imports."""
    found = []
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        else:
            found.append(node.module)
            if node.module == "diabolo":
                found += [f"diabolo.{alias.name}" for alias in node.names]
    return found


def module_name(path):
    parts = ("diabolo", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph():
    """Map each module to those that it imports, now or later."""
    paths = {module_name(path): path for path in sources()}
    graph = {}
    for name, path in paths.items():
        found = set()
        for node in import_statements(path):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            else:
                # A module of a folder, or a name that the folder's __init__ has.
                inner = (f"{node.module}.{alias.name}" for alias in node.names)
                found.update(name if name in paths else node.module for name in inner)
        graph[name] = found & set(paths)
    # The package imports its public names at their first use.
    homes = {home.partition(":")[0] for home in diabolo._HOME.values()}
    graph["diabolo"] |= homes | {f"diabolo.{room}" for room in diabolo._ROOMS}
    return graph


def circle_in(graph):
    """Find modules that import each other in a circle, the first of them again at the end; or None."""
    done = set()

    def search(name, trail):
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name not in done:
            for other in sorted(graph[name]):
                circle = search(other, [*trail, name])
                if circle is not None:
                    return circle
            done.add(name)
        return None

    circles = (search(name, []) for name in sorted(graph))
    return next((circle for circle in circles if circle is not None), None)


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
            allowed = ROOT_MAY_IMPORT[path.name] if room is None else MAY_IMPORT[room] | {room} | OPEN_TO_ALL
            assert target in allowed, f"{room or path.name} may not import {name}"
        elif package not in STANDARD and package != "numpy":
            assert package in HOMES, f"{name} has no home room; add it to the table and to docs/decisions"
            place = path.relative_to(ROOT).as_posix()
            assert any(place == home or place.startswith(f"{home}/") for home in HOMES[package]), (
                f"{name} is imported in {place}; its home is {HOMES[package]}"
            )


@pytest.mark.parametrize("path", sorted((ROOT / "cli").glob("*.py")), ids=lambda path: path.name)
def test_the_command_line_uses_no_private_door(path):
    for node in import_statements(path):
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names.append(node.module)
        private = [
            name for name in names if name != "__future__" and any(p[:1] == "_" for p in name.split("."))
        ]
        assert not private, f"{path.name} imports {private}"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            owner = ast.unparse(node.value)
            assert owner in ("self", "super()"), f"{path.name} reaches into {owner}.{node.attr}"


def test_no_modules_import_each_other_in_a_circle():
    graph = import_graph()
    circle = circle_in(graph)
    assert circle is None, " -> ".join(circle)


def test_a_circle_is_found_and_shown():
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": {"d"}, "d": {"b"}}
    assert circle_in(graph) == ["b", "c", "d", "b"]
    assert circle_in({**graph, "d": set()}) is None


def test_a_class_name_occurs_once():
    places = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module_name(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


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
