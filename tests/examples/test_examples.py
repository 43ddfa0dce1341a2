"""Each example in its quick setting: it runs, draws, and its numbers are finite."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import diabolo
import examples
from diabolo.datasets.catalog import CATALOG
from examples import DATA_SETS, EXAMPLES
from examples.__main__ import keep_pictures, main
from examples.references import KERAS
from examples.telling import told

matplotlib.use("agg")


@pytest.fixture
def have_data(real_set, request):
    """Make sure that the data of an example are here."""

    def check(name):
        data = DATA_SETS.get(name)
        if data is not None:
            real_set(data)

    return check


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_draws_and_measures(name, have_data, tmp_path):
    have_data(name)
    numbers = importlib.import_module(f"examples.{name}").main(tmp_path, quick=True)
    plt.close("all")
    assert set(KERAS.get(name, {})) <= set(numbers)
    assert all(np.isfinite(values).all() for values in numbers.values())
    pictures = list(tmp_path.glob("*.png"))
    assert pictures
    for path in pictures:
        picture = plt.imread(path)
        assert picture.shape[0] > 100
        assert len(np.unique(picture[..., :3])) > 2


def test_every_program_is_listed():
    folder = Path(examples.__file__).parent
    programs = {path.stem for path in folder.glob("*.py") if "def main(out: Path" in path.read_text()}
    assert programs == set(EXAMPLES)
    assert set(KERAS) <= set(EXAMPLES)


def test_every_program_is_short():
    folder = Path(examples.__file__).parent
    lengths = {name: len((folder / f"{name}.py").read_text().splitlines()) for name in EXAMPLES}
    assert max(lengths.values()) <= 100, lengths


def test_every_set_that_is_loaded_is_one_of_the_list():
    folder = Path(examples.__file__).parent
    loads = {name: (folder / f"{name}.py").read_text() for name in EXAMPLES}
    assert {name for name, text in loads.items() if "diabolo.datasets" in text} == set(DATA_SETS)
    for name, data in DATA_SETS.items():
        assert data in CATALOG
        assert f"load_{data.replace('-', '_')}" in loads[name] or f'CATALOG["{data}"]' in loads[name]


def test_readme_lists_every_example_and_its_rows():
    text = (Path(examples.__file__).parents[1] / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert set(EXAMPLES) | {"methylation"} <= set(listed)
    for name, data in DATA_SETS.items():
        assert listed[name].split(",")[0] == data


@pytest.mark.parametrize("name", [*EXAMPLES, "methylation"])
def test_every_example_is_a_program_and_a_name(name, capsys):
    text = (Path(examples.__file__).parent / f"{name}.py").read_text()
    assert 'if __name__ == "__main__":' in text
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert "usage: python -m examples" in capsys.readouterr().out


def test_an_example_runs_by_its_path_from_any_folder(tmp_path):
    file = Path(examples.__file__).parent / "sparse_features.py"
    command = [sys.executable, str(file), "--quick", "--out", "pictures"]
    # diabolo alone is found, and not the package of examples.
    environment = {**os.environ, "PYTHONPATH": str(Path(diabolo.__file__).parents[1])}
    environment["PYTHONWARNINGS"] = "ignore"  # that so few epochs teach little
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        "sparse_features: a code wider than the digits, kept sparse",
        "  rows: digits, of 'diabolo datasets list'",
    ]
    assert "  191 units, seed 0" in lines  # before it is trained
    assert any(line.startswith("epoch 1/1  loss ") for line in lines)
    assert (tmp_path / "pictures" / "sparse_features.png").is_file()


def test_an_autoencoder_says_how_it_gets_on(capsys):
    random = np.random.default_rng(0)
    model = told("a small one", diabolo.Autoencoder(1, hidden_layer_sizes=(), max_epochs=20))
    assert model.fit(random.normal(size=(20, 3)).astype(np.float32)).verbose == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  a small one"
    assert [line.partition("  ")[0] for line in lines[1:]] == [f"epoch {n}/20" for n in (1, *range(2, 21, 2))]


def test_the_runner_writes_numbers_and_a_page(tmp_path, capsys):
    assert main(["guided_code", "--quick", "--out", str(tmp_path / "out")]) == 0
    numbers = json.loads((tmp_path / "out" / "guided_code.json").read_text())
    page = (tmp_path / "out" / "examples.md").read_text()
    for figure in numbers:
        assert f"| guided_code | {figure} | " in page
    assert "guided_code: a code that keeps" in capsys.readouterr().out


def test_pictures_are_kept_by_the_example_that_drew_them_in_few_colors(tmp_path):
    figure, ax = plt.subplots(figsize=(2, 2))
    ax.imshow(np.random.default_rng(0).random((8, 8)))
    for name in ("mnist_deep", "mnist_deep_between", "mnist_dense"):
        figure.savefig(tmp_path / f"{name}.png", dpi=50)
    plt.close(figure)
    keep_pictures("mnist_deep", tmp_path, tmp_path / "kept")
    kept = sorted((tmp_path / "kept").iterdir())
    assert [path.name for path in kept] == ["mnist_deep.png", "mnist_deep_between.png"]
    for path in kept:
        with Image.open(path) as image:
            assert (image.mode, image.size) == ("P", (100, 100))


def test_the_runner_refuses_what_is_not_there(capsys):
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "no example named nothing: choose from digits_map," in capsys.readouterr().err


def test_an_example_without_its_rows_is_skipped_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DIABOLO_DATA", raising=False)
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    monkeypatch.setattr("examples.__main__.EXAMPLES", {"methylation_age": "brains"})
    assert main(["--quick", "--out", str(tmp_path)]) == 0
    said = "skipped: The DNA methylation of 472 brains (GSE74193) is not on this machine; to have it: pip"
    assert said in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert main(["methylation_age", "--quick", "--out", str(tmp_path)]) == 1


def test_quick_numbers_are_not_recorded(capsys):
    with pytest.raises(SystemExit):
        main(["--quick", "--record"])
    assert "--record keeps what full runs reach; leave --quick out" in capsys.readouterr().err
