"""Half a million features a person, made on disk: screen them, train from there, read age from the code.

``make example-methylation`` runs it at a real array's size: 2,000 x 485,512, 3.9 GB. The table is
synthetic (`diabolo.datasets.make_methylation`). Each step is a command of its own, so that the peak of memory
that it prints is its own; a fifth of the people is held out of all of them.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNetCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import diabolo
from diabolo.datasets import make_methylation
from diabolo.evaluation import downstream_score
from examples.telling import told

HELD_OUT = ["--hold-out", "0.2", "--hold-out-by", "person"]
NETWORK = ["--components", "128", "--batch-size", "64", "--missing", "mean", "--max-memory", "4.4GB"]
GUIDE = ["--target", "label", "--supervision-weight", "0.01"]


def minutes_expected(n_rows: int, n_features: int) -> float:
    """Time a product of rows with each other, and take the work for both fits and all the rest from it."""
    rows = np.ones((512, 2**14), np.float32)
    rows @ rows.T
    started = time.perf_counter()
    for _ in range(10):
        rows @ rows.T
    product = (time.perf_counter() - started) / 10 / rows.size / len(rows)
    # Of both fits the products of all training rows with each other and the way back to features. All five
    # trainings, three of them the sweep's, are on rows' scores, whatever the number of features. Screening
    # takes 50 microseconds a feature. The rest passes over the table, a fit six times.
    both = 2 * 1.3 * product * (0.8 * n_rows) ** 2 * n_features
    return (both + 1e12 * product + 1.3 * 50e-6 * n_features + 2e-7 * n_rows * n_features) / 60


def command(*words: object) -> dict[str, object]:
    """Run a verb, its progress on the terminal, and return what it found."""
    print(f"\n$ diabolo {' '.join(map(str, words))}", flush=True)
    started = time.perf_counter()
    run = [sys.executable, "-m", "diabolo", *map(str, words), "--json"]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as verb:
        said = None
        while said is None:
            try:
                said, _ = verb.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                if not sys.stderr.isatty():  # where there is no bar
                    print(f"  {time.perf_counter() - started:.0f} s ...", flush=True)
    if verb.returncode:
        raise SystemExit(verb.returncode)  # it has said why
    found = json.loads(said)
    peak = f", {found['peak_memory'] / 1e9:.2f} GB of memory at most" if "peak_memory" in found else ""
    print(f"  {time.perf_counter() - started:.0f} s{peak}", flush=True)
    return found


def age_errors(folder: Path) -> list[tuple[str, float]]:
    """Compare what age can be read from: the mean absolute error on held-out people, in years."""
    with diabolo.open(folder / "screened.h5", target="label") as table:
        training, held_out = diabolo.hold_out(table, 0.2, groups="person")
        age, held_age = (part.carried["label"] for part in (training, held_out))
        # The published clocks are elastic nets; like those, these start at penalties that keep no feature and
        # go to a hundredth of these.
        linear = {"ridge": RidgeCV(np.logspace(-2, 6, 33))}
        linear["elastic net"] = ElasticNetCV(l1_ratio=0.5, eps=0.01, alphas=15, cv=3, n_jobs=2)
        errors = {}
        for name, model in linear.items():
            model = make_pipeline(
                SimpleImputer(), StandardScaler(), told(f"{name} on what was screened", model)
            )
            with warnings.catch_warnings():
                # The elastic net's weakest penalties end a little before the minimum.
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(np.asarray(training), age)
            error = np.abs(model.predict(np.asarray(held_out)) - held_age).mean()
            errors[f"{table.n_features:,} screened features, {name}"] = error
    with diabolo.open(folder / "methylation.h5", target="label") as table:
        training, held_out = diabolo.hold_out(table, 0.2, groups="person")
        for name in ("plain", "guided"):
            model = diabolo.load(folder / f"{name}.diabolo")
            print(f"  age from the {name} code", flush=True)
            baselines = ("pca", "mean") if name == "plain" else ()
            score = downstream_score(model, training, None, held_out, None, baselines=baselines)
            errors[f"{name} code of 128, ridge"] = score["code"]
            if name == "guided":
                errors["guided code of 128, its head"] = score["head"]
            else:
                errors["128 principal components, ridge"] = score["pca"]
                errors["the mean of the others"] = score["mean"]
    return sorted(errors.items(), key=lambda pair: -pair[1])


def main(arguments: list[str] | None = None) -> int:
    """Make the table, and take it through every step."""
    parser = argparse.ArgumentParser(prog="python -m examples methylation", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("examples-output/methylation"))
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--features", type=int, default=485_512)
    asked = parser.parse_args(arguments)
    folder, n_rows, n_features = asked.folder, asked.rows, asked.features
    folder.mkdir(parents=True, exist_ok=True)
    table, screened = folder / "methylation.h5", folder / "screened.h5"
    expected = max(minutes_expected(n_rows, n_features), 2)
    print(f"about {expected:.0f} minutes on this machine", flush=True)
    print(f"making {n_rows:,} rows of {n_features:,} sites ...", flush=True)
    make_methylation(table, n_rows, n_features)
    print(f"made {table}, {table.stat().st_size / 1e9:.2f} GB, synthetic", flush=True)
    screening = ["--target", "label", "--fdr", "0.2", "--mi", "0.05", "--top", "20000", *HELD_OUT]
    command("screen", table, *screening, "-o", screened, "--plot", folder / "screened.png")
    for name, more in (("plain", []), ("guided", GUIDE)):
        command("fit", table, *more, *NETWORK, *HELD_OUT, "-o", folder / f"{name}.diabolo")
    command("encode", folder / "guided.diabolo", table, "--split", "-o", folder / "codes.csv")
    sizes = ["--components", "8,32,128", "--seeds", 1, "--missing", "mean", *GUIDE, *HELD_OUT]
    command("sweep", screened, *sizes, "--plot", folder / "sweep.png", "-o", folder / "sweep.csv")
    print("\nwhat age can be read from", flush=True)
    errors = age_errors(folder)
    print("\nage, mean absolute error on held-out people, years")
    for name, error in errors:
        print(f"  {error:6.2f}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
