"""Each example in its quick setting: it runs, draws, and its numbers are finite."""

import importlib
import json
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import examples
from examples import EXAMPLES
from examples.__main__ import main
from examples.references import KERAS

matplotlib.use("agg")

NEEDS = {"fashion": "fashion-mnist", "mnist": "mnist"}


@pytest.fixture
def have_data(real_set, request):
    """Make sure that the data of an example are here."""

    def check(name):
        data = NEEDS.get(name.partition("_")[0])
        if data is not None:
            real_set(data)
        if name == "series_anomalies":
            request.getfixturevalue("packaged_series")
        if name.startswith(("ecg", "methylation")):
            request.getfixturevalue("data_folder")

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
    assert max(lengths.values()) < 90, lengths


def test_the_runner_writes_numbers_and_a_page(tmp_path, capsys):
    assert main(["guided_code", "--quick", "--out", str(tmp_path / "out")]) == 0
    numbers = json.loads((tmp_path / "out" / "guided_code.json").read_text())
    page = (tmp_path / "out" / "examples.md").read_text()
    for figure in numbers:
        assert f"| guided_code | {figure} | " in page
    assert "guided_code: a code that keeps" in capsys.readouterr().out


def test_the_runner_refuses_what_is_not_there(capsys):
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "no example named nothing: choose from digits_map," in capsys.readouterr().err


def test_an_example_without_its_rows_is_skipped_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DIABOLO_DATA", raising=False)
    monkeypatch.setattr("examples.__main__.EXAMPLES", {"methylation_age": "brains"})
    assert main(["--quick", "--out", str(tmp_path)]) == 0
    said = "skipped: gse74193.npz is not here: DIABOLO_DATA must name a folder that has it"
    assert said in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert main(["methylation_age", "--quick", "--out", str(tmp_path)]) == 1


def test_quick_numbers_are_not_recorded(capsys):
    with pytest.raises(SystemExit):
        main(["--quick", "--record"])
    assert "--record keeps what full runs reach; leave --quick out" in capsys.readouterr().err
