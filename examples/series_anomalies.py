"""An odd beat: scores of every point by the default detector, beside scikit-learn's isolation forest."""

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

import diabolo
from diabolo import AutoencoderDetector, sliding_windows
from diabolo.cli import main as diabolo_command
from diabolo.datasets.catalog import CATALOG
from diabolo.datasets.files import find_own, required_files
from diabolo.plotting import plot_series
from examples import run_file
from examples.telling import told

LENGTH = 48


def numenta() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read the labeled series of the Numenta Anomaly Benchmark, if it is on this machine."""
    windows = next(iter(find_own(CATALOG["nab"])), None)
    for name, spans in json.loads(windows.read_text()).items() if windows else ():
        print(f"  {name}", flush=True)
        lines = list(csv.DictReader((windows.parents[1] / "data" / name).read_text().splitlines()))
        times = np.array([line["timestamp"] for line in lines], "datetime64[ns]")
        ends = np.array(spans, "datetime64[ns]").reshape(-1, 2)
        is_odd = ((times >= ends[:, :1]) & (times <= ends[:, 1:])).any(axis=0)
        if is_odd.any():
            yield np.array([float(line["value"]) for line in lines]), is_odd


def measured(series: np.ndarray, is_odd: np.ndarray) -> dict[str, float]:
    """Score the points of a series by either detector, both fitted to all of its windows, without labels."""
    windows = sliding_windows(series, LENGTH)
    forest = told("isolation forest", IsolationForest(random_state=0)).fit(windows[:])
    detector = told("the default detector", AutoencoderDetector(random_state=0)).fit(windows)
    found = {"the default": detector.anomaly_score(windows), "forest": -forest.score_samples(windows[:])}
    measures = {"ROC-AUC": roc_auc_score, "average precision": average_precision_score}
    return {
        f"{what}, {who}, {combine} of windows": how(is_odd, windows.to_points(scores, combine=combine))
        for what, how in measures.items()
        for combine in ("mean", "max")
        for who, scores in found.items()
    }


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Measure one series of UCR's through Python and the command line, and NAB's where they are."""
    (table,) = required_files(CATALOG["ucr-135"])  # in the package aeon, of which nothing is imported
    _, series, labels = np.loadtxt(table, delimiter=",", skiprows=1).T
    numbers = {f"UCR 135: {figure}": [value] for figure, value in measured(series, labels == 1).items()}

    model, typed = out / "heart.diabolo", [str(table), "--time", "timestamp", "--labels", "is_anomaly"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        diabolo_command(["detect", "fit", *typed, "--window", str(LENGTH), "-o", str(model), "--quiet"])
        diabolo_command(["detect", "evaluate", str(model), *typed, "--normal", "0", "--json"])
    numbers["UCR 135: ROC-AUC, command line"] = [json.loads(said.getvalue())["roc_auc"]]

    windows = sliding_windows(series, LENGTH)
    detector = diabolo.load(model)
    scores = windows.point_scores(AutoencoderDetector(random_state=0).fit(windows))
    ax = plot_series(series, scores, threshold=detector.threshold_, labels=labels == 1)
    ax.figure.savefig(out / "series_anomalies.png", dpi=100)

    found = [] if quick else [measured(*each) for each in numenta()]
    for figure in found[0] if found else ():
        numbers[f"NAB, mean of {len(found)} series: {figure}"] = [np.mean([each[figure] for each in found])]
    return numbers


if __name__ == "__main__":
    run_file(__file__)
