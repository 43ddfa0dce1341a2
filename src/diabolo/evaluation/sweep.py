"""Codes of several sizes side by side: what they rebuild, and what can be predicted from them."""

from __future__ import annotations

import csv
import operator
import os
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone

from diabolo.checkpoints import Checkpoint, CheckpointLike, checkpoint_of
from diabolo.data.atomic import atomic_write
from diabolo.data.destination import TEXT
from diabolo.data.fingerprint import digest, fingerprint, settings_of
from diabolo.data.hold_out import HoldOut, group_column
from diabolo.data.open_table import table_of
from diabolo.data.source import Source
from diabolo.data.target import entries_of
from diabolo.errors import InputError, ParameterError, ScaleWarning
from diabolo.estimators._tasks import jobs_at_once, tasks_done
from diabolo.estimators.autoencoder import Autoencoder
from diabolo.evaluation.downstream import downstream_score, kind_of, known_target_of
from diabolo.evaluation.features import feature_reconstruction
from diabolo.evaluation.numbers_alone import refuse_categories
from diabolo.evaluation.sweep_record import SweepRecord
from diabolo.result_table import ResultTable

if TYPE_CHECKING:
    from jaxtyping import Int64

__all__ = ["Sweep", "latent_sweep"]


@dataclass(frozen=True, eq=False)
class Sweep(ResultTable):
    """Codes of several sizes, each trained from several seeds.

    Parameters
    ----------
    runs : tuple of dict
        One for each size and seed: ``n_components``, ``seed``, ``reconstruction_error`` (mean absolute error
        over held-out rows, in the features' units), ``seconds``; with a target also ``downstream`` (mean
        absolute error in the target's units; of classes the accuracy), ``head`` (the same of the guided
        code's own prediction, or None) and ``mean_predictor`` (of the mean, or the most frequent class).
    n_features : int
        Columns of the table.
    metric : {"mean_absolute_error", "accuracy"} or None
        What ``downstream`` is; None without a target.

    See Also
    --------
    latent_sweep, diabolo.plotting.plot_sweep
    """

    runs: tuple[dict[str, Any], ...]
    n_features: int
    metric: str | None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each size, ascending: means over its seeds, and the interval of ``downstream``.

        The interval is ``downstream_lowest`` to ``downstream_highest``; ``downstream_standard_error`` is the
        mean's, NaN with one seed.
        """
        sizes = sorted({run["n_components"] for run in self.runs})
        return [self._row(size, [run for run in self.runs if run["n_components"] == size]) for size in sizes]

    def _row(self, size: int, runs: list[dict[str, Any]]) -> dict[str, Any]:
        def mean(name: str) -> float | None:
            values = [run[name] for run in runs if run.get(name) is not None]
            return float(np.mean(values)) if values else None

        found = [run["downstream"] for run in runs if self.metric is not None]
        error = None if self.metric is None else float("nan")
        if len(found) > 1:
            error = float(np.std(found, ddof=1) / np.sqrt(len(found)))
        return {
            "n_features": self.n_features,
            "n_components": size,
            "n_seeds": len(runs),
            "reconstruction_error": mean("reconstruction_error"),
            "downstream": mean("downstream") if found else None,
            "downstream_lowest": min(found, default=None),
            "downstream_highest": max(found, default=None),
            "downstream_standard_error": error,
            "head": mean("head"),
            "mean_predictor": mean("mean_predictor"),
            "seconds": mean("seconds"),
        }

    def _columns(self) -> dict[str, Any]:
        rows = self.rows
        return {name: [row[name] for row in rows] for name in self._row(0, [])}

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows as a table; what is not there is an empty cell.

        Parameters
        ----------
        path : str or path-like
            The file, written whole or not at all.
        """
        with atomic_write(path, TEXT, "t") as handle:
            names = self._row(0, [])  # of no run, for what it is called
            writer = csv.DictWriter(handle, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)

    def __str__(self) -> str:
        shown = "predicted" if self.metric is None else self.metric.replace("_", " ")
        lines = [f"{'size':>8}  {'rebuilt, MAE':>12}  {shown:>19}  {'from - to':>19}  {'seconds':>8}"]
        for row in self.rows:
            found, interval = "-", "-"
            if self.metric is not None:
                found = f"{row['downstream']:.4g}"
                interval = f"{row['downstream_lowest']:.4g} - {row['downstream_highest']:.4g}"
            lines.append(
                f"{row['n_components']:>8,}  {row['reconstruction_error']:>12.4g}  {found:>19}  "
                f"{interval:>19}  {row['seconds']:>8.1f}"
            )
        return "\n".join(lines)


def latent_sweep(
    X: Any,
    y: Any = None,
    n_components: Sequence[int] = (128, 256, 512, 1024),
    *,
    autoencoder: Any = None,
    hold_out: float | int | Sequence[int] = 0.2,
    groups: Any = None,
    seeds: Sequence[int] = (0, 1, 2),
    model: Any = None,
    supervision: str = "auto",
    path: str | os.PathLike[str] | None = None,
    resume: bool = True,
    progress: Callable[[int, int, dict[str, Any]], None] | None = None,
    checkpoint: CheckpointLike = None,
    n_jobs: int | None = None,
) -> Sweep:
    """Train codes of several sizes, and measure each on the same rows held out before anything is learned.

    Parameters
    ----------
    X : Source, path, array or data frame of shape (n_rows, n_features)
        Whatever `diabolo.open` opens.
    y : array-like of shape (n_rows,), optional
        What is predicted from the codes; by default the target that came with the table, and without one
        nothing is. A guided autoencoder is trained with it. Where it is missing, rows are trained on and
        rebuilt like the others, and predictions are neither fitted to them nor measured on them.
    n_components : sequence of int, default (128, 256, 512, 1024)
        The sizes.
    autoencoder : estimator, optional
        What to train, in everything but ``n_components`` and ``random_state``. By default an Autoencoder as
        it comes.
    hold_out : float, int or sequence of int, default 0.2
        Which share of the rows is held out, how many, or which.
    groups : str or array-like of shape (n_rows,), optional
        A column that came with the table, or each row's group: rows of a group are held out together.
    seeds : sequence of int, default (0, 1, 2)
        A training from each.
    model : regressor or classifier, optional
        What predicts from the codes, as of `downstream_score`.
    supervision : {"auto", "regression", "classification"}, default "auto"
        What the target is. "auto" asks the model, then the values: text, truth values, dates, and whole
        numbers (2 or 2.0) of at most 20 different values are classes; other numbers are numbers.
    path : str or path-like, optional
        A file of JSON lines, to which each run is written as soon as it is finished. A later call with the
        same settings and data goes on from there; more sizes and seeds may be asked for.
    resume : bool, default True
        Whether to go on from what `path` holds; else it is begun anew.
    progress : callable, optional
        Called after each run that was trained with how many are done, how many there are, and the run.
    checkpoint : str, path-like or Checkpoint, optional
        Folder in which the training under way is kept, so that a sweep goes on within it; see
        `diabolo.Checkpoint`. What is kept of a run goes when `path` has it.
    n_jobs : int or None, default None
        How many trainings run at once, in threads of this process, which share what they compile; -1 takes as
        many as there are processors. None is 1 unless ``joblib.parallel_config`` around the call says
        otherwise, whose backends may be clusters of Dask and Ray. The runs are the same, bit for bit; of
        several at once no epochs are shown.

    Returns
    -------
    Sweep
        Printed, a table; ``rows`` has a row a size, ``to_csv`` writes them.

    Raises
    ------
    ParameterError
        An option cannot be.
    InputError
        The target is known in no row to train on or in none that is held out, or is of different kinds; or
        `path` holds a sweep of other settings or other data.

    See Also
    --------
    Sweep, diabolo.plotting.plot_sweep

    References
    ----------
    J. Bouthillier et al., Accounting for variance in machine learning benchmarks, MLSys 2021: why one seed
    does not tell sizes apart.

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> from diabolo.evaluation import latent_sweep
    >>> X, y = load_digits()
    >>> sweep = latent_sweep(X[:300], y[:300], (2, 8), autoencoder=Autoencoder(max_epochs=3), seeds=(0, 1))
    >>> [(row["n_components"], row["n_seeds"]) for row in sweep.rows], sweep.metric
    ([(2, 2), (8, 2)], 'accuracy')
    """
    kept_in = checkpoint_of(checkpoint)
    sizes, seeds = _counts("n_components", n_components, 1), _counts("seeds", seeds, 0)
    refuse_categories(autoencoder, "latent_sweep")
    source = table_of(X)
    target, known, kind = None, None, None
    if y is not None or source.target_name is not None:
        values, known = known_target_of(source, y)
        given = source.carried[str(source.target_name)] if y is None else y
        target = values if known.all() else entries_of(given)
        kind = kind_of(values, supervision, model=model)
    base = Autoencoder() if autoencoder is None else autoencoder
    is_list = isinstance(hold_out, (Sequence, np.ndarray)) and not isinstance(hold_out, str)
    amount: Any = tuple(int(row) for row in hold_out) if is_list else hold_out  # type: ignore[union-attr]
    training, held_out = HoldOut(amount).split(
        len(source), None if groups is None else group_column(source, groups), source.windows
    )
    for part, what in ((training, "to train on"), (held_out, "that are held out")):
        if known is not None and not known[part].any():
            raise InputError(
                f"the target of {source.name} is missing in all {len(part):,} rows {what}, and known in "
                f"{int(known.sum()):,} others; hold out others, or give no target."
            )
    settings = {
        "autoencoder": settings_of(base, ("n_components", "random_state", "verbose")),
        "hold_out": list(amount) if is_list else amount,
        "model": settings_of(model),
        "kind": kind,
    }
    data = {**fingerprint(source, target), "held_out": digest(held_out)}
    record = SweepRecord(path, settings, data, resume=resume)
    plan = [(size, seed) for size in sizes for seed in seeds]
    left = [_Task(*each, _part_of(kept_in, *each)) for each in plan if each not in record.runs]
    if jobs_at_once(n_jobs) > 1 and "verbose" in base.get_params(deep=False):
        base = clone(base).set_params(verbose=0)
    shared = _Shared(base, source, training, held_out, target, model, kind)
    n_done = len(plan) - len(left)
    with warnings.catch_warnings():
        if n_done:  # what there is to say of the rows was said before
            warnings.simplefilter("ignore", ScaleWarning)
        for number, run in tasks_done(_run, shared, left, n_jobs, (ScaleWarning,)):
            record.add(run)
            if (within := left[number].checkpoint) is not None and path is not None:
                within.clear()
            n_done += 1
            if progress is not None:
                progress(n_done, len(plan), run)
    metric = {None: None, "regression": "mean_absolute_error", "classification": "accuracy"}[kind]
    return Sweep(tuple(record.runs[each] for each in plan), source.n_features, metric)


class _Task(NamedTuple):
    """A training of a sweep."""

    size: int
    seed: int
    checkpoint: Checkpoint | None


class _Shared(NamedTuple):
    """What all trainings of a sweep need: it goes to another process once."""

    base: Any
    source: Source
    training: Int64[np.ndarray, " training"]
    held_out: Int64[np.ndarray, " held_out"]
    target: Any
    model: Any
    kind: str | None


def _part_of(checkpoint: Checkpoint | None, size: int, seed: int) -> Checkpoint | None:
    return None if checkpoint is None else checkpoint.within(f"{size}-{seed}")


def _run(shared: _Shared, task: _Task) -> dict[str, Any]:
    """Train one code and measure it."""
    base, source, training, held_out, target, model, kind = shared
    size, seed, checkpoint = task
    started = time.perf_counter()
    trained = clone(base).set_params(n_components=size, random_state=seed)
    (X, y), (others, others_y) = (
        (source.rows(rows), None if target is None else target[rows]) for rows in (training, held_out)
    )
    trained.fit(X, y, **({} if checkpoint is None else {"checkpoint": checkpoint}))
    error = float(np.nanmean(feature_reconstruction(trained, others).mean_absolute_error))
    run: dict[str, Any] = {"n_components": size, "seed": seed, "reconstruction_error": error}
    if kind is not None:
        score = downstream_score(
            trained, X, y, others, others_y, model=model, baselines=("mean",), supervision=kind
        )
        found = {row["predictor"]: row[score.metric] for row in score.rows}
        run |= {"downstream": found["code"], "head": found.get("head"), "mean_predictor": found["mean"]}
    return {**run, "seconds": time.perf_counter() - started}


def _counts(name: str, given: Any, least: int) -> list[int]:
    try:
        values = [operator.index(each) for each in given]
    except TypeError:
        values = []
    if not values or min(values) < least or len(set(values)) < len(values):
        raise ParameterError(
            f"{name} must be different whole numbers of at least {least}, such as {(128, 256)}; got "
            f"{given!r}."
        )
    return values
