"""Fits kept in a folder: what goes on, what is refused and in which words, and what each setting does."""

import itertools
import json
import os
import re

import jax
import numpy as np
import pytest

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, Checkpoint
from diabolo.checkpoints import folder as kept
from diabolo.errors import CheckpointError, ParameterError
from diabolo.evaluation import latent_sweep
from diabolo.training.stages import Snapshot

RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(60, 2)) @ RANDOM.normal(size=(2, 5)) + 0.1 * RANDOM.normal(size=(60, 5))).astype(
    "f4"
)


class StoppedError(Exception):
    """Ends a fit where a checkpoint has been written."""


def made(**settings):
    settings = {"initializer": "glorot_uniform", "max_epochs": 6, "early_stopping": True, **settings}
    return Autoencoder(2, **{"batch_size": 8, "random_state": 0, **settings})


def numbers(fitted):
    leaves = [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(fitted.network_.network)]
    # As text, in which NaN is equal to NaN.
    return leaves, repr({name: column for name, column in fitted.history_.items() if name != "seconds"})


@pytest.fixture
def stopped(monkeypatch, tmp_path):
    """Begin a fit, and end it after so many checkpoints; return its folder."""

    def begin(fit, n_written, every="1-epochs", keep=2):
        written = itertools.count(1)
        write = kept.Folder.write

        def counted(self, *given):
            write(self, *given)
            if next(written) == n_written:
                raise StoppedError

        with monkeypatch.context() as patched:
            patched.setattr(kept.Folder, "write", counted)
            with pytest.raises(StoppedError):
                fit(Checkpoint(tmp_path / "state", every=every, keep=keep))
        return tmp_path / "state"

    return begin


def moments(folder):
    return sorted(path.name for path in folder.glob("checkpoint.*"))


def test_a_stopped_fit_goes_on_to_the_same_bits(stopped):
    folder = stopped(lambda checkpoint: made().fit(X, checkpoint=checkpoint), 3)
    assert moments(folder) == [f"checkpoint.network.{n:08d}.safetensors" for n in (2, 3)]
    whole, fitted = made().fit(X), made()
    fitted.fit(X, checkpoint=folder)
    assert numbers(fitted) == numbers(whole)
    assert moments(folder) == ["checkpoint.network.finished.safetensors"]


def test_it_does_not_train_again_what_is_done(stopped, monkeypatch):
    from diabolo.training.engine import Engine

    folder = stopped(lambda checkpoint: made().fit(X, checkpoint=checkpoint), 3)
    run, epochs = Engine.run, []
    monkeypatch.setattr(Engine, "run", lambda self, *given: epochs.append(self.n_epochs) or run(self, *given))
    made().fit(X, checkpoint=folder)
    assert epochs == [3, 4, 5]
    made().fit(X, checkpoint=folder)  # is finished
    assert epochs == [3, 4, 5]


def test_a_seed_that_was_drawn_stays(stopped):
    folder = stopped(lambda checkpoint: made(random_state=None).fit(X, checkpoint=checkpoint), 2)
    seed = json.loads((folder / "fit.json").read_text())["known"]["seed"]
    first = made(random_state=None).fit(X, checkpoint=folder)
    assert numbers(made(random_state=None).fit(X, checkpoint=folder)) == numbers(first)
    assert json.loads((folder / "fit.json").read_text())["known"]["seed"] == seed


@pytest.mark.parametrize("n_written", [1, 2, 3])
def test_layers_go_on_within_their_pretraining(stopped, n_written):
    settings = {
        "hidden_layer_sizes": (6,),
        "pretrain": "layerwise",
        "pretrain_epochs": 2,
        "early_stopping": False,
    }
    folder = stopped(lambda checkpoint: made(**settings).fit(X, checkpoint=checkpoint), n_written, every="0s")
    whole, fitted = made(**settings).fit(X), made(**settings).fit(X, checkpoint=folder)
    assert numbers(fitted) == numbers(whole)
    losses = [[history["loss"] for history in each.pretrain_history_] for each in (whole, fitted)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("n_written", [2, 15])
def test_folds_that_say_how_long_to_train_go_on(stopped, n_written):
    curve = np.column_stack([X[:, 0], X[:, 0] ** 2, np.sin(2 * X[:, 0])]).astype("f4")

    def fit(checkpoint=None):
        return Autoencoder(1, n_iter_no_change=1, random_state=0).fit(curve, checkpoint=checkpoint)

    folder = stopped(fit, n_written, every="0s")
    whole, fitted = fit(), fit(folder)
    assert numbers(fitted) == numbers(whole)
    assert (fitted.best_epoch_, fitted.start_loss_) == (whole.best_epoch_, whole.start_loss_)


def test_a_detector_keeps_each_of_its_networks(stopped):
    detector = AutoencoderDetector(made(max_epochs=2), n_members=2, cv=2, random_state=0)
    folder = stopped(lambda checkpoint: detector.fit(X, checkpoint=checkpoint), 2, every="1h")
    assert moments(folder)[:2] == [
        "checkpoint.all.networks-0.finished.safetensors",
        "checkpoint.fold-0.networks-0.finished.safetensors",
    ]
    whole = AutoencoderDetector(made(max_epochs=2), n_members=2, cv=2, random_state=0).fit(X)
    detector.fit(X, checkpoint=folder)
    assert detector.training_scores_.tobytes() == whole.training_scores_.tobytes()
    assert detector.anomaly_score(X).tobytes() == whole.anomaly_score(X).tobytes()


def test_few_rows_of_many_features_are_not_multiplied_again(tmp_path, monkeypatch):
    from diabolo.estimators import _row_space

    wide = RANDOM.normal(size=(20, 400))
    first = Autoencoder(2, random_state=0).fit(wide, checkpoint=tmp_path)
    monkeypatch.setattr(_row_space, "row_space", None)
    again = Autoencoder(2, random_state=0).fit(wide, checkpoint=tmp_path)
    assert again.trained_on_ == "scores"
    assert numbers(again) == numbers(first)


def test_a_sweep_goes_on_within_a_training(stopped):
    base = made()
    runs = {"n_components": (1, 2), "seeds": (0,), "autoencoder": base}
    folder = stopped(lambda checkpoint: latent_sweep(X, **runs, checkpoint=checkpoint), 8)
    assert [path.name for path in sorted(folder.iterdir())] == ["1-0", "2-0"]
    path = folder.parent / "runs.jsonl"
    found = latent_sweep(X, **runs, checkpoint=folder, path=path)
    errors = [run["reconstruction_error"] for run in found.runs]
    assert errors == [run["reconstruction_error"] for run in latent_sweep(X, **runs).runs]
    assert not folder.exists() or not list(folder.iterdir())  # the runs are in the other file


# What each setting does.


def test_every_says_after_how_many_epochs(tmp_path, monkeypatch):
    counts, write = {}, kept.Folder.write
    for every in ("1-epochs", "3-epochs", "1h", "0s"):
        calls = []
        monkeypatch.setattr(
            kept.Folder, "write", lambda self, *given, calls=calls: calls.append(given) or write(self, *given)
        )
        made().fit(X, checkpoint=Checkpoint(tmp_path / every, every=every))
        counts[every] = len(calls)
    # Of six epochs; the last one is the result.
    assert counts == {"1-epochs": 6, "3-epochs": 2, "1h": 1, "0s": 6}


def test_within_an_epoch_it_is_written_by_time_alone(tmp_path, monkeypatch):
    from diabolo.training import placement

    monkeypatch.setattr(placement, "is_resident", lambda *_: False)
    monkeypatch.setattr(placement, "chunk_rows_of", lambda row_bytes, n_rows, batch_size: batch_size)
    seen, write = [], kept.Folder.write

    def noted(self, stage, number, snapshot):
        seen.append(snapshot.record["engine"]["n_chunks"])
        write(self, stage, number, snapshot)

    monkeypatch.setattr(kept.Folder, "write", noted)
    settings = {"early_stopping": False, "max_epochs": 2}
    fitted = made(**settings).fit(X, checkpoint=Checkpoint(tmp_path / "time", every="0s"))
    # 60 rows are 8 chunks of a batch; before the first nothing is new, and after the last the epoch is over.
    assert seen == [1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0]
    seen.clear()
    made(**settings).fit(X, checkpoint=Checkpoint(tmp_path / "epochs", every="1-epochs"))
    assert seen == [0, 0]
    assert numbers(fitted) == numbers(made(**settings).fit(X))


@pytest.mark.parametrize("n_written", [3, 11])
def test_a_fit_goes_on_within_an_epoch(stopped, monkeypatch, n_written):
    from diabolo.training import placement

    monkeypatch.setattr(placement, "is_resident", lambda *_: False)
    monkeypatch.setattr(placement, "chunk_rows_of", lambda row_bytes, n_rows, batch_size: batch_size)
    settings = {"early_stopping": False, "max_epochs": 2, "noise": 0.1}
    folder = stopped(lambda checkpoint: made(**settings).fit(X, checkpoint=checkpoint), n_written, every="0s")
    assert numbers(made(**settings).fit(X, checkpoint=folder)) == numbers(made(**settings).fit(X))


@pytest.mark.parametrize("keep", [1, 3])
def test_keep_says_how_many_stay(stopped, keep):
    folder = stopped(lambda checkpoint: made().fit(X, checkpoint=checkpoint), 4, keep=keep)
    assert len(moments(folder)) == keep


def test_without_a_checkpoint_nothing_is_taken_apart(monkeypatch):
    from diabolo.training.engine import Engine

    monkeypatch.setattr(Engine, "parts", None)
    made().fit(X)


def test_a_folder_is_cleared(tmp_path):
    checkpoint = Checkpoint(tmp_path / "state")
    assert checkpoint.is_empty
    made().fit(X, checkpoint=checkpoint)
    (tmp_path / "state" / "mine.txt").write_text("kept")
    assert not checkpoint.is_empty
    checkpoint.clear()
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["mine.txt"]


# What is refused, and how.


def refused(match, *given, checkpoint, **settings):
    with pytest.raises(CheckpointError, match=match):
        made(**settings).fit(*given, checkpoint=checkpoint)


@pytest.fixture
def folder(tmp_path):
    made().fit(X, checkpoint=tmp_path / "state")
    return tmp_path / "state"


def test_other_settings_are_refused(folder):
    refused(
        r"state has checkpoints of other settings: learning_rate was 0\.001 there and is 0\.01 now\. "
        r"Choose another folder, or delete this one to begin anew\.$",
        X,
        checkpoint=folder,
        learning_rate=0.01,
    )
    refused("other settings: random_state was 0 there and is 1 now", X, checkpoint=folder, random_state=1)


def test_other_estimators_are_refused(folder):
    with pytest.raises(
        CheckpointError, match="estimator was 'Autoencoder' there and is 'AutoencoderDetector' now"
    ):
        AutoencoderDetector(random_state=0).fit(X, checkpoint=folder)


def test_how_it_is_shown_is_no_other_setting(folder):
    made(verbose=1).fit(X, checkpoint=folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda X: X[:50], "n_rows was 60 there and is 50 now"),
        (lambda X: X[:, :4], "n_features was 5 there and is 4 now"),
        (lambda X: X.astype(np.float64), "dtype was 'float32' there and is 'float64' now"),
        (lambda X: X + 1, "cells was '[0-9a-f]{16}' there and is '[0-9a-f]{16}' now"),
    ],
)
def test_other_data_are_refused(folder, change, said):
    refused(f"state has checkpoints of other data: {said}", change(X), checkpoint=folder)


def test_other_weights_targets_and_held_out_rows_are_refused(tmp_path):
    weights, y = np.arange(1.0, 61.0), X[:, 0]
    given = {"sample_weight": weights, "X_validation": X[:9], "y_validation": y[:9]}
    guided = made(supervision_weight=1.0, max_epochs=1)
    guided.fit(X, y, **given, checkpoint=tmp_path)
    for name, value, said in (
        ("sample_weight", weights + 1, "sample_weight was"),
        ("X_validation", X[1:10], "validation.cells was"),
        ("y_validation", y[1:10], "validation.target was"),
        ("y", -y, "target was"),
    ):
        with pytest.raises(CheckpointError, match=f"checkpoints of other data: {said}"):
            guided.fit(X, **{"y": y, **given, name: value}, checkpoint=tmp_path)


def test_a_cell_that_was_not_looked_at_is_seen_in_the_statistics(folder, monkeypatch):
    from diabolo.data import fingerprint

    monkeypatch.setattr(fingerprint, "_SAMPLE_CELLS", 10)
    other = folder.parent / "other"
    made().fit(X, checkpoint=other)
    changed = X.copy()
    changed[30, 2] += 1
    refused("checkpoints of other data as a whole: (means|deviations) was", changed, checkpoint=other)


def test_parts_of_ones_own_that_start_elsewhere_are_refused(tmp_path):
    def half(seed, shape):
        import equinox

        return equinox.nn.Linear(*shape, key=jax.random.key(seed))

    def fit(seed):
        own = Autoencoder(
            2, encoder=half(seed, (5, 2)), decoder=half(9, (2, 5)), max_epochs=1, random_state=0
        )
        own.fit(X, checkpoint=tmp_path)

    fit(0)
    fit(0)
    with pytest.raises(CheckpointError, match="checkpoints of other encoder and decoder: numbers was"):
        fit(1)


@pytest.mark.parametrize("package", ["diabolo", "jax", "jaxlib", "numpy"])
def test_other_versions_are_refused(folder, package):
    head = json.loads((folder / "fit.json").read_text())
    now = head["versions"][package]
    head["versions"][package] = "0.0.1"
    (folder / "fit.json").write_text(json.dumps(head))
    refused(
        rf"state has checkpoints of other versions: {package} was '0\.0\.1' there and is '{re.escape(now)}' "
        r"now\. Go on with those, or choose another folder to begin anew\.$",
        X,
        checkpoint=folder,
    )


def test_another_format_is_refused(folder):
    head = json.loads((folder / "fit.json").read_text())
    (folder / "fit.json").write_text(json.dumps({**head, "format": "diabolo checkpoint 1"}))
    refused("format was 'diabolo checkpoint 1' there and is 'diabolo checkpoint 2' now", X, checkpoint=folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"versions": 1, "known": {}}', "[" * 100_000, "[]," * 2**20]
)
def test_a_damaged_head_is_refused(folder, text):
    (folder / "fit.json").write_text(text)
    refused(r"fit\.json is damaged: it does not say of what fit", X, checkpoint=folder)


def test_a_missing_head_is_refused(folder):
    (folder / "fit.json").unlink()
    refused(r"state has checkpoints, but fit\.json, which says of what fit, is missing", X, checkpoint=folder)


def test_a_damaged_checkpoint_is_refused_and_the_one_before_it_serves(stopped):
    folder = stopped(lambda checkpoint: made().fit(X, checkpoint=checkpoint), 3)
    newest = folder / moments(folder)[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    refused(
        "00000003.safetensors is damaged: .* Delete it to go on from the one before it", X, checkpoint=folder
    )
    newest.unlink()
    assert numbers(made().fit(X, checkpoint=folder)) == numbers(made().fit(X))


def test_arrays_of_another_network_are_refused(folder):
    from diabolo.checkpoints.state_file import read_snapshot, write_snapshot

    (path,) = folder.glob("checkpoint.*")
    of = f"{json.loads((folder / 'fit.json').read_text())['fit']} {path.name}"
    moment = read_snapshot(path, of)
    short = {**moment.arrays, "parameters.0": moment.arrays["parameters.0"][:-1]}
    write_snapshot(path, moment._replace(arrays=short), of)
    refused(
        r"finished\.safetensors is not of this fit: 'parameters\.0' is float32 of shape", X, checkpoint=folder
    )
    for record in ({}, {**moment.record, "engine": None}, {**moment.record, "stopping": {"x": 1}}):
        write_snapshot(path, Snapshot(moment.arrays, record, is_finished=True), of)
        refused("is not of this fit: ", X, checkpoint=folder)
    write_snapshot(path, moment._replace(is_finished=False), of)
    refused("is damaged: it is not what its name says", X, checkpoint=folder)


def forged(folder, known=None, record=None, arrays=None):
    """Write what is known of a fit, or the one file of a stage, otherwise, with sums that fit."""
    from diabolo.checkpoints.state_file import read_snapshot, write_snapshot

    head = json.loads((folder / "fit.json").read_text())
    (path,) = folder.glob("checkpoint.*")
    moment = read_snapshot(path, of := f"{head['fit']} {path.name}")
    changed = {**moment.arrays, **(arrays or {})}
    write_snapshot(path, Snapshot(changed, {**moment.record, **(record or {})}, moment.is_finished), of)
    del head["sha256"]
    head["known"] |= known or {}
    (folder / "fit.json").write_text(json.dumps({**head, "sha256": kept._digest(head)}))


def test_what_is_forged_to_what_it_was_goes_on(folder):
    forged(folder)
    made().fit(X, checkpoint=folder)


def test_a_seed_that_is_another_in_the_file_is_damage(folder):
    head = json.loads((folder / "fit.json").read_text())
    head["known"]["seed"] += 1
    (folder / "fit.json").write_text(json.dumps(head))
    refused(r"fit\.json is damaged: it does not say of what fit", X, checkpoint=folder)


@pytest.mark.parametrize(
    "known",
    [
        {"seed": -1},
        {"seed": 2**31},
        {"seed": "1"},
        {"seed": [1]},
        {"turned": True},
        {"turned": 0},
        {"memory": 5},
        {"memory": [1, -1]},
        {"memory": [1, 2**62]},
    ],
)
def test_what_no_process_decides_is_refused(folder, known):
    forged(folder, known)
    refused(r"fit\.json is damaged: it does not say of what fit", X, checkpoint=folder)


@pytest.mark.parametrize("processors", [0, "2", True, 2**40, 2])
def test_shares_of_members_that_no_process_decides_are_refused(tmp_path, processors, monkeypatch):
    detector = AutoencoderDetector(
        made(max_epochs=1, early_stopping=False), n_members=2, cv=2, random_state=0
    )
    detector.fit(X, checkpoint=tmp_path)
    if processors == 2:  # of rows that are streamed there is one reader
        from diabolo.training import placement

        monkeypatch.setattr(placement, "is_resident", lambda *_: False)
    head = json.loads((tmp_path / "fit.json").read_text())
    del head["sha256"]
    head["known"]["all.processors"] = processors
    (tmp_path / "fit.json").write_text(json.dumps({**head, "sha256": kept._digest(head)}))
    with pytest.raises(CheckpointError, match=r"fit\.json is damaged"):
        detector.fit(X, checkpoint=tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"record": {"n_done": -1}}, "its n_done is no whole number from 0 to 6"),
        ({"record": {"n_done": 7}}, "its n_done is no whole number from 0 to 6"),
        ({"record": {"n_done": 2}}, "its history is none"),
        ({"record": {"divergence": {"epoch": 1}}}, "it has no Divergence"),
        ({"record": {"start_loss": []}}, "its record is of something else"),
        ({"arrays": {"history.000.loss": np.ones((6, 1))}}, "its history is none"),
    ],
)
def test_a_record_that_no_fit_leaves_is_refused(folder, changes, said):
    forged(folder, **changes)
    refused(f"finished.safetensors is not of this fit: {said}", X, checkpoint=folder)


@pytest.mark.parametrize(
    "engine",
    [
        {"n_steps": -1},
        {"n_epochs": 2**40},
        {"n_epochs": 3},
        {"n_chunks": 1.5},
        {"is_healthy": 1},
        {"rate_share": -1.0},
    ],
)
def test_an_engine_that_no_fit_leaves_is_refused(stopped, engine):
    folder = stopped(lambda checkpoint: made().fit(X, checkpoint=checkpoint), 1)
    from diabolo.checkpoints.state_file import read_snapshot

    (path,) = folder.glob("checkpoint.*")
    of = f"{json.loads((folder / 'fit.json').read_text())['fit']} {path.name}"
    forged(folder, record={"engine": read_snapshot(path, of).record["engine"] | engine})
    refused("00000001.safetensors is not of this fit: it", X, checkpoint=folder)


def test_weights_that_no_step_leaves_are_refused(folder):
    (path,) = folder.glob("checkpoint.*")
    import safetensors.numpy

    weights = safetensors.numpy.load_file(path)["parameters.0"]
    weights[3] = np.nan
    forged(folder, arrays={"parameters.0": weights})
    refused("'parameters.0' has numbers that are not finite, or beyond all measure", X, checkpoint=folder)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"turning": [1, 2**40]}, "its turning is no whole number from 0 to"),
        ({"turning": [2, 1]}, "its turning is no whole number from 0 to"),
        ({"turning": [1]}, "not enough values"),
        ({"best_epoch": 2**40}, "its best_epoch is no whole number from 0 to"),
        ({"n_best": 99}, "its n_best is no whole number from 0 to"),
        ({"stretch": [[{"epoch": 1}]]}, "it has no EpochReport"),
        ({"stretch": None}, "its record is of something else"),
        ({"engines": []}, "zip"),
    ],
)
def test_a_record_that_no_folds_leave_is_refused(stopped, record, said):
    def fit(checkpoint):
        return Autoencoder(1, n_iter_no_change=1, random_state=0).fit(X, checkpoint=checkpoint)

    folder = stopped(fit, 1, every="0s")
    forged(folder, record=record)
    with pytest.raises(CheckpointError, match=f"length.00000001.safetensors is not of this fit: {said}"):
        fit(folder)


def test_a_fit_that_has_diverged_says_so_again(tmp_path):
    from diabolo.errors import TrainingDivergedError

    said = []
    for _ in range(2):
        with pytest.raises(TrainingDivergedError) as caught:
            made(optimizer="sgd", learning_rate=1e12, early_stopping=False).fit(X, checkpoint=tmp_path)
        said.append(str(caught.value))
    assert moments(tmp_path) == ["checkpoint.network.finished.safetensors"]
    assert said[0] == said[1]


def test_axes_that_are_not_of_these_rows_are_refused(tmp_path):
    wide = np.random.default_rng(0).normal(size=(12, 300))
    fit = Autoencoder(2, max_epochs=2, random_state=0)
    fit.fit(wide, checkpoint=tmp_path)
    (tmp_path / "checkpoint.network.finished.safetensors").unlink()
    (path,) = tmp_path.glob("checkpoint.row-space.*")
    whole = path.read_bytes()
    import safetensors.numpy

    scores = safetensors.numpy.load_file(path)["scores"]
    bent = scores.copy()
    bent[0, 0] = 1e300
    for arrays, said in (
        ({"scores": bent}, "its space is none"),
        ({"scores": scores.astype(np.float32)}, "its space is none"),
        ({"scores": scores[1:], "sides": scores[1:]}, "its space is of other rows"),
        ({"scores": scores[0], "sides": scores[0]}, "its space is of other rows"),
        ({"scores": scores[1:]}, "it has no space of rows"),
        ({"more": scores}, "it has no space of rows"),
    ):
        forged(tmp_path, arrays=arrays)
        with pytest.raises(
            CheckpointError, match=f"row-space.finished.safetensors is not of this fit: {said}"
        ):
            fit.fit(wide, checkpoint=tmp_path)
        path.write_bytes(whole)
    fit.fit(wide, checkpoint=tmp_path)


def test_files_of_another_fit_or_moment_are_refused(tmp_path, folder):
    made(random_state=1).fit(X, checkpoint=tmp_path / "other")
    (path,) = folder.glob("checkpoint.*")
    said = "is damaged: it is not what its name says, or comes from another folder"
    whole = path.read_bytes()
    path.write_bytes((tmp_path / "other" / path.name).read_bytes())
    refused(said, X, checkpoint=folder)
    path.unlink()
    (folder / "checkpoint.network.00000001.safetensors").write_bytes(whole)
    refused(said, X, checkpoint=folder)


@pytest.mark.parametrize("name", ["fit.json", "in-use.lock"])
def test_pipes_are_refused_at_once(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(f"{name} is a pipe or a device, where a file of a checkpoint is expected", X, checkpoint=folder)


def test_a_folder_is_of_one_fit_at_a_time(folder):
    with (
        diabolo.checkpoints.opened(folder),
        pytest.raises(CheckpointError, match="state is in use by another fit; wait for its end"),
    ):
        made().fit(X, checkpoint=folder)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("mine")
    refused(
        r"file cannot be a folder of checkpoints \((File exists|Not a directory)\)",
        X,
        checkpoint=tmp_path / "file",
    )


@pytest.mark.parametrize("every", ["5", "5x", "", "0-epochs", -1, True, None, [5], float("nan")])
def test_an_interval_that_is_none_is_refused(tmp_path, every):
    with pytest.raises(ParameterError, match=r"^every=.* is not possible; expected a time such as '5m'"):
        Checkpoint(tmp_path, every=every)


@pytest.mark.parametrize("keep", [0, -1, 1.5, "2", None])
def test_keeping_none_is_refused(tmp_path, keep):
    with pytest.raises(ParameterError, match=r"^keep=.* expected a whole number, 1 or more\.$"):
        Checkpoint(tmp_path, keep=keep)


@pytest.mark.parametrize("given", [5, "", True, object()])
def test_what_is_no_folder_is_refused(given):
    with pytest.raises(
        ParameterError, match=r"^checkpoint=.* is not possible; expected the path of a folder"
    ):
        made().fit(X, checkpoint=given)


def test_of_folds_that_are_done_no_more_is_asked(tmp_path, monkeypatch):
    from diabolo.estimators import _training

    prepare, folds = _training.prepared, []
    monkeypatch.setattr(
        _training,
        "prepared",
        lambda *given, **more: folds.append(more.get("fold")) or prepare(*given, **more),
    )
    first = Autoencoder(1, n_iter_no_change=1, random_state=0).fit(X, checkpoint=tmp_path)
    assert folds.count(None) < len(folds)
    folds.clear()
    again = Autoencoder(1, n_iter_no_change=1, random_state=0).fit(X, checkpoint=tmp_path)
    assert folds.count(None) == len(folds)
    assert numbers(again) == numbers(first)


def test_a_fit_of_another_precision_does_not_go_on(tmp_path):
    rows = np.random.default_rng(0).random((30, 4))
    settings = {"n_components": 2, "max_epochs": 2, "random_state": 0}
    diabolo.Autoencoder(precision="high", **settings).fit(rows, checkpoint=tmp_path)
    with pytest.raises(CheckpointError, match="precision was 'high' there and is 'fast' now"):
        diabolo.Autoencoder(precision="fast", **settings).fit(rows, checkpoint=tmp_path)
