"""``diabolo sweep``: how large a code has to be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diabolo.cli.checkpointing import CHECKPOINT, checkpoint_typed, stoppable
from diabolo.cli.fit import checked_estimator
from diabolo.cli.hold_out import requested_hold_out
from diabolo.cli.odd_columns import note_odd_columns
from diabolo.cli.opening import kept_with, open_autoencoder, open_rows, target_of
from diabolo.cli.options import DATA, FILE, HOLD_OUT, KEEP, READING, drawn_file, workers_options, written_file
from diabolo.cli.output import Output, save_picture
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group, switch
from diabolo.cli.parameter_options import autoencoder_options, with_noise
from diabolo.cli.row_blocks import is_by_workers
from diabolo.cli.written_files import Writes
from diabolo.parameters.kinds import Kind, read_sizes, whole

__all__ = ["PAGE"]


def sweep(typed: Typed, output: Output) -> None:
    """Train codes of several sizes and compare what they keep.

    Each size is trained from several seeds on the same training rows and measured on the same held-out
    rows: how well they are rebuilt, and with --target how well it is predicted from the code. Every
    finished training is written down at once, so a sweep that was stopped goes on where it was; with
    --checkpoint it goes on within the training, too.

    Examples
    --------
    diabolo sweep screened.h5 --target age --components 32,64,128 -o sweep.csv
    diabolo sweep screened.h5 --target age --components 32,64,128 --workers 4 -o sweep.csv
    diabolo sweep kept.h5 --target age --components 32,64 --like model.diabolo -o sweep.csv --plot sweep.png
    """
    data, path, target = typed.data, typed.path, typed.target
    checkpoint = checkpoint_typed(typed)
    chosen = with_noise(typed)
    if typed.like is not None and chosen:
        raise WrongUse("--like takes all settings from a model; leave the other settings out.")
    if typed.supervision_weight and target is None:
        raise WrongUse("--supervision-weight needs what the code must predict: --target COLUMN.")
    from diabolo.workers.opening import check_workers

    check_workers(typed.engine, typed.workers)
    if typed.engine != "local":
        is_by_workers(typed)
    held = requested_hold_out(typed.hold_out or "0.2", typed.hold_out_by, False, 0)
    assert held is not None
    from diabolo.evaluation import latent_sweep

    if typed.like:
        like = open_autoencoder(typed.like)
        from diabolo.evaluation.numbers_alone import refuse_categories

        refuse_categories(like.estimator, "a sweep")
        estimator = like.estimator
    else:
        estimator = checked_estimator("dense", chosen)
    keep = kept_with(typed, typed.hold_out_by)
    source = open_rows(data, typed, output, keep=keep)
    note_odd_columns(source, typed, output, keep)
    members = None
    if held.groups is not None:
        if held.groups not in source.carried:
            known = ", ".join(map(repr, source.carried)) or "none"
            raise WrongUse(f"{data} carries no column {held.groups!r} to hold out by; it carries {known}.")
        members = source.carried[held.groups]

    def told(done: int, of: int, run: dict[str, Any]) -> None:
        shown = "" if run.get("downstream") is None else f", predicted to {run['downstream']:.4g}"
        output.note(
            f"{done} of {of}: {run['n_components']:,} components, seed {run['seed']}: rebuilt to "
            f"{run['reconstruction_error']:.4g}{shown}, {run['seconds']:.0f} s"
        )

    if typed.anew and checkpoint is not None:
        checkpoint.clear()
    with stoppable(), _at_work(typed) as n_jobs:
        found = latent_sweep(
            source,
            None if target is None else target_of(source, data, allows_missing=True),
            typed.components,
            autoencoder=estimator,
            hold_out=held.amount,
            groups=members,
            seeds=range(typed.seeds),
            path=_runs_path(path),
            resume=not typed.anew,
            progress=told,
            checkpoint=checkpoint,
            n_jobs=n_jobs,
        )
    found.to_csv(path)
    save_picture(lambda plotting: plotting.plot_sweep(found), typed.picture)
    record = {"data": data, "metric": found.metric, "rows": found.rows, "output": path}
    output.result(record, f"{found}\n\nwritten to {path}")


@contextlib.contextmanager
def _at_work(typed: Typed) -> Iterator[int | None]:
    """Have the trainings done by whom was asked for, and give what the sweep is told of it."""
    from diabolo.workers import open_workers

    if typed.engine == "local":  # threads, which have in common what they compile
        yield typed.workers
        return
    with open_workers(typed.engine, typed.workers) as workers, workers.for_joblib():
        yield None


def _runs_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.runs.jsonl")


_SETTINGS = (
    "hidden_layer_sizes",
    "activation",
    "tied_weights",
    "noise",
    "supervision_weight",
    "scale",
    "missing",
    "loss",
    "optimizer",
    "learning_rate",
    "learning_rate_schedule",
    "batch_size",
    "max_epochs",
    "max_memory",
)
_SIZES = Kind(
    "different whole numbers of 1 or more with commas between, such as 128,256",
    lambda value: (
        isinstance(value, tuple) and value != () and min(value) > 0 and len(set(value)) == len(value)
    ),
    read_sizes,
    metavar="N,N",
)


PAGE = Page(
    sweep,
    (
        DATA,
        written_file(
            "Where to write the table, a line for each size; the runs go beside it, to CSV.runs.jsonl.",
            Writes((".csv",), files=lambda typed: [typed.path, _runs_path(typed.path)]),
            "CSV",
        ),
        *in_group(
            "What to compare",
            Option(
                "--components",
                "Widths of the code. Default: 128,256,512,1024.",
                _SIZES,
                default=(128, 256, 512, 1024),
            ),
            Option("--seeds", "Trainings of each size. Default: 3.", whole(), default=3),
            Option("--target COLUMN", "The column to predict from the code."),
            Option("--like MODEL", "Take all other settings from this model.", FILE),
            switch("--anew", "Forget the runs of an earlier sweep."),
            drawn_file("Draw the errors against the size"),
        ),
        *workers_options(
            "Trainings at once", "threads of this process", "trainings at once; the runs stay the same"
        ),
        *HOLD_OUT[:2],
        *CHECKPOINT,
        *autoencoder_options(_SETTINGS),
        KEEP,
        *READING,
    ),
    first=(
        *(
            "components",
            "seeds",
            "workers",
            "target",
            "supervision_weight",
            "like",
            "keep",
            "scale",
            "missing",
        ),
        *("max_epochs", "hold_out", "picture"),
    ),
)
