"""``diabolo screen``: the features that say something about a target."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.column_check import has_columns
from diabolo.cli.distributed import DISTRIBUTED, joined
from diabolo.cli.hold_out import requested_hold_out
from diabolo.cli.odd_columns import note_odd_columns
from diabolo.cli.opening import kept_with, open_autoencoder, open_rows, target_of
from diabolo.cli.options import DATA, FILE, HOLD_OUT, KEEP, READING, WORKERS, drawn_file, rows_file
from diabolo.cli.output import (
    Output,
    command_line,
    next_lines,
    pairs_text,
    save_picture,
    write_rows,
)
from diabolo.cli.page import Option, Page, Typed, WrongUse, in_group
from diabolo.cli.row_blocks import is_by_workers
from diabolo.cli.streams import is_stream
from diabolo.errors import InputError, ModelFileError
from diabolo.messages import typed_names
from diabolo.parameters.kinds import Kind, is_number, is_whole

if TYPE_CHECKING:
    from diabolo.data.source import Source
    from diabolo.screening.screen import Screening

__all__ = ["PAGE"]

_MEMORY = "2GB"


def screen(typed: Typed, output: Output) -> None:
    """Keep the features that say something about a target.

    They are written to a new file, with all rows and the other columns. Every feature is tested on its own:
    the F test with its false discovery rate, and the mutual information in nats. A table with a line for
    each feature is written beside the output. Held-out rows (--hold-out, with the seed that 'diabolo fit'
    is given later) are never looked at, but they are in the output. The table may be larger than memory.

    With --by MODEL the features are ranked by how strongly that model responds to them instead.

    Examples
    --------
    diabolo screen beta.h5 --target age --fdr 0.2 --mi 0.1 -o kept.h5
    diabolo screen beta.h5 --target age --top 20000 --hold-out 0.2 -o kept.h5
    diabolo screen 'parts/*.parquet' --target age --top 500 -o best.parquet --workers 4
    srun diabolo screen huge.h5 --target age --mi 0.1 -o k.h5 --distributed auto
    diabolo screen kept.h5 --target age --by m.diabolo --top 500 --rounds 3 -o best.h5
    """
    started = time.perf_counter()
    data, path, by, top = typed.data, typed.path, typed.by, typed.top
    held = requested_hold_out(typed.hold_out, typed.hold_out_by, typed.hold_out_ordered, typed.seed)
    if by is None and typed.rounds is not None:
        raise WrongUse("--rounds trains a model anew after each round; say which: --by MODEL.")
    if by is not None and top is None:
        raise WrongUse("--by ranks features; say how many to keep: --top 1000.")
    if is_stream(path):
        raise WrongUse(
            "-o - is not possible, as a table of what was found goes beside the output; name a file."
        )
    by_workers = is_by_workers(typed)
    if typed.distributed is not None and (by_workers or by is not None):
        flag, what = (
            ("--workers", "parts the table itself") if by_workers else ("--by", "works in one process")
        )
        raise WrongUse(f"{flag} {what}: leave --distributed out.")
    output, is_first = joined(typed, output)
    from diabolo.screening.screen import screen as screened
    from diabolo.workers import open_workers

    keep = kept_with(typed, typed.hold_out_by)
    source = open_rows(data, typed, output, keep=keep)
    note_odd_columns(source, typed, output, keep)
    training = source if held is None else held.apply(source)[0]
    with contextlib.ExitStack() as opened:
        workers = opened.enter_context(open_workers(typed.engine, typed.workers)) if by_workers else None
        progress = opened.enter_context(output.progress("screening"))
        found = screened(
            training,
            target_of(training, data),
            fdr=typed.fdr,
            mi=typed.mi,
            normalized_mi=typed.normalized_mi,
            top=top if by is None else None,
            min_variance=typed.min_variance,
            max_missing=typed.max_missing,
            max_memory=_MEMORY if typed.max_memory is None else typed.max_memory,
            n_jobs=(1 if by_workers else 2) if typed.jobs is None else typed.jobs,
            workers=workers,
            progress=progress,
        )
    kept = found.kept
    if by is not None:
        kept = _kept_by_model(typed, training, kept, output)
    if not len(kept):
        raise WrongUse(
            f"no feature of {data} passes {_criteria(found)}; ask for less, such as a higher "
            "--fdr or a lower --mi."
        )
    if not is_first:
        return
    view = source.columns(kept)
    blocks = ((rows.start, block) for rows, block in view.blocks())
    carried = write_rows(path, blocks, view.shape, view.feature_names, view, output, view.dtype)
    list_path = _list_path(path)
    found.to_csv(list_path)
    save_picture(lambda plotting: _draw(plotting, found, typed.mi), typed.picture)
    record, pairs = _report(found, kept, source, typed, list_path)
    record |= {"seconds": time.perf_counter() - started, "carried": carried}
    pairs += [("seconds", f"{record['seconds']:.1f}"), ("peak memory", record["peak_memory_shown"])]
    output.result(record, pairs_text(pairs) + next_lines(_fit_line(typed, carried)))


def _list_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-features.csv")


def _fit_line(typed: Typed, carried: list[str]) -> str:
    """Write the command that trains on what was kept; without a target where the new file cannot hold it."""
    words: list[Any] = ["--target", carried[0], "--supervision-weight", "1"] if carried else []
    if carried[1:] and has_columns(typed.path):
        words += ["--keep", typed_names(carried[1:])]
    if typed.hold_out is not None and (typed.hold_out_by is None or carried):
        words += ["--hold-out", typed.hold_out]
        words += ["--hold-out-by", typed.hold_out_by] if typed.hold_out_by else []
        words += ["--hold-out-ordered"] * typed.hold_out_ordered
        words += ["--seed", typed.seed] if typed.seed else []
    return command_line("fit", typed.path, *words, "-o", typed.path.with_suffix(".diabolo"))


def _kept_by_model(typed: Typed, training: Source, passed: Any, output: Output) -> Any:
    """Rank features by how strongly a model responds to them, and keep the best."""
    from diabolo.evaluation import ranked_features

    opened, path, rounds = open_autoencoder(typed.by), typed.by, typed.rounds or 1
    from diabolo.evaluation.numbers_alone import refuse_categories

    refuse_categories(opened.estimator, "screening by a model")
    estimator = opened.estimator
    if not hasattr(estimator, "feature_importances_"):
        raise ModelFileError(
            f"{path} cannot rank features: it is no dense autoencoder, or was written by an earlier version; "
            "fit one with diabolo fit."
        )
    if estimator.n_features_in_ != training.n_features:
        raise InputError(
            f"{path} was trained on {estimator.n_features_in_:,} features and {typed.data} has "
            f"{training.n_features:,}; give the table that it was trained on."
        )
    y = target_of(training, typed.data) if getattr(estimator, "target_", None) is not None else None

    def told(number: int, count: int) -> None:
        output.note(f"round {number} of {rounds}: {count:,} features")

    return ranked_features(estimator, training, y, top=typed.top, rounds=rounds, passed=passed, progress=told)


def _criteria(found: Screening) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in found.criteria.items()) or "the screening"


def _report(
    found: Screening, kept: Any, source: Source, typed: Typed, list_path: Path
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    import numpy as np

    from diabolo.data.memory import shown_bytes
    from diabolo.training.process_memory import peak_bytes

    names = source.feature_names
    best = [
        {
            "feature": str(feature) if names is None else names[feature],
            "information": float(found.information[feature]),
            "q": float(found.qvalue[feature]),
        }
        for feature in kept[np.argsort(-np.nan_to_num(found.information[kept]), kind="stable")[:5]]
    ]
    record = {
        "data": typed.data,
        "target": typed.target,
        "rows": found.n_rows,
        "features": found.n_features,
        "kept": len(kept),
        "criteria": dict(found.criteria),
        "thresholds": found.thresholds,
        "best": best,
        "peak_memory": peak_bytes(),
        "peak_memory_shown": shown_bytes(peak_bytes()),
        "features_table": list_path,
        "output": typed.path,
    }
    pairs = [
        ("rows", f"{found.n_rows:,} looked at, target {typed.target!r}"),
        ("features", f"{len(kept):,} kept of {found.n_features:,} ({_criteria(found)})"),
        ("best", ", ".join(f"{each['feature']} ({each['information']:.3g} nats)" for each in best)),
        ("written", f"{typed.path}; what was found of each feature in {list_path}"),
    ]
    return record, pairs


def _draw(plotting: Any, found: Screening, threshold: float | None) -> Any:
    from matplotlib import pyplot as plt

    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    plotting.plot_information(found.information, threshold=threshold, ax=left)
    plotting.plot_features_kept(found.information, threshold=threshold, ax=right)
    return left


_NUMBER = Kind("a number", is_number)
_WHOLE = Kind("a whole number", is_whole, metavar="N")


PAGE = Page(
    screen,
    (
        DATA,
        *in_group(
            "Which features to keep",
            Option("--target COLUMN", "The column to screen for.", is_required=True),
            Option("--fdr Q", "Largest false discovery rate, such as 0.05.", _NUMBER),
            Option("--mi X", "Smallest mutual information, in nats.", _NUMBER),
            Option("--normalized-mi X", "Smallest mutual information between 0 and 1.", _NUMBER),
            Option("--top K", "At most so many of them, the best.", _WHOLE),
            Option("--min-variance X", "Smallest variance.", _NUMBER),
            Option("--max-missing X", "Largest share of missing cells.", _NUMBER),
            Option("--by MODEL", "Rank features by how this model responds to them.", FILE),
            Option(
                "--rounds N", "With --by: narrow down in so many rounds, trained anew after each.", _WHOLE
            ),
        ),
        rows_file(lambda typed: [typed.path, _list_path(typed.path)]),
        *HOLD_OUT,
        *in_group(
            "How",
            Option("--max-memory SIZE", f"What the screening may hold. Default: {_MEMORY}."),
            Option("--jobs N", "Threads. Default: 2; of each of several workers, 1.", _WHOLE),
            *WORKERS,
            Option("--seed N", "Of the held-out rows. Default: 0.", _WHOLE, default=0),
        ),
        *in_group(
            "Output",
            drawn_file("Draw the information's distribution, and features kept by threshold"),
        ),
        DISTRIBUTED,
        KEEP,
        *READING,
    ),
    first=(
        *("fdr", "mi", "normalized_mi", "top", "max_missing", "by", "keep", "hold_out", "hold_out_by"),
        "engine",
    ),
)
