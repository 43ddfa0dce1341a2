"""One input that cannot be used, and the folder in which it is handed in."""

import ast
import contextlib
import functools
import hashlib
import inspect
import io
import re
import shlex
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pandas as pd

import diabolo
from diabolo.cli import main
from diabolo.errors import DiaboloError, DiaboloWarning


class Said(NamedTuple):
    """What came of it: the error's class or the exit status, the sentence, and the seconds of work."""

    kind: str
    sentence: str
    seconds: float


@dataclass(frozen=True)
class BadInput:
    """A title as a user would say it, what is done, and the files that are made for it.

    What is done is a lambda that is given the `Workbench`, or the words of a command.
    """

    title: str
    act: Callable[["Workbench"], Any] | str
    files: Mapping[str, str | bytes | Callable[[Path], Any] | None] = field(default_factory=dict)

    @property
    def is_command(self) -> bool:
        return isinstance(self.act, str)

    @property
    def given(self) -> str:
        """What is typed, as a reader of the page would."""
        if isinstance(self.act, str):
            return f"diabolo {self.act}"
        body = re.sub(r"\bit\.", "", _bodies(inspect.getsourcefile(self.act))[self.title])
        body = re.sub(r"^fitted\((.*)\)$", r"Autoencoder(random_state=0).fit(diabolo.open(\1))", body)
        return re.sub(r"^read\((.*)\)$", r"diabolo.open(\1)[:]", body)


@functools.cache
def _bodies(path: str) -> dict[str, str]:
    """Map the titles of a module's inputs to what their lambdas do."""
    calls = (node for node in ast.walk(ast.parse(Path(path).read_text())) if isinstance(node, ast.Call))
    return {
        call.args[0].value: ast.unparse(call.args[1].body)
        for call in calls
        if len(call.args) > 1
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[1], ast.Lambda)
    }


class Workbench:
    """A folder with good tables and models, in which every input is handed in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        random = np.random.default_rng(3)
        self.X = random.uniform(0, 1, (30, 4)).round(3)
        self.y = np.array(["red", "green", "blue"] * 10)
        self.age = random.uniform(20, 80, 30).round(1)
        self.images = random.uniform(0, 1, (12, 4, 4)).astype(np.float32)
        self.series = random.normal(size=(60, 2)).round(3)
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore", DiaboloWarning)
            self._make_files()
            self.model = diabolo.load("small.diabolo")
            self.masked = diabolo.Autoencoder(missing="mask", max_epochs=1, verbose=0).fit(self.X)
            self.detector = diabolo.load("odd.diabolo")
            self.watch = diabolo.AutoencoderDetector().fit(self.X)
            self.pictures = diabolo.load("pictures.diabolo")

    def _make_files(self) -> None:
        header = "w,x,y,z,kind,age\n"
        lines = [
            ",".join([*map(str, row), kind, str(age)])
            for row, kind, age in zip(self.X.tolist(), self.y, self.age.tolist(), strict=True)
        ]
        Path("table.csv").write_text(header + "\n".join(lines) + "\n")
        points = [f"2026-03-01 {n // 60:02}:{n % 60:02},{a},{b}" for n, (a, b) in enumerate(self.series)]
        Path("series.csv").write_text("time,flow,pressure\n" + "\n".join(points) + "\n")
        np.save("rows.npy", self.X)
        np.savez("rows.npz", X=self.X, kind=self.y)
        np.save("images.npy", self.images.reshape(12, 16))
        quick = "--epochs 1 --quiet"
        columns = "--labels kind --keep age"
        for words in (
            f"fit table.csv {columns} -o small.diabolo --hidden none {quick}",
            f"fit images.npy --kind convolutional --image-shape 4,4 --filters 2 -o pictures.diabolo {quick}",
            f"encode small.diabolo table.csv {columns} -o codes.csv",
            f"detect fit table.csv {columns} --normal red -o odd.diabolo --quiet",
            "detect fit series.csv --time time --window 5 -o pump.diabolo --quiet",
        ):
            main(shlex.split(words))

    def frame(self, **columns: Any) -> pd.DataFrame:
        """Give the rows with names, and with further columns or others."""
        return pd.DataFrame(self.X, columns=["w", "x", "y", "z"]).assign(**columns)

    def hand_in(self, bad: BadInput) -> Said:
        """Make its files, do it where one package is absent, and take away all that was made."""
        with contextlib.chdir(self.folder):
            try:
                for name, content in bad.files.items():
                    _make(Path(name), content)
                before = _state()
                started = time.process_time()
                with warnings.catch_warnings(), mock.patch.dict(sys.modules, {"gcsfs": None}):
                    warnings.simplefilter("ignore", DiaboloWarning)
                    kind, sentence = _command(bad.act) if isinstance(bad.act, str) else _call(bad.act, self)
                seconds = time.process_time() - started
                assert _state() == before, "a file was written or changed"
            finally:
                for name in bad.files:
                    path = Path(name)
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return Said(kind, sentence.replace(str(self.folder), "FOLDER"), seconds)


def _make(path: Path, content: str | bytes | Callable[[Path], Any] | None) -> None:
    if content is None:
        path.mkdir()
    elif isinstance(content, str):
        path.write_text(content)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def _state() -> dict[str, str]:
    files = sorted(path for path in Path().rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _call(act: Callable[[Workbench], Any], bench: Workbench) -> tuple[str, str]:
    try:
        act(bench)
    except DiaboloError as problem:
        return type(problem).__name__, str(problem)
    return "nothing", ""


def _command(words: str) -> tuple[str, str]:
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(shlex.split(words))
        except SystemExit as leaving:
            status = int(str(leaving.code))
    shown = err.getvalue().replace("\nor to ", "; or to ")  # a second command has a line of its own
    lines = [line for line in shown.splitlines() if not line.startswith("note: ")]
    assert all(line.startswith("diabolo: ") for line in lines), err.getvalue()
    return str(status), "\n".join(line.removeprefix("diabolo: ") for line in lines)
