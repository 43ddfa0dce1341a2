"""One small model for all tests of the command line: what takes time is compiling, once for each shape."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import diabolo
from diabolo.cli import detect_threshold, main, written_files
from diabolo.data import atomic
from diabolo.data.remote_file import RemoteFile

matplotlib.use("agg")

LABELS = ["007", "ä", 'a "b", c', " x ", "1e3"]
NAMES = ["w", "x", "y", "z"]


@dataclass(frozen=True)
class Files:
    """What the tests read; nothing writes to it."""

    folder: Path
    table: Path
    array: Path
    archive: Path
    images: Path
    model: Path
    image_model: Path
    codes: Path
    labels: list[str]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(3)
    rows = rng.uniform(0, 1, (30, 4)).round(3)
    labels = [LABELS[n % len(LABELS)] for n in range(30)]
    table = folder / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*NAMES, "kind"])
        writer.writerows([*row, label] for row, label in zip(rows, labels, strict=True))
    np.save(folder / "rows.npy", rows)
    np.savez(folder / "rows.npz", X=rows, kind=np.array(labels))
    np.save(folder / "images.npy", rng.uniform(0, 16, (12, 16)))
    model, image_model, codes = folder / "small.diabolo", folder / "images.diabolo", folder / "codes.csv"
    quick = ["--hidden", "4", "--epochs", "2", "--quiet"]
    main(["fit", str(table), "--labels", "kind", "-o", str(model), "--validation-fraction", "0.2", *quick])
    main(["fit", str(folder / "images.npy"), "-o", str(image_model), *quick])
    main(["encode", str(model), str(table), "--labels", "kind", "-o", str(codes), "--json"])
    return Files(
        folder,
        table,
        folder / "rows.npy",
        folder / "rows.npz",
        folder / "images.npy",
        model,
        image_model,
        codes,
        labels,
    )


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command; give back its status and what it said on stdout and on stderr.

    Whatever it writes must have been held against what it reads, before any work was done.
    """
    checked: list[Path] = []
    written: list[Path] = []

    def note_checked(path: Path, **more: bool) -> None:
        checked.append(path.resolve() if isinstance(path, Path) else path)
        check_place(path, **more)

    def note_written(path: Path, *more: object) -> object:
        written.append(path.resolve())
        return places(path, *more)

    check_place, places = written_files.check_place, atomic._places
    for module in (written_files, detect_threshold):
        monkeypatch.setattr(module, "check_place", note_checked)

    def note_sent(path: RemoteFile, *more: object, **named: object) -> object:
        written.append(path)
        return sent(path, *more, **named)

    sent = atomic.sent
    monkeypatch.setattr(atomic, "_places", note_written)
    monkeypatch.setattr(atomic, "sent", note_sent)

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        checked.clear()
        written.clear()
        try:
            main([os.fspath(word) if isinstance(word, Path) else str(word) for word in words])
            status = 0
        except SystemExit as leaving:
            status = leaving.code
        if words[:1] != ("datasets",):  # which may download files that nobody typed
            for path in written:
                is_stream = isinstance(path, Path) and path.parent.name.startswith("diabolo-")
                assert is_stream or path in checked, f"{path} was not looked at"
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of a process that must find this very package, wherever it runs."""
    return {**os.environ, "PYTHONPATH": str(Path(diabolo.__file__).parents[1])}


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)


@dataclass(frozen=True)
class Iris:
    """scikit-learn's irises as a table with an id and a label of text, and a detector of setosas."""

    table: Path
    rows: np.ndarray
    labels: list[str]
    names: list[str]
    model: Path

    @property
    def typed(self) -> list[str]:
        """What must be typed to read the table."""
        return ["--labels", "species", "--keep", "id"]

    def detector(self) -> diabolo.AutoencoderDetector:
        """Load the detector, its columns' names taken off."""
        model = diabolo.load(self.model)
        del model.feature_names_in_
        return model


@pytest.fixture(scope="session")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Iris:
    from sklearn.datasets import load_iris

    data = load_iris()
    rows = data.data
    labels = [str(data.target_names[target]) for target in data.target]
    names = ["sepal length", "sepal width", "petals, long", "p"]
    folder = tmp_path_factory.mktemp("iris")
    table = folder / "iris.csv"
    with table.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["id", *names, "species"])
        writer.writerows(
            [f'r{n}, "x"', *map(str, row), label]
            for n, (row, label) in enumerate(zip(rows, labels, strict=True))
        )
    found = Iris(table, rows, labels, names, folder / "iris.diabolo")
    main(["detect", "fit", str(table), *found.typed, "--normal", "setosa", "-o", str(found.model), "-q"])
    return found


@dataclass(frozen=True)
class Wide:
    """Rows of people with ages, in HDF5, and a model that was fitted with some of the people held out."""

    folder: Path
    table: Path
    rows: np.ndarray
    age: np.ndarray
    person: np.ndarray
    names: list[str]
    model: Path

    typed = ("--target", "age", "--supervision-weight", "1", "--hold-out", "10", "--hold-out-by", "person")
    quick = ("--hidden", "4", "--epochs", "2", "--quiet")

    def written(self, path: Path, **changes: object) -> Path:
        """Write the table with some of its parts changed; None leaves one out."""
        import h5py

        parts: dict[str, object] = {
            "data": self.rows,
            "age": self.age,
            "person": self.person.tolist(),
            "feature_names": self.names,
        }
        with h5py.File(path, "w") as file:
            for name, values in {**parts, **changes}.items():
                if values is not None:
                    file[name] = values
        return path


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Wide:
    random = np.random.default_rng(8)
    age = random.uniform(0, 100, 40).round(2)
    rows = random.normal(size=(40, 6)).astype(np.float32)
    rows[:, 1] += age / 20
    rows[:, 4] -= age / 30
    person = np.array([f"p{n // 3}" for n in range(40)])
    folder = tmp_path_factory.mktemp("wide")
    names = [f"site{n}" for n in range(6)]
    made = Wide(folder, folder / "wide.h5", rows, age, person, names, folder / "wide.diabolo")
    made.written(made.table)
    main(["fit", str(made.table), "-o", str(made.model), *made.typed, *made.quick])
    return made
