"""Fits kept in a folder: what goes on, what is refused and in which words, and what each setting does."""

import itertools
import json
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
    (folder / "fit.json").write_text(json.dumps({**head, "format": "diabolo checkpoint 2"}))
    refused("format was 'diabolo checkpoint 2' there and is 'diabolo checkpoint 1' now", X, checkpoint=folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"versions": 1, "known": {}}', "[" * 100_000])
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
    moment = read_snapshot(path)
    short = {**moment.arrays, "parameters.0": moment.arrays["parameters.0"][:-1]}
    write_snapshot(path, moment._replace(arrays=short))
    refused(
        r"finished\.safetensors is not of this fit: 'parameters\.0' is float32 of shape", X, checkpoint=folder
    )
    for record in ({}, {**moment.record, "engine": None}, {**moment.record, "stopping": {"x": 1}}):
        write_snapshot(path, Snapshot(moment.arrays, record, is_finished=True))
        refused("is not of this fit: ", X, checkpoint=folder)
    write_snapshot(path, moment._replace(is_finished=False))
    refused("is damaged: it is not what its name says", X, checkpoint=folder)


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
