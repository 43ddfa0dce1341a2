"""The page on following a fit: its blocks in order; those of a package of its own after the first block."""

import struct
from pathlib import Path

import pytest
from tests.test_readme import blocks

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "follow-a-fit.md"
PACKAGES = ("tensorboardX", "optuna", "mlflow", "wandb")


def run(package, folder, monkeypatch):
    """Run the blocks of one package, or those that need none but Diabolo's own, and return their names."""
    monkeypatch.chdir(folder)
    chosen = [code for _, language, code in blocks(PAGE.read_text("utf-8")) if language == "python"]
    of = {
        each: [code for code in chosen if f"import {each}\n" in code or f"from {each} " in code]
        for each in PACKAGES
    }
    assert [len(of[each]) for each in PACKAGES] == [1, 1, 1, 1]
    assert len(chosen) == 11
    own = [code for code in chosen if not any(code in found for found in of.values())]
    # The others stand by themselves after the first block, but for what it takes to save a model.
    todo = own if package is None else [own[0], "import diabolo\n", *of[package]]
    named = {"__name__": "page"}
    for code in todo:
        exec(compile(code, str(PAGE), "exec"), named)  # the page's own code
    return named


def test_what_needs_no_further_package(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn.callback")
    run(None, tmp_path, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert sum(" | Autoencoder - fit #" in line for line in lines) >= 5  # 2 widths x 2 folds, and all rows


def records(path):
    """Read TFRecords: a length, its checksum, the bytes, their checksum."""
    rest = path.read_bytes()
    while rest:
        (length,) = struct.unpack("<Q", rest[:8])
        yield rest[12 : 12 + length]
        rest = rest[16 + length :]


def test_a_folder_of_tensorboard_is_read_back(tmp_path, monkeypatch):
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    history = run("tensorboardX", tmp_path, monkeypatch)["autoencoder"].history_
    (path,) = (tmp_path / "runs" / "digits").glob("events.out.tfevents.*")
    found = {}
    for record in records(path):
        event = Event.FromString(record)
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
    assert set(found) == {f"fit/{name}" for name in history}
    assert [step for step, _ in found["fit/loss"]] == [1, 2, 3]
    assert [value for _, value in found["fit/loss"]] == pytest.approx(history["loss"], rel=1e-6)


@pytest.mark.slow
def test_tensorboard_reads_the_folder(tmp_path, monkeypatch):
    pytest.importorskip("tensorboardX")
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    history = run("tensorboardX", tmp_path, monkeypatch)["autoencoder"].history_
    events = EventAccumulator(str(tmp_path / "runs" / "digits")).Reload()
    assert [each.value for each in events.Scalars("fit/loss")] == pytest.approx(history["loss"], rel=1e-6)


# Optuna says through Python's logging what it does; its dates come from a function that Python 3.12 gave up.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_study_of_optuna_is_pruned(tmp_path, monkeypatch):
    optuna = pytest.importorskip("optuna")
    study = run("optuna", tmp_path, monkeypatch)["study"]
    states = {trial.state for trial in study.trials}
    assert states == {optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("package", ["mlflow", "wandb"])
def test_trackers(tmp_path, monkeypatch, package):
    pytest.importorskip(package)
    run(package, tmp_path, monkeypatch)
