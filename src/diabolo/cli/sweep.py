"""``diabolo sweep``: how large a code has to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diabolo.cli import fit_options as options
from diabolo.cli import hold_out_options, kind_options
from diabolo.cli.common_options import Debug, Json
from diabolo.cli.data_options import (
    Data,
    DataOptions,
    Dataset,
    Decimal,
    Delimiter,
    Header,
    Keep,
    Transposed,
    open_rows,
)
from diabolo.cli.destination import check_picture_output
from diabolo.cli.fit_values import estimator_parameters
from diabolo.cli.output import Output
from diabolo.cli.picture import save_picture
from diabolo.cli.target_column import target_of
from diabolo.cli.wrong_use import WrongUse

__all__ = ["EXAMPLES", "HELP", "sweep"]

HELP = """Train codes of several sizes and compare what they keep.

Each size is trained from several seeds on the same training rows and measured on the same held-out rows: how
well they are rebuilt, and with --target how well it is predicted from the code. Every finished training is
written down at once, so a sweep that was stopped goes on where it was.
"""
EXAMPLES = """\
Examples:
  diabolo sweep screened.h5 --target age --components 32,64,128 -o sweep.csv
  diabolo sweep screened.h5 --target age --components 32,64 --like model.diabolo -o sweep.csv --plot sweep.png
"""
_WHICH = "What to compare"


def _option(flag: str, text: str, metavar: str) -> Any:
    return typer.Option(flag, help=text, rich_help_panel=_WHICH, metavar=metavar, show_default=False)


Table = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="CSV",
        help="Where to write the table, a line for each size; the runs go beside it, to CSV.runs.jsonl.",
        show_default=False,
    ),
]
Sizes = Annotated[str, _option("--components", "Widths of the code. Default: 128,256,512,1024.", "N,N")]
Seeds = Annotated[int, _option("--seeds", "Trainings of each size. Default: 3.", "N")]
Target = Annotated[str | None, _option("--target", "The column to predict from the code.", "COLUMN")]
Like = Annotated[Path | None, _option("--like", "Take all other settings from this model.", "MODEL")]
Anew = Annotated[
    bool,
    typer.Option("--anew", help="Forget the runs of an earlier sweep.", rich_help_panel=_WHICH),
]
Picture = Annotated[Path | None, _option("--plot", "Draw the errors against the size.", "PNG")]


def sweep(
    context: typer.Context,
    data: Data,
    path: Table,
    components: Sizes = "128,256,512,1024",
    seeds: Seeds = 3,
    target: Target = None,
    like: Like = None,
    anew: Anew = False,
    picture: Picture = None,
    hold_out: hold_out_options.HoldOutAmount = None,
    hold_out_by: hold_out_options.HoldOutBy = None,
    hidden_layer_sizes: options.Hidden = None,
    activation: options.Activation = None,
    tied_weights: options.Tied = None,
    noise: kind_options.Noise = None,
    supervision_weight: kind_options.SupervisionWeight = None,
    scale: options.Scale = None,
    missing: options.Missing = None,
    loss: options.Loss = None,
    optimizer: options.Optimizer = None,
    learning_rate: options.LearningRate = None,
    learning_rate_schedule: options.Schedule = None,
    batch_size: options.BatchSize = None,
    max_epochs: options.Epochs = None,
    max_memory: options.MaxMemory = None,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare codes of several sizes."""
    output = Output(json=context.obj["json"])
    if path.suffix.lower() != ".csv":
        raise WrongUse(f"-o {path} is written as text with commas; call it {path.with_suffix('.csv').name}.")
    if picture is not None:
        check_picture_output(picture, data)
    sizes = _sizes(components)
    if seeds < 1:
        raise WrongUse(f"--seeds {seeds} is not possible; expected 1 or more.")
    chosen = estimator_parameters(context.params)
    if like is not None and chosen:
        raise WrongUse("--like takes all settings from a model; leave the other settings out.")
    if supervision_weight and target is None:
        raise WrongUse("--supervision-weight needs what the code must predict: --target COLUMN.")
    held = hold_out_options.requested_hold_out(hold_out or "0.2", hold_out_by, False, 0)
    assert held is not None
    from diabolo.evaluation import latent_sweep

    estimator = _estimator(like, chosen)
    kept = hold_out_options.kept_columns(keep, hold_out_by, target, data)
    reading = DataOptions(
        target, header, delimiter, dataset, kept, transposed, decimal=decimal, flag="--target"
    )
    source = open_rows(data, reading, output)
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

    found = latent_sweep(
        source,
        None if target is None else target_of(source, data),
        sizes,
        autoencoder=estimator,
        hold_out=held.amount,
        groups=members,
        seeds=range(seeds),
        path=path.with_name(f"{path.name}.runs.jsonl"),
        resume=not anew,
        progress=told,
    )
    found.to_csv(path)
    if picture is not None:
        save_picture(lambda: _draw(found), picture)
    record = {"verb": "sweep", "data": data, "metric": found.metric, "rows": found.rows, "output": path}
    output.result(record, f"{found}\n\nwritten to {path}")


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1 or len(set(sizes)) < len(sizes):
        raise WrongUse(
            f"--components {text!r} is not possible; give different whole numbers of 1 or more with commas "
            "between, such as 128,256."
        )
    return sizes


def _estimator(like: Path | None, chosen: dict[str, Any]) -> Any:
    if like is not None:
        from diabolo.cli.model_argument import open_autoencoder

        return open_autoencoder(like).estimator
    from diabolo.estimators._combinations import checked_choices
    from diabolo.estimators.autoencoder import Autoencoder

    estimator = Autoencoder(**chosen)
    checked_choices(estimator)
    return estimator


def _draw(found: Any) -> Any:
    from diabolo.plotting.sweep import plot_sweep

    return plot_sweep(found)
