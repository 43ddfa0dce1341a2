"""The verbs of ``diabolo detect`` on a series, against the public API."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas
import pytest
from sklearn.metrics import roc_auc_score

import diabolo
from diabolo import AutoencoderDetector, sliding_windows
from diabolo.cli import main
from diabolo.cli.reasons import reason

NAMES = ["heat", "flow", "load"]


@dataclass(frozen=True)
class Sensors:
    """A series of three channels, odd in one of them for a while, with dates and labels; and its model."""

    table: Path
    frame: pandas.DataFrame
    times: np.ndarray
    is_odd: np.ndarray
    model: Path

    typed = ("--time", "date", "--labels", "state")

    def windows(self, **more):
        return sliding_windows(self.frame, 12, timestamps=self.times, **more)

    def scores(self):
        return self.windows().point_scores(AutoencoderDetector(random_state=0).fit(self.windows()))


@pytest.fixture(scope="module")
def sensors(tmp_path_factory):
    random = np.random.default_rng(0)
    time = np.arange(400)[:, None]
    cells = (np.sin(time / [3, 4, 5]) + 0.05 * random.normal(size=(400, 3))).round(4)
    is_odd = (time[:, 0] >= 300) & (time[:, 0] < 312)
    cells[is_odd, 1] += 3
    frame = pandas.DataFrame(cells, columns=NAMES)
    times = np.datetime64("2026-03-01T00:00:00") + np.arange(400) * np.timedelta64(60, "s")
    folder = tmp_path_factory.mktemp("sensors")
    written = frame.assign(date=[str(each).replace("T", " ") for each in times])
    written.assign(state=np.where(is_odd, "odd", "fine")).to_csv(folder / "sensors.csv", index=False)
    made = Sensors(folder / "sensors.csv", frame, times, is_odd, folder / "sensors.diabolo")
    main(["detect", "fit", str(made.table), "--window", "12", *made.typed, "-o", str(made.model), "-q"])
    return made


def lines_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_line_is_a_point(run, sensors, tmp_path):
    path = tmp_path / "s.csv"
    status, out, err = run("detect", "score", sensors.model, sensors.table, *sensors.typed, "-o", path)
    assert (status, err) == (0, "")
    lines, expected = lines_of(path), sensors.scores()
    tops = [name for place in (1, 2, 3) for name in (f"top_{place}", f"top_{place}_contribution")]
    assert list(lines[0]) == ["score", "anomaly", "reason", *tops, "state", "date"]
    np.testing.assert_allclose([float(line["score"]) for line in lines], expected.scores, rtol=1e-6)
    threshold = diabolo.load(sensors.model).threshold_
    assert [line["anomaly"] == "1" for line in lines] == (expected.scores > threshold).tolist()
    for place in (0, 305):
        order = np.argsort(-expected.channels[place])
        assert [lines[place][f"top_{n}"] for n in (1, 2, 3)] == [NAMES[n] for n in order]
        added = [float(lines[place][f"top_{n}_contribution"]) for n in (1, 2, 3)]
        np.testing.assert_allclose(added, expected.channels[place][order], rtol=1e-6)
    peak = int(np.nanargmax(expected.scores))
    name = lines[peak]["top_1"]
    value, wanted = sensors.frame[name][peak], expected.expected[peak, NAMES.index(name)]
    assert lines[peak]["reason"].startswith(reason(name, value, wanted) + ", ")
    assert lines[7]["date"] == "2026-03-01 00:07:00"
    assert out.startswith(f"400 points scored and written to {path}, with the columns 'state', 'date'\n")


def test_events_are_told_written_and_drawn(run, sensors, tmp_path):
    words = ["-o", tmp_path / "s.csv", "--events", tmp_path / "e.csv", "--plot", tmp_path / "p.png"]
    status, out, _ = run("detect", "score", sensors.model, sensors.table, *sensors.typed, *words)
    assert status == 0
    expected = sensors.scores().events(diabolo.load(sensors.model).threshold_)
    lines = lines_of(tmp_path / "e.csv")
    assert [(int(line["start"]), int(line["end"])) for line in lines] == [(e.start, e.end) for e in expected]
    assert [line["start_time"] for line in lines] == [str(event.start_time) for event in expected]
    np.testing.assert_allclose([float(line["score"]) for line in lines], [event.score for event in expected])
    oddest = max(expected, key=lambda event: event.score)
    assert oddest.start <= 300 <= 311 <= oddest.end
    (line,) = [line for line in lines if int(line["start"]) == oddest.start]
    assert line["top_1"] == "flow"
    value, wanted = oddest.cells["flow"]
    assert value == sensors.frame["flow"][int(np.argmax(sensors.scores().scores))]
    assert abs(wanted) < abs(value) or value < 4
    assert line["reason"].startswith(reason("flow", value, wanted) + ", ")
    assert reason("flow", value, wanted) in out
    assert float(line["top_1_share"]) == pytest.approx(oddest.channels["flow"])
    said = out.splitlines()
    assert f"events written to {tmp_path / 'e.csv'}" in said
    assert f"picture written to {tmp_path / 'p.png'}" in said
    first = said[said.index("The oddest event" + "s" * (len(expected) > 1)) + 2]
    assert first.split()[:3] == [str(oddest.start_time), str(oddest.end_time), f"{oddest.score:.6g}"]
    picture = plt.imread(tmp_path / "p.png")
    assert len(np.unique(picture[..., :3].reshape(-1, 3), axis=0)) > 20


def test_json_says_the_same(run, sensors, tmp_path):
    words = ["detect", "score", sensors.model, sensors.table, *sensors.typed, "-o", tmp_path / "s.npy"]
    record = json.loads(run(*words, "--json")[1])
    events = sensors.scores().events(record["threshold"])
    assert (record["points"], record["windows"], record["without_score"]) == (400, 389, 0)
    assert record["anomalies"] == sum(event.end - event.start + 1 for event in events)
    assert record["events"][0]["start_time"] == str(events[0].start_time)
    assert list(record["events"][0]["channels"]) == list(events[0].channels)
    np.testing.assert_allclose(np.load(tmp_path / "s.npy")[:, 0], sensors.scores().scores, rtol=1e-6)


def test_fit_says_and_keeps_what_windows_there_are(run, sensors, tmp_path):
    path = tmp_path / "m.diabolo"
    words = ["detect", "fit", sensors.table, "--window", 12, "--step", 3, *sensors.typed, "-o", path]
    status, out, err = run(*words)
    assert status == 0
    assert (
        "windows       131 windows of 12 points of 3 channels, 3 points apart: "
        f"400 points from {sensors.table}, columns 'state', 'date' left out"
    ) in out.splitlines()
    assert "folds         5, each scored without it, for the threshold; stretches of time" in out.splitlines()
    assert f"{path} {sensors.table} --labels state --time date -o {tmp_path / 'm-scores.csv'}" in out
    assert "the column 'state' is left out" in err
    fitted = AutoencoderDetector(random_state=0).fit(sliding_windows(sensors.frame, 12, 3))
    loaded = diabolo.load(path)
    assert loaded.threshold_ == fitted.threshold_
    assert (loaded.window_.length, loaded.window_.step, loaded.window_.channels) == (12, 3, tuple(NAMES))
    record = json.loads(run(*words, "--json")[1])
    assert record["window"] == {"length": 12, "step": 3, "channels": NAMES}
    assert (record["points"], record["rows"]) == (400, 131)
    assert "of a series   windows of 12 points of 3 channels, 3 points apart" in run("inspect", path)[1]
    assert json.loads(run("inspect", path, "--json")[1])["window"]["step"] == 3


def test_fit_says_how_many_windows_are_learned_from(run, sensors, tmp_path, monkeypatch):
    words = ["detect", "fit", sensors.table, "--window", 12, *sensors.typed, "-o", tmp_path / "m.diabolo"]
    assert "learned from  389 windows\n" in run(*words)[1]
    monkeypatch.setattr("diabolo.data.window_layout._ENOUGH_ROWS", 100)
    assert "learned from  100 of 389 windows, evenly over time\n" in run(*words)[1]


def test_steps_of_scoring_are_the_models_or_others(run, sensors, tmp_path):
    model = tmp_path / "m.diabolo"
    run("detect", "fit", sensors.table, "--window", 12, "--step", 3, *sensors.typed, "-o", model)
    words = ["detect", "score", model, sensors.table, *sensors.typed, "-o", tmp_path / "s.csv", "--json"]
    assert json.loads(run(*words)[1])["windows"] == 131
    assert json.loads(run(*words, "--step", 1)[1])["windows"] == 389


def test_normal_points_alone_are_learned_from(run, sensors, tmp_path):
    model = tmp_path / "m.diabolo"
    words = ["--normal", "fine", "--held-out", 0, "-o", model]
    status, out, _ = run("detect", "fit", sensors.table, "--window", 12, *sensors.typed, *words)
    assert status == 0
    labels = sensors.windows().labels(sensors.is_odd)
    assert f"learned from  {389 - labels.sum()} windows labeled 'fine'" in out
    fitted = AutoencoderDetector(held_out_fraction=0.0, random_state=0)
    fitted.fit(sensors.windows(), np.where(labels, -1, 1))
    assert diabolo.load(model).threshold_ == fitted.threshold_
    assert "detect evaluate" in out


def test_points_without_a_label_are_left_aside(run, sensors, tmp_path):
    rows = pandas.read_csv(sensors.table)
    rows.loc[100:119, "state"] = None
    table = tmp_path / "some.csv"
    rows.to_csv(table, index=False)
    words = [*sensors.typed, "--normal", "fine"]
    model = tmp_path / "m.diabolo"
    status, out, _ = run(
        "detect", "fit", table, "--window", 12, *words, "--held-out", 0, "-o", model, "--unknown", "leave"
    )
    assert status == 0
    n_odd = int(sensors.windows().labels(sensors.is_odd).sum())
    assert f"learned from  {389 - n_odd - 31} windows labeled 'fine'; left out, 31 without a label" in out
    record = json.loads(run("detect", "evaluate", sensors.model, table, *words, "--json")[1])
    scores, is_known = sensors.scores().scores, rows["state"].notna().to_numpy()
    assert record["roc_auc"] == pytest.approx(roc_auc_score(sensors.is_odd[is_known], scores[is_known]))


def test_evaluate_holds_points_against_labels(run, sensors):
    words = ["detect", "evaluate", sensors.model, sensors.table, *sensors.typed, "--normal", "fine", "--json"]
    record = json.loads(run(*words)[1])
    assert record["rows"] == 400
    assert record["roc_auc"] == pytest.approx(roc_auc_score(sensors.is_odd, sensors.scores().scores))


def test_how_windows_are_combined(run, sensors, tmp_path):
    words = [sensors.model, sensors.table, *sensors.typed, "--combine", "max"]
    run("detect", "score", *words, "-o", tmp_path / "s.npy")
    windows, detector = sensors.windows(), AutoencoderDetector(random_state=0).fit(sensors.windows())
    expected = windows.point_scores(detector, combine="max").scores
    np.testing.assert_allclose(np.load(tmp_path / "s.npy")[:, 0], expected, rtol=1e-6)
    record = json.loads(run("detect", "evaluate", *words, "--normal", "fine", "--json")[1])
    assert record["roc_auc"] == pytest.approx(roc_auc_score(sensors.is_odd, expected))


def test_gaps_are_said_and_their_points_have_no_score(run, sensors, tmp_path):
    lines = sensors.table.read_text().splitlines(keepends=True)
    table = tmp_path / "gaps.csv"
    table.write_text("".join(lines[:101] + lines[151:156] + lines[170:]))
    words = ["detect", "score", sensors.model, table, *sensors.typed, "-o", tmp_path / "s.csv"]
    status, _, err = run(*words)
    assert status == 0
    assert (
        "note: 2 gaps in time: 16 windows that reach over one are left out, and 5 points between gaps" in err
    )
    scores = [line["score"] for line in lines_of(tmp_path / "s.csv")]
    assert [place for place, score in enumerate(scores) if score in ("", "nan")] == list(range(100, 105))
    assert json.loads(run(*words, "--json")[1])["without_score"] == 5
    assert "gap" not in run(*words, "--gap", "none")[2]
    assert "gap" not in run(*words, "--gap", 60)[2]
    words = ["detect", "evaluate", sensors.model, table, *sensors.typed, "--normal", "fine", "--json"]
    assert json.loads(run(*words)[1])["rows"] == len(scores) - 5


def test_a_column_of_times_by_its_number(run, sensors, tmp_path):
    words = ["--time", 3, "--labels", 4, "-o", tmp_path / "s.csv", "--json"]
    record = json.loads(run("detect", "score", sensors.model, sensors.table, *words)[1])
    assert record["events"][0]["start_time"].startswith("2026-03-01T")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            ["fit", "TABLE", "--step", 2, "-o", "m.diabolo"],
            "--step is about a series, and DATA is one with --window",
        ),
        (
            ["fit", "TABLE", "--time", "date", "-o", "m.diabolo"],
            "--time is about a series, and DATA is one with",
        ),
        (
            ["fit", "TABLE", "--window", 0, "-o", "m.diabolo"],
            "--window 0 is not possible; expected a whole number",
        ),
        (
            ["fit", "TABLE", "--window", 500, "--time", "date", "--labels", "state", "-o", "m.diabolo"],
            "has 400 points, fewer than a window of --window 500; choose 400 or less.",
        ),
        (
            ["fit", "TABLE", "--window", 5, "--time", "state", "--keep", "date", "-o", "m.diabolo"],
            "--time holds 'fine' at point 0 (counted from 0), which is no time; expected numbers, or dates",
        ),
        (
            ["fit", "TABLE", "--window", 5, "--gap", 0.5, "-o", "m.diabolo"],
            "--gap 0.5 is not possible; expected a",
        ),
        (
            [
                "score",
                "MODEL",
                "TABLE",
                "--time",
                "date",
                "--labels",
                "state",
                "-o",
                "s.csv",
                "--events",
                "e.txt",
            ],
            "--events e.txt ends in '.txt', and the suffix says what to write: .csv.",
        ),
        (
            ["score", "MODEL", "TABLE", "--keep", "date", "--labels", "heat", "-o", "s.csv"],
            "'state'",
        ),
        (["score", "IRIS", "TABLE", "--combine", "max", "-o", "s.csv"], "--combine is about a series, and "),
        (["score", "IRIS", "TABLE", "--events", "e.csv", "-o", "s.csv"], "--events is about a series, and "),
        (["evaluate", "IRIS", "TABLE", "--labels", "state", "--step", 2], "--step is about a series, and "),
    ],
)
def test_what_cannot_be_meant_is_refused(run, sensors, iris, tmp_path, monkeypatch, words, text):
    monkeypatch.chdir(tmp_path)
    files = {"TABLE": sensors.table, "MODEL": sensors.model, "IRIS": iris.model}
    status, out, err = run("detect", *(files.get(word, word) for word in words))
    assert status != 0
    assert out == ""
    assert text in err
    assert list(tmp_path.iterdir()) == []


def test_a_window_is_a_row_to_inspect(run, sensors):
    words = ["inspect", sensors.model, sensors.table, *sensors.typed]
    status, out, err = run(*words, "--row", 299)
    assert (status, err) == (0, "")
    assert out.startswith("Window 299: points 299 to 310 (2026-03-01T04:59:00 to 2026-03-01T05:10:00)\n")
    assert "flow[t]" in out
    windows, detector = sensors.windows(), diabolo.load(sensors.model)
    del detector.feature_names_in_
    record = json.loads(run(*words, "--line", 301, "--json")[1])
    assert (record["row"], record["start"], record["end"]) == (299, 299, 310)
    assert record["score"] == pytest.approx(detector.anomaly_score(windows)[299])
    assert len(record["features"]) == 36
    _, _, err = run(*words, "--row", 389)
    assert "has 389 windows, numbered 0 to 388, so there is no --row 389." in err
    _, _, err = run(*words, "--step", 4, "--line", 4)
    assert "no window begins on line 4 of" in err
    assert (
        "which is point 2 of the series (counted from 0): windows are 12 points long and begin 4 apart" in err
    )


def test_a_threshold_from_labels_of_points(run, sensors, tmp_path):
    words = ["--normal", "fine", "--set", "best_f1", "-o", tmp_path / "m.diabolo", "--json"]
    status, out, err = run("detect", "threshold", sensors.model, sensors.table, *sensors.typed, *words)
    assert (status, err) == (0, "")
    windows, detector = sensors.windows(), diabolo.load(sensors.model)
    del detector.feature_names_in_
    labels = np.where(windows.labels(sensors.is_odd), -1, 1)
    expected = detector.set_threshold("best_f1", X=windows, y=labels, normal_label=1).threshold_
    assert json.loads(out)["threshold"]["value"] == pytest.approx(expected)
    assert diabolo.load(tmp_path / "m.diabolo").threshold_ == pytest.approx(expected)


def test_other_channels_are_refused(run, sensors, tmp_path):
    other = tmp_path / "other.csv"
    sensors.frame.rename(columns={"flow": "wind"}).to_csv(other, index=False)
    _, _, err = run("detect", "score", sensors.model, other, "-o", tmp_path / "s.csv")
    assert "lacks the column 'flow' that the model was trained on and has the column 'wind' instead" in err


def test_a_series_without_names_from_an_array_on_disk(run, tmp_path):
    series = np.sin(np.arange(200.0)[:, None] / [2, 3])
    np.save(tmp_path / "a.npy", series)
    run("detect", "fit", tmp_path / "a.npy", "--window", 9, "-o", tmp_path / "m.diabolo")
    status, _, _ = run(
        "detect", "score", tmp_path / "m.diabolo", tmp_path / "a.npy", "-o", tmp_path / "s.csv"
    )
    assert status == 0
    windows = sliding_windows(series, 9)
    expected = windows.point_scores(AutoencoderDetector(random_state=0).fit(windows))
    lines = lines_of(tmp_path / "s.csv")
    np.testing.assert_allclose([float(line["score"]) for line in lines], expected.scores, rtol=1e-6)
    assert {line["top_1"] for line in lines} == {"x0", "x1"}


def test_several_series_in_one_file(run, tmp_path):
    table, model = tmp_path / "two.csv", tmp_path / "m.diabolo"
    heat = np.sin(np.arange(120) / 3).round(3)
    rows = [f"2026-03-01 00:{n % 60:02d}:00,{'ab'[n // 60]},ok,{heat[n]}\n" for n in range(120)]
    table.write_text("time,machine,note,heat\n" + "".join(rows))
    words = ["detect", "fit", table, "--window", 6, "--time", "time", "-o", model]
    status, _, err = run(*words, "--keep", "machine,note")
    assert status != 0
    assert "--time falls at point 60" in err
    assert "say which point is of which: --series." in err
    status, out, err = run(*words, "--series", "machine", "--keep", "note")
    assert status == 0
    assert "note: 2 series: 5 windows that reach over an end are left out" in err
    assert "--time time --series machine" in out
    assert diabolo.load(model).training_scores_.shape == (110,)
    words = ["--series", 1, "--time", 0, "--keep", "note", "-o", tmp_path / "s.csv"]
    assert run("detect", "score", model, table, *words)[0] == 0
    lines = lines_of(tmp_path / "s.csv")
    assert [lines[60][name] for name in ("time", "machine", "note")] == ["2026-03-01 00:00:00", "b", "ok"]
    _, _, err = run("detect", "fit", table, "--series", "machine", "-o", model)
    assert "--series is about a series, and DATA is one with --window N" in err
