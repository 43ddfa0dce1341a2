"""``diabolo groups``: groups of rows by their codes, and what sets each apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diabolo.cli.detect_score import carried_beside
from diabolo.cli.opening import open_autoencoder, typed_again
from diabolo.cli.options import DATA, KEEP, LABELS, MEMORY, MODEL, READING, ROWS_FILE, drawn_file
from diabolo.cli.output import (
    Output,
    command_line,
    next_lines,
    save_picture,
    with_columns,
    write_rows,
)
from diabolo.cli.page import Option, Page, Typed, in_group
from diabolo.parameters.kinds import one_of, whole

if TYPE_CHECKING:
    from diabolo.groups import Groups

__all__ = ["PAGE"]

_SHORT = 24


def groups(typed: Typed, output: Output) -> None:
    """Find groups of rows by their codes, and say what sets each apart and whether they are there.

    The output has a line a row in the order of DATA: group (from 0, the largest first; -1 for rows in none)
    and then the columns of --labels and --keep, untouched. By default groups are dense places of any shape
    (HDBSCAN), and rows between them are in none; with --number every row is in one (k-means). What is printed
    says of each group which features are high or low in it, with its mean and that of all other rows, and
    whether such groups would come of rows without structure as well.

    Examples
    --------
    diabolo groups iris.diabolo iris.csv --labels species -o groups.csv
    diabolo groups iris.diabolo iris.csv --labels species --number 3 -o groups.csv --plot groups.png
    """
    model, data, path, top = typed.model, typed.data, typed.path, typed.top
    opened = open_autoencoder(model)
    source = opened.open_rows(data, typed, output)
    from diabolo.groups import find_groups

    found = find_groups(
        opened.estimator,
        source,
        method=typed.method,
        n_clusters=typed.n_clusters,
        min_cluster_size=typed.min_cluster_size,
        random_state=typed.seed,
    )
    rows = found.labels[:, None]
    beside = carried_beside(source, data, ["group"], output)
    written = write_rows(path, [(0, rows)], rows.shape, ["group"], source, output, "int64", beside)
    carried = [name for name in beside if name in written]
    if typed.picture is not None:
        codes, described = opened.estimator.transform(source), _described(found)
        if codes.shape[1] > 2:  # their principal axes are drawn, where rows lie as they were clustered
            codes = codes * found.code_weights

        def draw(plotting: Any) -> Any:
            return plotting.plot_groups(codes, found.labels, described=described)

        save_picture(draw, typed.picture)
    record = {"model": model, "data": data, **found.to_dict(top), "header_found": source.header_found}
    lines = [found.summary(top)]
    label = typed.labels is not None and next(iter(source.carried), None)
    if label and _are_classes(source.carried[label]):
        record["agreement"] = found.agreement(source.carried[label])
        lines += [
            "",
            f"Adjusted Rand index with {label}: {record['agreement']:.2f} (1 is the same, 0 chance)",
        ]
    lines += ["", f"the groups of {len(rows):,} rows written to {path}{with_columns(carried)}"]
    if typed.picture is not None:
        lines.append(f"picture written to {typed.picture}")
    text = "\n".join(lines)
    if typed.picture is None:
        again = [model, data, *_asked(typed), *typed_again(typed), "-o", path]
        text += next_lines(command_line("groups", *again, "--plot", path.with_suffix(".png")))
    record |= {"output": path, "picture": typed.picture, "carried": carried}
    output.result(record, text)


def _are_classes(column: Any) -> bool:
    """Say whether a column of labels is classes, some of them known."""
    from diabolo.data.target import are_classes, entries_of, missing_in, plain_values

    entries = entries_of(column)
    known = entries[~missing_in(entries)]
    return bool(len(known)) and are_classes(plain_values(known, "labels"))


def _described(found: Groups) -> list[str]:
    """Say of each group what a legend has room for: its rows, and the feature that sets it apart most."""
    said = []
    for group, size in enumerate(found.sizes.tolist()):
        first = found.features(group, 1)
        name = first[0].name if first else ""
        short = name if len(name) <= _SHORT else f"{name[: _SHORT - 3]}..."
        said.append(f"{size:,} row{'s' * (size != 1)}" + (f", {short} {first[0].direction}" if first else ""))
    return said


def _asked(typed: Typed) -> list[str]:
    """Write the options of this verb as they were typed, for the same command again."""
    usual = {"method": "auto", "number": None, "min_size": None, "seed": 0, "top": 3}
    values = {**vars(typed), "number": typed.n_clusters, "min_size": typed.min_cluster_size}
    words = {name: values[name] for name, default in usual.items() if values[name] != default}
    return [word for name, value in words.items() for word in (f"--{name.replace('_', '-')}", str(value))]


PAGE = Page(
    groups,
    (
        MODEL,
        DATA,
        ROWS_FILE,
        *in_group(
            "Which groups",
            Option(
                "--number K",
                "So many, by k-means. With --method k-means and without: of 2 to 10 the number of the "
                "largest silhouette.",
                whole(2),
                name="n_clusters",
            ),
            Option(
                "--method",
                "hdbscan or k-means. Default: k-means with --number, hdbscan without.",
                one_of(
                    "auto", "hdbscan", "k-means", same={"kmeans": "k-means"}, foreign={"dbscan": "hdbscan"}
                ),
                default="auto",
            ),
            Option(
                "--min-size N",
                "With hdbscan: how many rows make a group. Default: the square root of the number of rows, 5 "
                "at the least.",
                whole(2),
                name="min_cluster_size",
            ),
            Option("--seed N", "Of all that is drawn. Default: 0.", whole(0), default=0),
        ),
        *in_group(
            "Output",
            Option("--top", "How many features to name for each group. Default: 3.", whole(0), default=3),
            drawn_file("Draw the codes as a map, in the colors of their groups"),
        ),
        LABELS,
        KEEP,
        *READING,
        MEMORY,
    ),
)
