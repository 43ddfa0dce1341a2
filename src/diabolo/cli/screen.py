"""``diabolo screen``: the features that say something about a target."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diabolo.cli import hold_out_options
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
from diabolo.cli.destination import check_data_output, check_picture_output
from diabolo.cli.output import Output, heading, pairs_text
from diabolo.cli.picture import save_picture
from diabolo.cli.program import command_line
from diabolo.cli.rows_output import OutputRows, write_rows
from diabolo.cli.screen_rounds import kept_by_model
from diabolo.cli.target_column import target_of
from diabolo.cli.wrong_use import WrongUse

if TYPE_CHECKING:
    from diabolo.data.source import Source
    from diabolo.screening.table import Screening

__all__ = ["EXAMPLES", "HELP", "screen"]

HELP = """Keep the features that say something about a target.

They are written to a new file, with all rows and the other columns. Every feature is tested on its own: the F
test with its false discovery rate, and the mutual information in nats. A table with a line for each feature
is written beside the output. Held-out rows (--hold-out, with the seed that 'diabolo fit' is given later) are
never looked at, but they are in the output. The table may be larger than memory.

With --by MODEL the features are ranked by how strongly that model responds to them instead.
"""
EXAMPLES = """\
Examples:
  diabolo screen beta.h5 --target age --fdr 0.2 --mi 0.1 -o kept.h5
  diabolo screen beta.h5 --target age --top 20000 --hold-out 0.2 -o kept.h5
  diabolo screen kept.h5 --target age --by m.diabolo --top 500 --rounds 3 -o best.h5
"""
_WHICH, _WORK, _OUT = "Which features to keep", "How", "Output"


def _option(flag: str, text: str, panel: str, metavar: str | None = None) -> Any:
    return typer.Option(flag, help=text, rich_help_panel=panel, metavar=metavar, show_default=False)


Target = Annotated[str, _option("--target", "The column to screen for.", _WHICH, "COLUMN")]
Fdr = Annotated[float | None, _option("--fdr", "Largest false discovery rate, such as 0.05.", _WHICH, "Q")]
Mi = Annotated[float | None, _option("--mi", "Smallest mutual information, in nats.", _WHICH, "X")]
NormalizedMi = Annotated[
    float | None, _option("--normalized-mi", "Smallest mutual information between 0 and 1.", _WHICH, "X")
]
Top = Annotated[int | None, _option("--top", "At most so many of them, the best.", _WHICH, "K")]
MinVariance = Annotated[float | None, _option("--min-variance", "Smallest variance.", _WHICH, "X")]
MaxMissing = Annotated[float | None, _option("--max-missing", "Largest share of missing cells.", _WHICH, "X")]
By = Annotated[
    Path | None, _option("--by", "Rank features by how this model responds to them.", _WHICH, "MODEL")
]
Rounds = Annotated[
    int | None,
    _option("--rounds", "With --by: narrow down in so many rounds, trained anew after each.", _WHICH, "N"),
]
MaxMemory = Annotated[
    str, _option("--max-memory", "What the screening may hold. Default: 2GB.", _WORK, "SIZE")
]
Jobs = Annotated[int, _option("--jobs", "Threads. Default: 2.", _WORK, "N")]
Seed = Annotated[int, _option("--seed", "Of the held-out rows. Default: 0.", _WORK, "N")]
Picture = Annotated[
    Path | None,
    _option("--plot", "Draw the information's distribution, and features kept by threshold.", _OUT, "PNG"),
]


def screen(
    context: typer.Context,
    data: Data,
    target: Target,
    path: OutputRows,
    fdr: Fdr = None,
    mi: Mi = None,
    normalized_mi: NormalizedMi = None,
    top: Top = None,
    min_variance: MinVariance = None,
    max_missing: MaxMissing = None,
    by: By = None,
    rounds: Rounds = None,
    hold_out: hold_out_options.HoldOutAmount = None,
    hold_out_by: hold_out_options.HoldOutBy = None,
    hold_out_ordered: hold_out_options.HoldOutOrdered = False,
    seed: Seed = 0,
    max_memory: MaxMemory = "2GB",
    jobs: Jobs = 2,
    picture: Picture = None,
    keep: Keep = None,
    header: Header = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    dataset: Dataset = None,
    transposed: Transposed = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Keep the features that say something about a target."""
    started = time.perf_counter()
    output = Output(json=context.obj["json"])
    held = hold_out_options.requested_hold_out(hold_out, hold_out_by, hold_out_ordered, seed)
    if by is None and rounds is not None:
        raise WrongUse("--rounds trains a model anew after each round; say which: --by MODEL.")
    if by is not None and top is None:
        raise WrongUse("--by ranks features; say how many to keep: --top 1000.")
    check_data_output(path, data, by)
    if picture is not None:
        check_picture_output(picture, data)
    from diabolo.screening.screen import screen as screened

    further = hold_out_options.kept_columns(keep, hold_out_by, target, data)
    reading = DataOptions(
        target, header, delimiter, dataset, further, transposed, decimal=decimal, flag="--target"
    )
    source = open_rows(data, reading, output)
    training = source if held is None else held.apply(source)[0]
    with output.progress("screening") as progress:
        found = screened(
            training,
            target_of(training, data),
            fdr=fdr,
            mi=mi,
            normalized_mi=normalized_mi,
            top=top if by is None else None,
            min_variance=min_variance,
            max_missing=max_missing,
            max_memory=max_memory,
            n_jobs=jobs,
            progress=progress,
        )
    kept = found.kept
    if by is not None:
        kept = kept_by_model(by, training, data, kept, top or 0, rounds or 1, output)
    if not len(kept):
        raise WrongUse(
            f"no feature of {data} passes {_criteria(found)}; ask for less, such as a higher "
            "--fdr or a lower --mi."
        )
    view = source.columns(kept)
    blocks = ((rows.start, block) for rows, block in view.blocks())
    carried = write_rows(path, blocks, view.shape, view.feature_names, view, output, view.dtype)
    list_path = path.with_name(f"{path.stem}-features.csv")
    found.to_csv(list_path)
    if picture is not None:
        save_picture(lambda: _draw(found, mi), picture)
    record, pairs = _report(found, kept, source, data, target, path, list_path)
    record |= {"seconds": time.perf_counter() - started, "carried": carried}
    pairs.append(("seconds", f"{record['seconds']:.1f}"))
    pairs.append(("peak memory", record["peak_memory_shown"]))
    typed = (
        []
        if hold_out is None
        else ["--hold-out", hold_out, *(["--hold-out-by", hold_out_by] if hold_out_by else [])]
    )
    following = command_line(
        "fit",
        path,
        "--target",
        target,
        "--supervision-weight",
        "1",
        *typed,
        "-o",
        path.with_suffix(".diabolo"),
    )
    output.result(record, f"{pairs_text(pairs)}\n\n{heading('Next:')}\n  {following}")


def _criteria(found: Screening) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in found.criteria.items()) or "the screening"


def _report(
    found: Screening, kept: Any, source: Source, data: Path, target: str, path: Path, list_path: Path
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    import numpy as np

    from diabolo.data.memory import shown_bytes
    from diabolo.training.process_memory import peak_bytes

    best = np.argsort(-np.nan_to_num(found.information[kept]), kind="stable")[:5]
    names = [str(kept[i]) if source.feature_names is None else source.feature_names[kept[i]] for i in best]
    record = {
        "verb": "screen",
        "data": data,
        "target": target,
        "rows": found.n_rows,
        "features": found.n_features,
        "kept": len(kept),
        "criteria": dict(found.criteria),
        "thresholds": found.thresholds,
        "best": [
            {
                "feature": name,
                "information": float(found.information[kept[i]]),
                "q": float(found.qvalue[kept[i]]),
            }
            for name, i in zip(names, best, strict=True)
        ],
        "peak_memory": peak_bytes(),
        "peak_memory_shown": shown_bytes(peak_bytes()),
        "features_table": list_path,
        "output": path,
    }
    shown = ", ".join(
        f"{name} ({found.information[kept[i]]:.3g} nats)" for name, i in zip(names, best, strict=True)
    )
    pairs = [
        ("rows", f"{found.n_rows:,} looked at, target {target!r}"),
        ("features", f"{len(kept):,} kept of {found.n_features:,} ({_criteria(found)})"),
        ("best", shown),
        ("written", f"{path}; what was found of each feature in {list_path}"),
    ]
    return record, pairs


def _draw(found: Screening, threshold: float | None) -> Any:
    from matplotlib import pyplot as plt

    from diabolo.plotting.screening import plot_features_kept, plot_information

    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    plot_information(found.information, threshold=threshold, ax=left)
    plot_features_kept(found.information, threshold=threshold, ax=right)
    return left
