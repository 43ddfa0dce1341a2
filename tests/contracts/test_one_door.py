"""Files are written through data/atomic.py alone: whole, over no input, over nothing of another kind."""

import ast
from pathlib import Path

import pytest

import diabolo

ROOT = Path(diabolo.__file__).parent
WRITERS = {"write_text", "write_bytes", "savefig", "save", "savez", "savez_compressed", "savetxt", "tofile"}
# Where a writer is handed what data/atomic.py gave, or a file that goes with the process.
HANDED = {
    "cli/output.py": {"savefig"},
    "datasets/ecg5000.py": {"savez_compressed"},
    "checkpoints/folder.py": {"open"},  # of the lock
    "data/atomic.py": {"open"},
    "data/disk_cells.py": {"fdopen"},
    "data/formats/csv_sink.py": {"open"},
    "data/formats/csv_copy.py": {"open"},
    "data/formats/hdf5.py": {"open", "File"},
    "data/formats/numpy.py": {"open", "ZipFile"},
    "data/formats/zarr.py": {"open_group"},
    "data/location.py": {"fdopen"},
    "data/remote_file.py": {"open"},
    "reporting/report.py": {"save"},  # of a report, which goes through data/atomic.py
    "persistence/model_file.py": {"save"},  # of safetensors, which gives bytes
    "workers/made_parts.py": {"open"},  # a record that grows by lines; one that was cut off is not read
}


def writes(source):
    """Name the calls of a source that write a file by themselves."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in WRITERS and isinstance(function, ast.Attribute):
            found.add(name)
        words = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
        modes = [
            word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)
        ]
        is_opened = name in ("open", "fdopen", "File", "ZipFile", "open_group")
        if is_opened and any(set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes):
            found.add(name)
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_written_past_it(path):
    assert writes(path.read_text()) <= HANDED.get(path.relative_to(ROOT).as_posix(), set())


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("path.open('w')", "open"),
        ("open(path, mode='ab')", "open"),
        ("h5py.File(path, 'r+')", "File"),
        ("figure.savefig(path)", "savefig"),
        ("np.save(path, rows)", "save"),
        ("path.write_text(text)", "write_text"),
    ],
)
def test_the_look_finds_what_it_looks_for(source, name):
    assert writes(source) == {name}
    assert writes("path.open('rb'); open(path); h5py.File(path, 'r'); save(model, path)") == set()
