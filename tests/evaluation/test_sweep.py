import csv
import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error

from diabolo import Autoencoder
from diabolo.data.array_source import ArraySource
from diabolo.data.hold_out import HoldOut
from diabolo.errors import DataFileError, InputError, ParameterError
from diabolo.evaluation import downstream_score, latent_sweep

BASE = Autoencoder(hidden_layer_sizes=(8,), max_epochs=2)


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(3)
    X = random.normal(size=(100, 12)).astype(np.float32)
    return X, 50 + 10 * X[:, 0] - 5 * X[:, 1] + random.normal(size=100)


def sweep_of(people, sizes=(2, 4), seeds=(0, 1), **more):
    return latent_sweep(*people, sizes, seeds=seeds, **{"autoencoder": BASE, **more})


def without_seconds(sweep):
    return [{name: value for name, value in run.items() if name != "seconds"} for run in sweep.runs]


class StoppedError(Exception):
    pass


def test_each_run_is_what_training_and_measuring_by_hand_gives(people):
    X, y = people
    run = sweep_of(people).runs[3]
    assert (run["n_components"], run["seed"]) == (4, 1)
    training, held_out = HoldOut(0.2).split(100)
    source = ArraySource(X)
    trained = Autoencoder(4, hidden_layer_sizes=(8,), max_epochs=2, random_state=1).fit(source.rows(training))
    expected = mean_absolute_error(X[held_out], trained.reconstruct(X[held_out]))
    assert run["reconstruction_error"] == pytest.approx(expected, rel=1e-5)
    score = downstream_score(trained, X[training], y[training], X[held_out], y[held_out])
    assert run["downstream"] == pytest.approx(score["code"], rel=1e-4)
    assert run["mean_predictor"] == pytest.approx(np.abs(y[held_out] - y[training].mean()).mean())
    assert run["head"] is None
    assert run["seconds"] > 0


def test_a_row_a_size_with_its_interval(people):
    sweep = sweep_of(people, seeds=(0, 1, 2))
    row = sweep.rows[1]
    found = [run["downstream"] for run in sweep.runs if run["n_components"] == 4]
    assert (row["n_features"], row["n_components"], row["n_seeds"]) == (12, 4, 3)
    assert row["downstream"] == pytest.approx(np.mean(found))
    assert (row["downstream_lowest"], row["downstream_highest"]) == (min(found), max(found))
    assert row["downstream_standard_error"] == pytest.approx(np.std(found, ddof=1) / np.sqrt(3))
    assert len(set(found)) == 3
    assert np.isnan(sweep_of(people, (2,), (0,)).rows[0]["downstream_standard_error"])


def test_a_stopped_sweep_goes_on_where_it_was_and_ends_as_in_one_go(people, tmp_path, monkeypatch):
    path = tmp_path / "sweep.jsonl"

    def stop(n_done, n_all, run):
        assert n_all == 4
        if n_done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        sweep_of(people, path=path, progress=stop)
    assert len(path.read_text().splitlines()) == 1 + 3
    fitted, told = [], []
    fit = Autoencoder.fit

    def counted(self, *given, **more):
        fitted.append((self.n_components, self.random_state))
        return fit(self, *given, **more)

    monkeypatch.setattr(Autoencoder, "fit", counted)
    resumed = sweep_of(people, path=path, progress=lambda *each: told.append(each[:2]))
    assert fitted == [(4, 1)]
    assert told == [(4, 4)]
    assert without_seconds(resumed) == without_seconds(sweep_of(people))
    fitted.clear()
    again = sweep_of(people, (4, 2), (1,), path=path)
    assert fitted == []
    assert again.runs == (resumed.runs[3], resumed.runs[1])
    sweep_of(people, (2,), (5,), path=path)
    assert fitted == [(2, 5)]
    fitted.clear()
    sweep_of(people, (2,), (0,), path=path, resume=False)
    assert fitted == [(2, 0)]
    assert len(path.read_text().splitlines()) == 2


def test_a_stop_within_a_training_leaves_the_runs_before_it(people, tmp_path, monkeypatch):
    path = tmp_path / "sweep.jsonl"
    fit = Autoencoder.fit

    def breaking(self, *given, **more):
        if self.n_components == 4:
            raise KeyboardInterrupt
        return fit(self, *given, **more)

    monkeypatch.setattr(Autoencoder, "fit", breaking)
    with pytest.raises(KeyboardInterrupt):
        sweep_of(people, path=path)
    assert [json.loads(line)["seed"] for line in path.read_text().splitlines()[1:]] == [0, 1]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"autoencoder": Autoencoder(hidden_layer_sizes=(9,), max_epochs=2)},
         "sweep of other settings: autoencoder.hidden_layer_sizes was [8] there and is [9] now"),
        ({"model": Ridge()}, "sweep of other settings: model was None there and is {'estimator': 'Ridge'"),
        ({"hold_out": 0.3}, "sweep of other data: held_out was"),
    ],
)  # fmt: skip
def test_other_settings_are_refused(people, tmp_path, change, text):
    path = tmp_path / "sweep.jsonl"
    sweep_of(people, (2,), (0,), path=path)
    before = path.read_text()
    with pytest.raises(InputError) as caught:
        sweep_of(people, (2,), (0,), path=path, **change)
    assert text in str(caught.value)
    assert str(caught.value).endswith("; give another path, or resume=False to begin it anew.")
    assert path.read_text() == before


def test_other_data_are_refused(people, tmp_path):
    path = tmp_path / "sweep.jsonl"
    X, y = people
    sweep_of(people, (2,), (0,), path=path)
    for changed, what in (
        ((X + 1, y), "cells was"),
        ((X, y + 1), "target was"),
        ((X[1:], y[1:]), "n_rows was 100 there and is 99 now"),
    ):
        with pytest.raises(InputError, match=f"a sweep of other data: {what}"):
            sweep_of(changed, (2,), (0,), path=path)


def test_what_is_no_sweep_is_refused(people, tmp_path):
    path = tmp_path / "sweep.jsonl"
    for text, number in (("hello\n", 1), ("", 1)):
        path.write_text(text)
        with pytest.raises(DataFileError, match=f"line {number} is none of a sweep's; choose another file"):
            sweep_of(people, (2,), (0,), path=path)
    sweep_of(people, (2,), (0,), path=path, resume=False)
    path.write_text(path.read_text() + '{"n_comp')
    with pytest.raises(DataFileError, match="line 3 is none of a sweep's"):
        sweep_of(people, (2,), (0,), path=path)
    path.write_text('{"format": "other", "settings": {}, "data": {}}\n')
    with pytest.raises(DataFileError, match="has the format 'other'; expected 'diabolo sweep 1'"):
        sweep_of(people, (2,), (0,), path=path)


def test_a_path_that_cannot_be_written_is_known_before_the_first_training(people, tmp_path, monkeypatch):
    monkeypatch.setattr(Autoencoder, "fit", None)
    with pytest.raises(DataFileError, match=r"the folder .* does not exist"):
        sweep_of(people, path=tmp_path / "nowhere" / "sweep.jsonl")


def test_the_same_rows_are_held_out_for_all_and_groups_together(people):
    X, y = people
    group = np.arange(100) // 10
    source = ArraySource(X, carried={"age": y, "person": group}, target_name="age")
    named = sweep_of((source, None), (2,), (0,), groups="person")
    given = sweep_of((X, y), (2,), (0,), groups=group)
    assert without_seconds(named) == without_seconds(given)
    training, held_out = HoldOut(0.2).split(100, group)
    expected = np.abs(y[held_out] - y[training].mean()).mean()
    assert named.runs[0]["mean_predictor"] == pytest.approx(expected)
    assert sweep_of(people, (2,), (0,)).runs[0]["mean_predictor"] != pytest.approx(expected)
    listed = sweep_of(people, (2,), (0,), hold_out=held_out.tolist())
    assert without_seconds(listed) == without_seconds(given)


def test_a_guided_code_is_trained_with_the_target(people):
    base = Autoencoder(hidden_layer_sizes=(8,), max_epochs=300, learning_rate=1e-2, supervision_weight=5.0)
    guided = sweep_of(people, (2,), (0,), autoencoder=base)
    plain = sweep_of(people, (2,), (0,))
    assert guided.rows[0]["downstream"] < plain.rows[0]["downstream"]
    assert guided.rows[0]["head"] < guided.rows[0]["mean_predictor"]


def test_without_a_target_only_reconstruction_is_measured(people):
    sweep = sweep_of((people[0], None), (2,), (0,))
    assert sweep.metric is None
    assert sweep.rows[0]["downstream"] is None
    assert sweep.rows[0]["reconstruction_error"] > 0
    assert str(sweep).splitlines()[1].split()[2] == "-"


def test_classes_and_a_model_of_ones_own(people):
    X, y = people
    old = (y > 50).astype(int)
    assert sweep_of((X, old), (2,), (0,)).metric == "accuracy"
    assert sweep_of((X, old), (2,), (0,), supervision="regression").metric == "mean_absolute_error"
    ridged = sweep_of((X, old), (2,), (0,), model=Ridge())
    assert ridged.metric == "mean_absolute_error"


def test_it_is_written_as_a_table_and_printed(people, tmp_path):
    sweep = sweep_of(people)
    sweep.to_csv(tmp_path / "sweep.csv")
    with (tmp_path / "sweep.csv").open() as handle:
        written = list(csv.DictReader(handle))
    assert [row["n_components"] for row in written] == ["2", "4"]
    assert float(written[1]["downstream_highest"]) == sweep.rows[1]["downstream_highest"]
    assert written[0]["head"] == ""
    lines = str(sweep).splitlines()
    assert len(lines) == 3
    assert lines[2].split()[:3] == [
        "4", f"{sweep.rows[1]['reconstruction_error']:.4g}", f"{sweep.rows[1]['downstream']:.4g}"
    ]  # fmt: skip


def test_what_cannot_be_is_refused(people):
    X, y = people
    for name, given in (("n_components", ()), ("n_components", (2, 2)), ("n_components", (0,))):
        with pytest.raises(ParameterError, match=f"{name} must be different whole numbers of at least 1"):
            sweep_of(people, given)
    with pytest.raises(ParameterError, match=r"seeds must be different whole numbers .* got 3"):
        sweep_of(people, seeds=3)
    with pytest.raises(ParameterError, match="carries no column 'person' to hold out by; it carries none"):
        sweep_of(people, groups="person")
    with pytest.raises(
        InputError, match=r"groups has the shape \(3,\); expected the name of a column, or \(100,\)"
    ):
        sweep_of(people, groups=[1, 2, 3])
    with pytest.raises(InputError, match="is infinite in row 99"):
        sweep_of((X, np.r_[y[:-1], np.inf]))
    held = [3, 4, 5, 6]
    for gaps, what in ((held, "4 rows that are held out, and known in 96"), (np.arange(10, 100), "")):
        unknown = y.copy()
        unknown[gaps] = np.nan
        rest = held if what else np.arange(10)
        message = what or "90 rows to train on, and known in 10"
        with pytest.raises(
            InputError, match=f"the target of .* is missing in all {message} others; hold out"
        ):
            sweep_of((X, unknown), hold_out=rest)


def test_rows_without_a_known_target_are_trained_on_and_rebuilt(people, tmp_path):
    X, y = people
    gaps = y.copy()
    gaps[::3] = np.nan
    guided = Autoencoder(hidden_layer_sizes=(8,), max_epochs=2, supervision_weight=1.0)
    found = sweep_of((X, gaps), (2,), (0,), autoencoder=guided, path=tmp_path / "runs", model=Ridge())
    training, held = HoldOut(0.2).split(100)
    trained = Autoencoder(2, hidden_layer_sizes=(8,), max_epochs=2, supervision_weight=1.0, random_state=0)
    trained.fit(X[training], gaps[training])
    known, measured = (part[~np.isnan(gaps[part])] for part in (training, held))
    peer = Ridge().fit(trained.transform(X[known]).astype(float), y[known])
    miss = mean_absolute_error(y[measured], peer.predict(trained.transform(X[measured]).astype(float)))
    assert found.runs[0]["downstream"] == pytest.approx(miss, rel=1e-6)
    head = mean_absolute_error(y[measured], trained.predict(X[measured]))
    assert found.runs[0]["head"] == pytest.approx(head, rel=1e-6)
    rebuilt = np.abs(trained.reconstruct(X[held]) - X[held]).mean()
    assert found.runs[0]["reconstruction_error"] == pytest.approx(rebuilt, rel=1e-5)
    again = sweep_of((X, gaps), (2,), (0,), autoencoder=guided, path=tmp_path / "runs", model=Ridge())
    assert again.runs == found.runs


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_runs_at_once_are_the_same_are_written_and_told(people, tmp_path, n_jobs):
    told = []
    path = tmp_path / "runs.jsonl"
    at_once = sweep_of(
        people, n_jobs=n_jobs, path=path, progress=lambda done, of, run: told.append((done, of))
    )
    assert without_seconds(at_once) == without_seconds(sweep_of(people))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(path.read_text().splitlines()) == 5
    assert without_seconds(sweep_of(people, n_jobs=n_jobs, path=path)) == without_seconds(at_once)
    assert len(told) == 4


def test_runs_at_once_keep_each_its_checkpoint(people, tmp_path):
    kept = sweep_of(people, n_jobs=2, checkpoint=tmp_path / "state")
    assert without_seconds(kept) == without_seconds(sweep_of(people))
    assert {each.name for each in (tmp_path / "state").iterdir() if each.is_dir()} >= {"2-0", "4-1"}


def test_runs_at_once_show_no_epochs(people, capsys):
    loud = Autoencoder(hidden_layer_sizes=(8,), max_epochs=2, verbose=1)
    sweep_of(people, autoencoder=loud, n_jobs=2)
    assert capsys.readouterr().out == ""
    with pytest.raises(
        ParameterError, match=r"^n_jobs=0 is not possible; expected a whole number other than 0"
    ):
        sweep_of(people, n_jobs=0)
